// SPDX-License-Identifier: GPL-2.0-only
/*
 * The doctor on memory: whether files stay in the page cache, and how much is
 * written to the disk in one go while cold files wait to be read from it.
 *
 * The limits of dirty data are judged by the machine's own clocks: the flusher
 * looks every vm.dirty_writeback_centisecs, so to begin writing before that
 * only helps with data that the disk can write by then; and data is to be on
 * the disk some time after vm.dirty_expire_centisecs, so there should never be
 * more of it than the disk can write by then.
 */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "doctor.h"
#include "units.h"
#include "value.h"

#define VM "/proc/sys/vm/"
#define MEMINFO "/proc/meminfo"

/* The kernel's own default. */
#define WRITEBACK_CENTISECS 500

struct dirty_limit {
	const char *ratio, *bytes; /* the two ways to set it */
	const char *threshold;	   /* what comes of it, in pages */
	const char *reached;	   /* what happens then */
	const char *clock;	   /* how long that may be written */
};

static const struct dirty_limit background = {
	.ratio = "dirty_background_ratio",
	.bytes = "dirty_background_bytes",
	.threshold = "nr_dirty_background_threshold",
	.reached = "writeback begins",
	.clock = "dirty_writeback_centisecs",
};

static const struct dirty_limit hard = {
	.ratio = "dirty_ratio",
	.bytes = "dirty_bytes",
	.threshold = "nr_dirty_threshold",
	.reached = "writers are held up",
	.clock = "dirty_expire_centisecs",
};

static int read_vm(const char *name, uint64_t *number)
{
	char path[VALUE_MAX];

	snprintf(path, sizeof(path), VM "%s", name);
	return value_read_number(path, number);
}

static struct finding *vm_finding(struct doctor *doctor, const char *name)
{
	char path[VALUE_MAX];

	snprintf(path, sizeof(path), VM "%s", name);
	return finding_new(&doctor->findings, path, "vm.%s", name);
}

/* A sysctl of one number, or NULL if it cannot be read. */
static struct finding *vm_number(struct doctor *doctor, const char *name,
				 uint64_t *number)
{
	struct finding *f = vm_finding(doctor, name);
	int error = read_vm(name, number);

	if (error) {
		finding_unread(f, error);
		return NULL;
	}
	finding_value(f, "%" PRIu64, *number);
	finding_number(f, *number);
	return f;
}

static void look_at_size(struct doctor *doctor)
{
	struct finding *f = finding_new(&doctor->findings, MEMINFO, "memory");
	uint64_t total, free;
	int error = value_read_named(MEMINFO, "MemTotal", &total);

	if (!error)
		error = value_read_named(MEMINFO, "MemAvailable", &free);
	if (error) {
		finding_unread(f, error);
		return;
	}
	total *= 1024;
	free *= 1024;
	finding_value(f, "%s, %s available", text_bytes(total).s,
		      text_bytes(free).s);
	finding_number(f, total);
	if (!doctor->file_name)
		finding_judge(f, VERDICT_OK,
			      "What is available can hold files; what does not fit is read from the disk each time it is sent.");
	else if ((uint64_t)doctor->status.st_size > free)
		finding_judge(f, VERDICT_NOTE,
			      "The file has %s, more than is available: its beginning is gone from the page cache before its end was sent, and the disk is the limit.",
			      text_bytes(doctor->status.st_size).s);
	else
		finding_judge(f, VERDICT_OK,
			      "The file has %s, which the page cache can hold.",
			      text_bytes(doctor->status.st_size).s);
}

static void look_at_swappiness(struct doctor *doctor)
{
	uint64_t value, swap;
	struct finding *f = vm_number(doctor, "swappiness", &value);
	int error;

	if (!f)
		return;
	error = value_read_named(MEMINFO, "SwapTotal", &swap);
	if (error) {
		finding_unread(f, error);
	} else if (!swap) {
		finding_judge(f, VERDICT_OK,
			      "There is no swap: all that memory can be taken from is the page cache, whatever this says.");
	} else if (!value) {
		finding_set(f, "sysctl -w vm.swappiness=100");
		finding_judge(f, VERDICT_NOTE,
			      "At 0 hot files leave the page cache before idle programs leave memory. At 100 the two are taken to cost as much to read back.");
	} else {
		finding_judge(f, VERDICT_OK,
			      "Memory is taken from files and from programs by (200 - value) to value: %" PRIu64 " to %" PRIu64 ".",
			      200 - (value < 200 ? value : 200), value);
	}
}

