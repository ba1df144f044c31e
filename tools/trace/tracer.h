/* SPDX-License-Identifier: GPL-2.0-only */
/* The tracer: counts, for some processes, what skiff-trace.bpf.c counts. */
#ifndef SKIFF_TRACE_TRACER_H
#define SKIFF_TRACE_TRACER_H

#include <stdbool.h>
#include <sys/types.h>

#include "report.h"

struct tracer;

/* A tracer that counts nothing yet, for tracer_close(); or NULL and errno, and what
 * failed in @what, to stand after "cannot". libbpf says more, on standard error,
 * unless @quiet. @filter: the transfers to tell of, or NULL.
 */
struct tracer *tracer_open(bool quiet, const struct trace_filter *filter, const char **what);
void tracer_close(struct tracer *tracer);

/* Whether this kernel has no such function: nothing is counted there. */
bool tracer_lacks(const struct tracer *tracer, enum trace_function function);

/* Count this process, and those that it forks, as the command. -1 and errno. */
int tracer_mark(struct tracer *tracer, pid_t pid);

void tracer_begin(struct tracer *tracer);
bool tracer_is_counting(const struct tracer *tracer);

/* @report is good until the tracer is closed or ends again. -1 and errno. */
int tracer_end(struct tracer *tracer, struct report *report);

/* By the command since the beginning; while it counts. */
unsigned long long tracer_system_calls(const struct tracer *tracer);

#endif /* SKIFF_TRACE_TRACER_H */
