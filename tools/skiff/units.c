// SPDX-License-Identifier: GPL-2.0-only
/* Units: numbers for people. */
#define _GNU_SOURCE /* strerrorname_np() */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "units.h"

struct scale {
	double size;
	const char *unit;
};

/* The largest unit that leaves at least 1, with three digits or so. */
static struct text scaled(double value, const struct scale *scales, size_t nr)
{
	struct text text;
	double number;

	while (nr > 1 && value < scales[nr - 1].size)
		nr--;
	number = value / scales[nr - 1].size;
	snprintf(text.s, sizeof(text.s), "%.*f %s",
		 number < 10 ? 2 : number < 100 ? 1 :
						  0,
		 number,
		 scales[nr - 1].unit);
	return text;
}

struct text text_bytes(uint64_t bytes)
{
	static const struct scale scales[] = {
		{ 0x1p10, "KiB" },
		{ 0x1p20, "MiB" },
		{ 0x1p30, "GiB" },
		{ 0x1p40, "TiB" },
		{ 0x1p50, "PiB" },
		{ 0x1p60, "EiB" },
	};
	struct text text;

	if (bytes >= 1024)
		return scaled(bytes, scales, sizeof(scales) / sizeof(*scales));
	snprintf(text.s, sizeof(text.s), "%" PRIu64 " %s", bytes,
		 bytes == 1 ? "byte" : "bytes");
	return text;
}

struct text text_ns(uint64_t ns)
{
	static const struct scale scales[] = {
		{ 1e3, "us" },
		{ 1e6, "ms" },
		{ 1e9, "s" },
	};
	struct text text;

	if (ns >= 1000)
		return scaled(ns, scales, sizeof(scales) / sizeof(*scales));
	snprintf(text.s, sizeof(text.s), "%" PRIu64 " ns", ns);
	return text;
}

struct text text_rate(uint64_t bytes, uint64_t ns)
{
	struct text text = text_bytes(ns ? bytes * 1e9 / ns : 0);

	strcat(text.s, "/s");
	return text;
}

double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * part / whole : 100.0;
}

struct text text_share(const struct skiff_receipt *receipt)
{
	struct text text = { "nothing queued" };

	if (receipt->bytes_queued)
		snprintf(text.s, sizeof(text.s), "%.1f%% by reference",
			 percent(receipt->bytes_by_ref, receipt->bytes_queued));
	return text;
}

static struct text text_errno(int64_t error)
{
	const char *name = strerrorname_np(-error);
	struct text text;

	if (!error)
		strcpy(text.s, "0");
	else
		snprintf(text.s, sizeof(text.s), "%" PRId64 " (%s: %s)", error,
			 name ? name : "?", skiff_strerror(error));
	return text;
}

struct text text_value(enum skiff_unit unit, uint64_t value)
{
	const char *brackets = NULL;
	struct text text, human;

	switch (unit) {
	case SKIFF_UNIT_ERRNO:
		return text_errno(value);
	case SKIFF_UNIT_STATE:
		strcpy(text.s, skiff_state_name(value));
		return text;
	case SKIFF_UNIT_RUNG:
		strcpy(text.s, skiff_rung_name(value));
		return text;
	case SKIFF_UNIT_POLICY:
		strcpy(text.s, skiff_policy_name(value));
		return text;
	case SKIFF_UNIT_REASON:
		snprintf(text.s, sizeof(text.s), "%s (%s)",
			 skiff_reason_name(value), skiff_reason_text(value));
		return text;
	case SKIFF_UNIT_BYTES:
		human = text_bytes(value);
		brackets = value >= 1024 ? human.s : NULL;
		break;
	case SKIFF_UNIT_NS:
		human = text_ns(value);
		brackets = value >= 1000 ? human.s : NULL;
		break;
	case SKIFF_UNIT_NUMBER:
	case SKIFF_UNIT_CLOCK:
	case SKIFF_UNIT_CAPS:
		break;
	}
	if (brackets)
		snprintf(text.s, sizeof(text.s), "%" PRIu64 " (%.40s)", value,
			 brackets);
	else
		snprintf(text.s, sizeof(text.s), "%" PRIu64, value);
	return text;
}
