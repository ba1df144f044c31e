// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "count.h"
#include "fail.h"
#include "floor/skiff_counts.h"
#include "sample.h"
#include "trace.h"

static void count_calls(struct lane *lane)
{
	char filter[64];
	struct trace calls = { "raw_syscalls/sys_enter", "id", filter, 0, 0 };

	snprintf(filter, sizeof(filter), "common_pid == %d", getpid());
	trace_begin(&calls);
	lane_respond(lane, false);
	trace_end(&calls);
	sample(lane->system->name, "syscalls_per_mib", "system calls/MiB",
	       (double)calls.hits / lane_mib(lane));
}

static struct skiff_counts counts_of(struct lane *lane, bool check)
{
	struct skiff_counts counts;
	int device = open(SKIFF_COUNTS_DEVICE, O_RDONLY | O_CLOEXEC);

	if (device < 0)
		die_of(errno, SKIFF_COUNTS_DEVICE);
	lane_respond(lane, check);
	if (read(device, &counts, sizeof(counts)) != sizeof(counts))
		die_of(errno, SKIFF_COUNTS_DEVICE);
	close(device);
	return counts;
}

/* A receiver that looks at the bytes, for but one round, copies each once. */
static void count_copies(struct lane *lane)
{
	const char *name = lane->system->name;
	double bytes = lane_mib(lane) * (1 << 20);
	struct skiff_counts counts = counts_of(lane, false), both = counts_of(lane, true);

	sample(name, "copied_bytes_per_byte", "bytes/byte", (double)counts.copied / bytes);
	sample(name, "copied_bytes_per_byte_both_ends", "bytes/byte",
	       (double)both.copied * lane->exchange->rounds / bytes);
	if (counts.packets)
		sample(name, "frags_per_packet", "frags",
		       (double)counts.frags / (double)counts.packets);
}

/* How often the card is told of memory to send from, and how much each time;
 * and how large the packets are that TCP hands down. A map of a few bytes is a
 * packet's header.
 */
static void count_maps(struct lane *lane)
{
	const char *name = lane->system->name;
	double mib = lane_mib(lane);
	char filter[128], header_filter[192];
	struct trace maps = { "dma/dma_map_page", "size", filter, 0, 0 };
	struct trace headers = { "dma/dma_map_page", "size", header_filter, 0, 0 };
	struct trace packets = { "net/net_dev_start_xmit", "len", "len > 1514", 0, 0 };

	snprintf(filter, sizeof(filter), "device == \"%s\" && dir == 1", lane->exchange->card);
	snprintf(header_filter, sizeof(header_filter), "%s && size < 256", filter);
	trace_begin(&maps);
	trace_begin(&packets);
	lane_respond(lane, false);
	trace_end(&packets);
	trace_end(&maps);
	trace_begin(&headers);
	lane_respond(lane, false);
	trace_end(&headers);
	sample(name, "dma_maps_per_mib", "maps/MiB", (double)maps.hits / mib);
	sample(name, "dma_maps_of_headers_per_mib", "maps/MiB", (double)headers.hits / mib);
	sample(name, "bytes_per_dma_map", "bytes", (double)maps.sum / (double)maps.hits);
	sample(name, "bytes_per_packet", "bytes", (double)packets.sum / (double)packets.hits);
}

void count_all(struct lane *lane)
{
	count_calls(lane);
	count_copies(lane);
	if (lane->exchange->card)
		count_maps(lane);
}
