/* SPDX-License-Identifier: GPL-2.0-only */
/* What was counted, in words or as JSON. */
#ifndef SKIFF_TRACE_REPORT_H
#define SKIFF_TRACE_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "skiff-trace.h"
#include "transfers.h"

struct report {
	struct trace_counter counters[TRACE_NR_FUNCTIONS][TRACE_NR_WHO];
	bool absent[TRACE_NR_FUNCTIONS]; /* this kernel has no such function */
	unsigned long long system_calls; /* by the command */
	unsigned long long missed;	 /* events that could not be counted */
	double seconds;
	const struct transfers *transfers; /* or NULL: not asked for */
};

/* The kernel's name of a traced function, and what is counted there. */
const char *report_function_name(enum trace_function function);
const char *report_function_note(enum trace_function function);

void report_text(FILE *file, const struct report *report);
void report_json(FILE *file, const struct report *report);

#endif /* SKIFF_TRACE_REPORT_H */