static struct text time_to_write(const struct doctor *doctor, uint64_t bytes)
{
	return text_ns(1e9 * bytes / doctor->disk_rate);
}

static void judge_limit(struct doctor *doctor, struct finding *f,
			const struct dirty_limit *limit, uint64_t bytes,
			uint64_t centisecs)
{
	uint64_t allowed = doctor->disk_rate * (centisecs / 100.0);
	struct text until = text_bytes(bytes);

	if (!doctor->disk_rate) {
		finding_judge(f, VERDICT_UNKNOWN,
			      "%s may be dirty until %s. To write them in vm.%s (%g s) the disk must write %s; whether it does is not known: say --disk-rate.",
			      until.s, limit->reached, limit->clock,
			      centisecs / 100.0,
			      text_rate(bytes, centisecs * 10000000).s);
	} else if (bytes <= allowed) {
		finding_judge(f, VERDICT_OK,
			      "%s may be dirty until %s; the disk writes them in %s, within vm.%s (%g s).",
			      until.s, limit->reached,
			      time_to_write(doctor, bytes).s, limit->clock,
			      centisecs / 100.0);
	} else {
		finding_set(f, "sysctl -w vm.%s=%" PRIu64, limit->bytes, allowed);
		finding_judge(f, VERDICT_HINDERS,
			      "%s may be dirty until %s; the disk needs %s to write them, and cold files wait meanwhile. No more than it writes in vm.%s: %s x %g s.",
			      until.s, limit->reached,
			      time_to_write(doctor, bytes).s, limit->clock,
			      text_rate(doctor->disk_rate, 1000000000).s,
			      centisecs / 100.0);
	}
}

static void look_at_limit(struct doctor *doctor, const struct dirty_limit *limit)
{
	uint64_t ratio = 0, bytes = 0, pages = 0, centisecs = 0;
	int error = read_vm(limit->bytes, &bytes);
	struct finding *f = vm_finding(doctor, bytes ? limit->bytes : limit->ratio);

	if (!error)
		error = read_vm(limit->ratio, &ratio);
	if (!error)
		error = value_read_named("/proc/vmstat", limit->threshold, &pages);
	if (!error)
		error = read_vm(limit->clock, &centisecs);
	if (error) {
		finding_unread(f, error);
		return;
	}
	finding_number(f, bytes ? bytes : ratio);
	bytes = bytes ? bytes : pages * sysconf(_SC_PAGESIZE);
	if (ratio)
		finding_value(f, "%" PRIu64 " %%, now %s", ratio,
			      text_bytes(bytes).s);
	else
		finding_value(f, "%s", text_bytes(bytes).s);
	if (!centisecs)
		finding_judge(f, VERDICT_UNKNOWN,
			      "vm.%s is 0, which leaves nothing to judge it by.",
			      limit->clock);
	else
		judge_limit(doctor, f, limit, bytes, centisecs);
}

static void look_at_expire(struct doctor *doctor)
{
	uint64_t expire, interval;
	struct finding *f = vm_number(doctor, "dirty_expire_centisecs", &expire);
	int error = read_vm("dirty_writeback_centisecs", &interval);

	if (!f)
		return;
	if (error)
		finding_unread(f, error);
	else
		finding_judge(f, VERDICT_OK,
			      "Dirty data is written when it is %g s old, at the flusher's next look: %g s later at the most.",
			      expire / 100.0, interval / 100.0);
}

static void look_at_interval(struct doctor *doctor)
{
	uint64_t value;
	struct finding *f = vm_number(doctor, "dirty_writeback_centisecs", &value);

	if (!f)
		return;
	if (value) {
		finding_judge(f, VERDICT_OK,
			      "The flusher looks for old dirty data every %g s.",
			      value / 100.0);
		return;
	}
	finding_set(f, "sysctl -w vm.dirty_writeback_centisecs=%d",
		    WRITEBACK_CENTISECS);
	finding_judge(f, VERDICT_HINDERS,
		      "At 0 nothing is written for its age: dirty data grows to the limit, and then is written all at once, while cold files wait.");
}

void doctor_memory(struct doctor *doctor)
{
	look_at_size(doctor);
	look_at_swappiness(doctor);
	look_at_limit(doctor, &background);
	look_at_limit(doctor, &hard);
	look_at_expire(doctor);
	look_at_interval(doctor);
}
