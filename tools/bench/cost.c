// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>

#include "cost.h"
#include "fail.h"
#include "floor/skiff_floor.h"

static uint64_t read_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t now_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

static uint64_t idle_ns(void)
{
	static int device = -1;
	uint64_t us;

	if (device < 0)
		device = open(SKIFF_FLOOR_DEVICE, O_RDWR | O_CLOEXEC);
	if (device < 0 || ioctl(device, SKIFF_FLOOR_IDLE, &us))
		die_of(errno, SKIFF_FLOOR_DEVICE);
	return us * 1000;
}

static int helper;

void cost_set_helper(int thread)
{
	helper = thread;
}

static uint64_t helper_ns(void)
{
	unsigned long long ns;
	char path[64];
	FILE *file;

	if (!helper)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/schedstat", helper);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%llu", &ns) != 1)
		die_of(errno, path);
	fclose(file);
	return ns;
}

/* The line of /proc/stat that says how often the CPU went from one thread to
 * another. Not cheap, so before and after everything else.
 */
static uint64_t switches(void)
{
	FILE *file = fopen("/proc/stat", "r");
	unsigned long long nr = 0;
	char line[4096];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "ctxt %llu", &nr) == 1)
			break;
	if (!file || fclose(file))
		die_of(errno, "/proc/stat");
	return nr;
}

/* Beginning and end are marked by two calls that nobody else makes, for who
 * counts from outside of the machine (profile/).
 */
struct cost cost_now(void)
{
	struct cost cost = { .switches = switches() };

	cost.helper = helper_ns();
	cost.idle = idle_ns();
	sched_get_priority_max(SCHED_OTHER);
	cost.process = read_clock(CLOCK_PROCESS_CPUTIME_ID);
	cost.now = now_ns();
	return cost;
}

struct cost cost_since(const struct cost *begin)
{
	struct cost cost = { .now = now_ns() - begin->now };

	sched_get_priority_min(SCHED_OTHER);
	cost.process = read_clock(CLOCK_PROCESS_CPUTIME_ID) - begin->process;
	cost.idle = idle_ns() - begin->idle;
	cost.helper = helper_ns() - begin->helper;
	cost.switches = switches() - begin->switches;
	return cost;
}
