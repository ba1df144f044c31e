// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "kernel_types.h"
#include "tracer.h"
#include "skiff-trace.skel.h"

struct tracer {
	struct skiff_trace_bpf *bpf;
	bool absent[TRACE_NR_FUNCTIONS];
	struct transfers transfers;
	struct timespec since;
	unsigned long long missed; /* until then */
};

/* Kernels differ: what this one does not have is reported, and not an error. */
static void note_absent(const char *name, void *data)
{
	struct tracer *tracer = data;

	for (int f = 0; f < TRACE_NR_FUNCTIONS; f++)
		if (!strcmp(report_function_name(f), name))
			tracer->absent[f] = true;
}

/* The module's tracepoints are there if it is. */
static void skip_transfers(struct bpf_object *object)
{
	struct bpf_program *program = NULL;

	while ((program = bpf_object__next_program(object, program)))
		if (bpf_program__type(program) == BPF_PROG_TYPE_TRACEPOINT)
			bpf_program__set_autoload(program, false);
}

static int load(struct tracer *tracer, const struct trace_filter *filter, const char **what)
{
	*what = "open the BPF program";
	tracer->bpf = skiff_trace_bpf__open();
	if (!tracer->bpf)
		return -1;
	*what = "read the kernel's type information (BTF)";
	if (kernel_types_skip_absent(tracer->bpf->obj, note_absent, tracer))
		return -1;
	if (!filter || !filter->on)
		skip_transfers(tracer->bpf->obj);
	*what = "load the BPF program (is this root?)";
	if (skiff_trace_bpf__load(tracer->bpf))
		return -1;
	if (filter)
		tracer->bpf->bss->filter = *filter;
	*what = filter && filter->on ? "attach the BPF program (is the module inserted?)" :
				       "attach the BPF program";
	return skiff_trace_bpf__attach(tracer->bpf);
}

struct tracer *tracer_open(bool quiet, const struct trace_filter *filter, const char **what)
{
	struct tracer *tracer = calloc(1, sizeof(*tracer));

	*what = "find memory for a tracer";
	if (!tracer)
		return NULL;
	if (quiet)
		libbpf_set_print(NULL);
	if (!load(tracer, filter, what))
		return tracer;
	tracer_close(tracer);
	return NULL;
}

void tracer_close(struct tracer *tracer)
{
	int error = errno;

	if (tracer) {
		skiff_trace_bpf__destroy(tracer->bpf);
		free(tracer->transfers.list);
	}
	free(tracer);
	errno = error;
}

bool tracer_lacks(const struct tracer *tracer, enum trace_function function)
{
	return tracer->absent[function];
}

int tracer_mark(struct tracer *tracer, pid_t pid)
{
	int pidfd = syscall(SYS_pidfd_open, pid, 0);
	bool value = true;
	int error;

	if (pidfd < 0)
		return -1;
	error = bpf_map__update_elem(tracer->bpf->maps.traced, &pidfd, sizeof(pidfd), &value,
				     sizeof(value), BPF_ANY);
	close(pidfd);
	return error ? -1 : 0;
}

/*
 * A program does not run on top of itself: if an interrupt hits while it runs,
 * and there the same function is called, the kernel skips it, and counts that.
 */
static unsigned long long missed(const struct tracer *tracer)
{
	unsigned long long nr = tracer->bpf->bss->lost;
	struct bpf_program *program = NULL;

	while ((program = bpf_object__next_program(tracer->bpf->obj, program))) {
		struct bpf_prog_info info = {};
		__u32 size = sizeof(info);

		if (bpf_program__autoload(program) &&
		    !bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
			nr += info.recursion_misses;
	}
	return nr;
}

void tracer_begin(struct tracer *tracer)
{
	struct skiff_trace_bpf__bss *shared = tracer->bpf->bss;

	memset(shared->counters, 0, sizeof(shared->counters));
	memset(shared->latency, 0, sizeof(shared->latency));
	shared->system_calls = 0;
	tracer->missed = missed(tracer);
	clock_gettime(CLOCK_MONOTONIC, &tracer->since);
	shared->counting = true;
}

bool tracer_is_counting(const struct tracer *tracer)
{
	return tracer->bpf->bss->counting;
}

static int end_transfers(struct tracer *tracer)
{
	memcpy(tracer->transfers.latency, tracer->bpf->bss->latency,
	       sizeof(tracer->transfers.latency));
	return transfers_take(bpf_map__fd(tracer->bpf->maps.transfers), &tracer->transfers);
}

int tracer_end(struct tracer *tracer, struct report *report)
{
	struct skiff_trace_bpf__bss *shared = tracer->bpf->bss;
	struct timespec now;

	shared->counting = false;
	clock_gettime(CLOCK_MONOTONIC, &now);
	report->seconds = (double)(now.tv_sec - tracer->since.tv_sec) +
			  1e-9 * (double)(now.tv_nsec - tracer->since.tv_nsec);
	report->missed = missed(tracer) - tracer->missed;
	report->system_calls = shared->system_calls;
	memcpy(report->counters, shared->counters, sizeof(report->counters));
	memcpy(report->absent, tracer->absent, sizeof(report->absent));
	report->transfers = shared->filter.on ? &tracer->transfers : NULL;
	return end_transfers(tracer);
}

unsigned long long tracer_system_calls(const struct tracer *tracer)
{
	return tracer->bpf->bss->system_calls;
}
