// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ahead: how far a transfer reads ahead of what its socket takes.
 *
 * When to read ahead, and where, is the kernel's business: it marks a folio of
 * each window that it reads, and who comes to that starts the next window. How
 * long a window may be is the setting of the file system, one for all: too
 * short for a fast socket on a slow disk, which then pauses at the end of each.
 * So each transfer has a limit of its own, in its own read-ahead state.
 *
 * While the disk brings one window the socket must have another to take from.
 * That is what it takes in the time that the disk needs, and twice as much is
 * asked for, so that a window that was too short grows: a socket that waits for
 * the disk takes one window in that time, and the next is twice as long. A
 * socket that is slow itself keeps to what it takes. And what it has room for
 * when bytes are missing it takes at once: that is read in one go. The window
 * is never shorter than the file system's setting, nor longer than the
 * parameter, and does not reach further past the end of the transfer than that
 * setting.
 *
 * Rate: bytes queued over time, looked at when a fill is prepared; the latest
 * sample is half of the average. Latency: from the start of a read until its
 * folio was ready, known only where that was waited for (source_keep.c).
 *
 * Owner: who runs the transfer. No lock, no reference, no sleep.
 */
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/pagemap.h>

#include "ahead.h"
#include "source.h"

#define KIB_TO_PAGES(kib)	((kib) >> (PAGE_SHIFT - 10))

/* In less than this a rate is noise. */
#define SAMPLE_MIN_US		1000

/* More is a disk that was stopped. */
#define LATENCY_MAX_US		(10 * USEC_PER_SEC)

static unsigned int readahead_max_kb = 4096;

static int readahead_set(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 0, 1U << 20);
}

static const struct kernel_param_ops readahead_ops = {
	.set = readahead_set,
	.get = param_get_uint,
};
module_param_cb(readahead_max_kb, &readahead_ops, &readahead_max_kb, 0644);
MODULE_PARM_DESC(readahead_max_kb,
		 "Longest read-ahead window of a transfer in KiB; 0: the file system's setting");

static void sample_rate(struct skiff_ahead *a, u64 queued)
{
	u64 now = ktime_get_ns();
	u64 us = div_u64(now - a->since, NSEC_PER_USEC);
	u64 rate;

	if (a->since && us < max_t(u64, a->latency, SAMPLE_MIN_US))
		return;
	if (a->since) {
		rate = div64_u64((queued - a->queued) * USEC_PER_MSEC, us);
		rate = min_t(u64, rate, U32_MAX);
		a->rate = a->rate ? ((u64)a->rate + rate) / 2 : rate;
	}
	a->since = now;
	a->queued = queued;
}

/* Pages that the socket takes while the disk brings twice as many. */
static u64 pages_wanted(const struct skiff_ahead *a)
{
	u64 bytes = div_u64(2ULL * a->rate * a->latency, USEC_PER_MSEC);

	return bytes >> PAGE_SHIFT;
}

static unsigned long pages_ahead(const struct skiff_ahead *a,
				 unsigned long theirs, u64 left, u64 room)
{
	unsigned long most = KIB_TO_PAGES(READ_ONCE(readahead_max_kb));
	u64 pages;

	if (!theirs || !most)
		return theirs;
	most = max(most, theirs);
	if (a->fixed_kb)
		pages = clamp_t(u64, KIB_TO_PAGES(a->fixed_kb), 1, most);
	else
		pages = clamp_t(u64, max(pages_wanted(a), room >> PAGE_SHIFT),
				theirs, most);
	return min_t(u64, pages, max_t(u64, theirs, left >> PAGE_SHIFT));
}

/**
 * skiff_ahead_set() - set the limit of the next read-ahead window
 * @a: of the transfer
 * @r: the next range; receives it in its read-ahead state
 * @left: bytes from the beginning of that window to the end of the piece
 * @room: bytes that the socket would take at once
 * @queued: bytes that the socket took so far
 */
void skiff_ahead_set(struct skiff_ahead *a, struct skiff_range *r, u64 left,
		     u64 room, u64 queued)
{
	struct file_ra_state *ra = &r->ra;
	struct file_ra_state theirs = {};

	sample_rate(a, queued);
	file_ra_state_init(&theirs, r->file->f_mapping);
	ra->ra_pages = pages_ahead(a, theirs.ra_pages, left, room);
	/* A window that was longer is never cut by the kernel: its end stays
	 * where it is, and with it the next marker.
	 */
	if (ra->size > ra->ra_pages) {
		ra->start += ra->size - ra->ra_pages;
		ra->size = ra->ra_pages;
	}
}

/* The disk needed so long, for a read that was waited for. */
void skiff_ahead_waited(struct skiff_ahead *a, u64 ns)
{
	u64 us = clamp_t(u64, div_u64(ns, NSEC_PER_USEC), 1, LATENCY_MAX_US);

	a->latency = a->latency ? (3ULL * a->latency + us) / 4 : us;
}
