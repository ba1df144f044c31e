/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_AHEAD_H
#define _SKIFF_AHEAD_H

#include <linux/types.h>

struct skiff_range;

/**
 * struct skiff_ahead - what a transfer knows of its socket and its disk
 * @fixed_kb: the window that the request asked for, or 0: find out
 * @rate: bytes that the socket takes in a millisecond; 0: not known yet
 * @latency: microseconds that the disk takes; 0: likewise
 * @since: ns when it began to count for @rate, and
 * @queued: bytes that had been queued by then
 */
struct skiff_ahead {
	u32 fixed_kb;
	u32 rate;
	u32 latency;
	u64 since;
	u64 queued;
};

void skiff_ahead_set(struct skiff_ahead *a, struct skiff_range *r, u64 left,
		     u64 room, u64 queued);
void skiff_ahead_waited(struct skiff_ahead *a, u64 ns);

#endif
