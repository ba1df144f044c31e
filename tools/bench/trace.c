// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "trace.h"

static FILE *open_event(const struct trace *trace, const char *name, const char *mode)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/kernel/tracing/events/%s/%s", trace->event, name);
	file = fopen(path, mode);
	if (!file)
		die_of(errno, path);
	return file;
}

/* All goes into one entry, whose key does not differ: common_flags would. */
static void set_trigger(const struct trace *trace, const char *off)
{
	FILE *file = open_event(trace, "trigger", "a");

	fprintf(file, "%shist:keys=common_type:vals=%s if %s", off, trace->field, trace->filter);
	if (fclose(file))
		die_of(errno, trace->event);
}

void trace_begin(struct trace *trace)
{
	trace->hits = 0;
	trace->sum = 0;
	set_trigger(trace, "");
}

static uint64_t number_after(const char *line, const char *name)
{
	char *end;
	const char *at = strstr(line, name);

	if (!at)
		die("tracing gave no %s", name);
	return strtoull(at + strlen(name), &end, 0);
}

void trace_end(struct trace *trace)
{
	FILE *file = open_event(trace, "hist", "r");
	char line[512], name[64];

	snprintf(name, sizeof(name), " %s:", trace->field);
	while (fgets(line, sizeof(line), file))
		if (line[0] == '{') {
			trace->hits = number_after(line, " hitcount:");
			trace->sum = number_after(line, name);
		}
	fclose(file);
	set_trigger(trace, "!");
}
