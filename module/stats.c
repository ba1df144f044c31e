// SPDX-License-Identifier: GPL-2.0-only
/* Global counters: per CPU, added up when they are read. */
#include <linux/cpumask.h>

#include "stats.h"

DEFINE_PER_CPU(struct skiff_stats, skiff_stats);

/**
 * skiff_stats_sum() - one counter over all CPUs that ever were
 * @offset: of the counter in struct skiff_stats
 */
u64 skiff_stats_sum(size_t offset)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		const u64 *counter = (void *)per_cpu_ptr(&skiff_stats, cpu) +
				     offset;

		sum += READ_ONCE(*counter);
	}
	return sum;
}
