/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_STATS_H
#define _SKIFF_STATS_H

#include <linux/percpu.h>
#include <linux/types.h>

/* Every counter of stats/, in the order of uapi/ABI. Those that a receipt has
 * too are the sum over all transfers.
 */
#define SKIFF_STATS(X)			\
	X(transfers_accepted)		\
	X(transfers_ended)		\
	X(transfers_failed)		\
	X(transfers_cancelled)		\
	X(transfers_inline)		\
	X(transfers_unpublished)	\
	X(requests_refused)		\
	X(bytes_queued)			\
	X(bytes_by_ref)			\
	X(bytes_copied)			\
	X(copied_memory)		\
	X(copied_no_page_cache)		\
	X(copied_socket)		\
	X(copied_no_sg)			\
	X(ref_ubuf)			\
	X(ref_splice)			\
	X(bytes_released)		\
	X(encrypted)			\
	X(retransmitted)		\
	X(windows)			\
	X(folios)			\
	X(frags)			\
	X(segments)			\
	X(disk_waits)			\
	X(disk_wait_ns)			\
	X(room_waits)			\
	X(room_wait_ns)			\
	X(orphaned_skbs)		\
	X(orphaned_bytes)		\
	X(turn_waits)			\
	X(turn_wait_ns)			\
	X(release_waits)		\
	X(release_wait_ns)		\
	X(pages_valid)			\
	X(pages_waited)			\
	X(pages_read)			\
	X(pages_ahead)			\
	X(pages_dropped)		\
	X(pages_spared)			\
	X(read_cache)			\
	X(read_direct)			\
	X(read_buffered)		\
	X(read_unknown)			\
	X(slices_inline)		\
	X(slices_worker)		\
	X(fills)			\
	X(fills_ahead)			\
	X(fills_killed)			\
	X(workers_started)

/**
 * struct skiff_stats - what happened on one CPU since the module was loaded
 *
 * Written by this_cpu_add() only, which no preemption or interrupt can tear.
 * A reader adds up all CPUs; each sum is monotonic, but two sums read one
 * after the other may be apart.
 */
struct skiff_stats {
#define X(name) u64 name;
	SKIFF_STATS(X)
#undef X
};

DECLARE_PER_CPU(struct skiff_stats, skiff_stats);

#define skiff_stats_add(name, n)	this_cpu_add(skiff_stats.name, n)

u64 skiff_stats_sum(size_t offset);

#endif
