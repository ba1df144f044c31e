/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TRACE_H
#define TRACE_H

#include <stdint.h>

/*
 * Count events of the kernel's by its own tracing: how many there are, and the
 * sum of one of their fields. This costs instructions, so never at the same
 * time as these are counted.
 */

/**
 * struct trace - what to count, and what was
 * @event: SYSTEM/NAME
 * @field: a number
 * @filter: which events, in the words of the kernel's filters
 * @hits: events that there were, and
 * @sum: of @field
 */
struct trace {
	const char *event;
	const char *field;
	const char *filter;
	uint64_t hits;
	uint64_t sum;
};

void trace_begin(struct trace *trace);
void trace_end(struct trace *trace);

#endif
