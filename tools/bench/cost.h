/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COST_H
#define COST_H

#include <stdint.h>

/**
 * struct cost - readings of clocks, or the differences of two
 * @now: nanoseconds that went by: with -icount, instructions of the guest
 * @idle: of these, the CPU had nothing to do
 * @process: nanoseconds of this process' CPU clock
 * @helper: nanoseconds of the helper's
 * @switches: of the CPU, from one thread to another
 */
struct cost {
	uint64_t now;
	uint64_t idle;
	uint64_t process;
	uint64_t helper;
	uint64_t switches;
};

/* A kernel thread that works for this process and no other. */
void cost_set_helper(int thread);

/* Nanoseconds of CLOCK_MONOTONIC. */
uint64_t now_ns(void);

struct cost cost_now(void);

/* What it took since @begin. */
struct cost cost_since(const struct cost *begin);

/* Of all that ran. */
static inline uint64_t cost_busy(const struct cost *cost)
{
	return cost->now - cost->idle;
}

#endif
