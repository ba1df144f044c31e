// SPDX-License-Identifier: LGPL-2.1-or-later
/* Fields: the one description of a receipt that every printer goes by. */
#include <string.h>

#include "libskiff.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define FIELD(member, what)                                              \
	{                                                                \
		.name = #member,                                         \
		.offset = offsetof(struct skiff_receipt, member),        \
		.width = sizeof(((struct skiff_receipt *)NULL)->member), \
		.unit = SKIFF_UNIT_##what,                               \
	}

static const struct skiff_field fields[] = {
	FIELD(id, NUMBER),
	FIELD(cookie, NUMBER),
	FIELD(state, STATE),
	FIELD(error, ERRNO),
	FIELD(rung, RUNG),
	FIELD(reason, REASON),
	FIELD(bytes_requested, BYTES),
	FIELD(bytes_queued, BYTES),
	FIELD(bytes_by_ref, BYTES),
	FIELD(bytes_copied, BYTES),
	FIELD(copied_memory, BYTES),
	FIELD(copied_no_page_cache, BYTES),
	FIELD(copied_socket, BYTES),
	FIELD(windows, NUMBER),
	FIELD(folios, NUMBER),
	FIELD(segments, NUMBER),
	FIELD(segment_max, BYTES),
	FIELD(disk_waits, NUMBER),
	FIELD(disk_wait_ns, NS),
	FIELD(room_waits, NUMBER),
	FIELD(room_wait_ns, NS),
	FIELD(turn_waits, NUMBER),
	FIELD(turn_wait_ns, NS),
	FIELD(slices_inline, NUMBER),
	FIELD(slices_worker, NUMBER),
	FIELD(submit_ns, CLOCK),
	FIELD(first_ns, CLOCK),
	FIELD(end_ns, CLOCK),
	FIELD(frags, NUMBER),
	FIELD(orphaned_skbs, NUMBER),
	FIELD(orphaned_bytes, BYTES),
	FIELD(queued_ns, CLOCK),
	FIELD(released_ns, CLOCK),
	FIELD(readahead, BYTES),
	FIELD(policy, POLICY),
	FIELD(pages_valid, NUMBER),
	FIELD(pages_waited, NUMBER),
	FIELD(pages_read, NUMBER),
	FIELD(pages_ahead, NUMBER),
	FIELD(pages_dropped, NUMBER),
	FIELD(pages_spared, NUMBER),
	FIELD(read_cache, BYTES),
	FIELD(read_direct, BYTES),
	FIELD(read_buffered, BYTES),
	FIELD(read_unknown, BYTES),
	FIELD(copied_no_sg, BYTES),
	FIELD(ref_ubuf, BYTES),
	FIELD(ref_splice, BYTES),
	FIELD(bytes_released, BYTES),
	FIELD(release_waits, NUMBER),
	FIELD(release_wait_ns, NS),
	FIELD(fills, NUMBER),
	FIELD(encrypted, BYTES),
	FIELD(retransmitted, BYTES),
	FIELD(device, NUMBER),
	FIELD(device_caps, CAPS),
	FIELD(device_dma_bits, NUMBER),
	FIELD(device_gso_max, BYTES),
};

/* 9 members of 4 bytes and the rest of 8; and three of 4 bytes that say nothing
 * of the transfer: size, flags and reserved. A member that is added to the ABI
 * and forgotten here does not build.
 */
_Static_assert(sizeof(struct skiff_receipt) ==
		       3 * 4 + 9 * 4 + (ARRAY_SIZE(fields) - 9) * 8,
	       "the table has every member of struct skiff_receipt");

const struct skiff_field *skiff_receipt_fields(size_t *nr)
{
	*nr = ARRAY_SIZE(fields);
	return fields;
}

const struct skiff_field *skiff_receipt_field(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (!strcmp(fields[i].name, name))
			return &fields[i];
	return NULL;
}

bool skiff_field_present(const struct skiff_field *field,
			 const struct skiff_receipt *receipt)
{
	return receipt->size >= (uint32_t)field->offset + field->width;
}

uint64_t skiff_field_value(const struct skiff_field *field,
			   const struct skiff_receipt *receipt)
{
	const char *at = (const char *)receipt + field->offset;
	uint64_t wide;
	uint32_t narrow;

	if (field->width == sizeof(wide)) {
		memcpy(&wide, at, sizeof(wide));
		return wide;
	}
	memcpy(&narrow, at, sizeof(narrow));
	if (field->unit == SKIFF_UNIT_ERRNO)
		return (uint64_t)(int64_t)(int32_t)narrow;
	return narrow;
}
