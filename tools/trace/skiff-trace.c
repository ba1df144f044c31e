// SPDX-License-Identifier: GPL-2.0-only
/*
 * skiff-trace: run a command, and say how many bytes the CPU copied meanwhile,
 * in which function and in whose time.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "command.h"
#include "report.h"
#include "skiff-trace.skel.h"

/* The tracer's own failures, as in env(1) and timeout(1); others are COMMAND's. */
#define STATUS_TRACER 125

struct options {
	bool json;
	bool from_stop;
	const char *output;
	char **argv;
};

struct tracer {
	struct skiff_trace *bpf;
	FILE *output;
	bool json;
	struct report report;
	struct timespec since;
	unsigned long long missed; /* until then */
	unsigned int nr_reports;
};

static const char usage[] =
	"Usage: skiff-trace [OPTION]... -- COMMAND [ARGUMENT]...\n"
	"Run COMMAND, and say how many bytes the CPU copied, checksummed or bounced for\n"
	"DMA meanwhile, by function and by who: COMMAND and its descendants, kernel\n"
	"threads, interrupts, other processes. Needs root.\n"
	"\n"
	"  -j, --json         as JSON\n"
	"  -o, --output FILE  to FILE instead of standard error\n"
	"  -s, --from-stop    count only between stops: COMMAND sends itself SIGSTOP\n"
	"                     where counting is to begin, and again where it is to end;\n"
	"                     it may do so more than once, each time for a report\n"
	"  -h, --help         this text\n"
	"\n"
	"The exit code is COMMAND's; 125 if skiff-trace itself failed, 126 or 127 if\n"
	"COMMAND could not be run.\n";

static int fail(const char *what)
{
	fprintf(stderr, "skiff-trace: cannot %s: %s\n", what, strerror(errno));
	return -1;
}

static int parse(int argc, char **argv, struct options *options)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "output", required_argument, NULL, 'o' },
		{ "from-stop", no_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{}
	};
	int option;

	while ((option = getopt_long(argc, argv, "+jo:sh", longs, NULL)) != -1) {
		switch (option) {
		case 'j':
			options->json = true;
			break;
		case 'o':
			options->output = optarg;
			break;
		case 's':
			options->from_stop = true;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			fprintf(stderr, "Try `skiff-trace --help'.\n");
			return -1;
		}
	}
	options->argv = argv + optind;
	if (!options->argv[0]) {
		fprintf(stderr, "skiff-trace: a COMMAND to run is missing; try `skiff-trace --help'\n");
		return -1;
	}
	return 0;
}

/* The kernel function that @program is for, or NULL if it is for a tracepoint. */
static const char *target(const struct bpf_program *program)
{
	const char *section = bpf_program__section_name(program);

	return strncmp(section, "tp_btf/", 7) ? strchr(section, '/') + 1 : NULL;
}

/* Kernels differ: what this one does not have is reported, and not an error. */
static int skip_absent(struct tracer *tracer)
{
	struct btf *kernel = btf__load_vmlinux_btf();
	struct bpf_program *program = NULL;

	if (!kernel)
		return fail("read the kernel's type information (BTF)");
	while ((program = bpf_object__next_program(tracer->bpf->obj, program))) {
		const char *name = target(program);

		if (!name || btf__find_by_name_kind(kernel, name, BTF_KIND_FUNC) >= 0)
			continue;
		bpf_program__set_autoload(program, false);
		for (int f = 0; f < TRACE_NR_FUNCTIONS; f++)
			if (!strcmp(report_function_name(f), name))
				tracer->report.absent[f] = true;
	}
	btf__free(kernel);
	return 0;
}

static int load(struct tracer *tracer)
{
	tracer->bpf = skiff_trace__open();
	if (!tracer->bpf)
		return fail("open the BPF program");
	if (skip_absent(tracer))
		return -1;
	if (skiff_trace__load(tracer->bpf))
		return fail("load the BPF program (is this root?)");
	if (skiff_trace__attach(tracer->bpf))
		return fail("attach the BPF program");
	return 0;
}

static int mark(struct tracer *tracer, pid_t pid)
{
	int pidfd = syscall(SYS_pidfd_open, pid, 0);
	bool value = true;
	int err;

	if (pidfd < 0)
		return fail("open the command's process");
	err = bpf_map__update_elem(tracer->bpf->maps.traced, &pidfd, sizeof(pidfd), &value,
				   sizeof(value), BPF_ANY);
	close(pidfd);
	return err ? fail("mark the command's process") : 0;
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

static void count(struct tracer *tracer)
{
	struct skiff_trace__bss *shared = tracer->bpf->bss;

	memset(shared->counters, 0, sizeof(shared->counters));
	shared->system_calls = 0;
	tracer->missed = missed(tracer);
	clock_gettime(CLOCK_MONOTONIC, &tracer->since);
	shared->counting = true;
}

static int report(struct tracer *tracer)
{
	struct skiff_trace__bss *shared = tracer->bpf->bss;
	struct report *report = &tracer->report;
	struct timespec now;

	shared->counting = false;
	clock_gettime(CLOCK_MONOTONIC, &now);
	report->seconds = (double)(now.tv_sec - tracer->since.tv_sec) +
			  1e-9 * (double)(now.tv_nsec - tracer->since.tv_nsec);
	report->missed = missed(tracer) - tracer->missed;
	report->system_calls = shared->system_calls;
	memcpy(report->counters, shared->counters, sizeof(report->counters));
	if (tracer->json)
		report_json(tracer->output, report);
	else
		report_text(tracer->output, report);
	tracer->nr_reports++;
	return fflush(tracer->output) ? fail("write the report") : 0;
}

static int toggle(struct tracer *tracer)
{
	if (!tracer->bpf->bss->counting) {
		count(tracer);
		return 0;
	}
	/* The kill(2) that brought us here is not part of what is measured. */
	tracer->bpf->bss->system_calls--;
	return report(tracer);
}

/* Returns COMMAND's status, or -1. */
static int run(struct tracer *tracer, const struct options *options)
{
	pid_t pid = command_start(options->argv);
	int status = -1;

	if (pid < 0)
		return fail("start the command");
	if (mark(tracer, pid))
		return -1;
	if (!options->from_stop)
		count(tracer);
	for (;;) {
		if (command_continue(pid))
			return fail("continue the command");
		switch (command_wait(pid, &status)) {
		case COMMAND_STOPPED:
			if (options->from_stop && toggle(tracer))
				return -1;
			break;
		case COMMAND_ENDED:
			if (tracer->bpf->bss->counting && report(tracer))
				return -1;
			return status;
		case COMMAND_LOST:
			return fail("wait for the command");
		}
	}
}

static int open_output(struct tracer *tracer, const struct options *options)
{
	tracer->json = options->json;
	tracer->output = options->output ? fopen(options->output, "we") : stderr;
	return tracer->output ? 0 : fail("open the output file");
}

int main(int argc, char **argv)
{
	struct options options = {};
	struct tracer tracer = {};
	int status = -1;

	if (parse(argc, argv, &options))
		return STATUS_TRACER;
	if (!open_output(&tracer, &options) && !load(&tracer))
		status = run(&tracer, &options);
	if (status >= 0 && !tracer.nr_reports) {
		fprintf(stderr, "skiff-trace: `%s' never stopped itself: nothing was counted\n",
			options.argv[0]);
		status = -1;
	}
	skiff_trace__destroy(tracer.bpf);
	return status < 0 ? STATUS_TRACER : status;
}
