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

#include "command.h"
#include "tracer.h"

/* The tracer's own failures, as in env(1) and timeout(1); others are COMMAND's. */
#define STATUS_TRACER 125

struct options {
	bool json;
	bool from_stop;
	struct trace_filter filter;
	const char *output;
	char **argv;
};

struct run {
	struct tracer *tracer;
	FILE *output;
	bool json;
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
	"  -t, --transfers    also tell of each transfer that is submitted to skiff\n"
	"                     meanwhile, by whichever process: what the CPU did for it,\n"
	"                     and how long it waited for what\n"
	"  -p, --pid PID      of those that this process submits\n"
	"  -i, --id ID        of the one with this id\n"
	"  -S, --socket INODE of those to this socket\n"
	"  -h, --help         this text\n"
	"\n"
	"The exit code is COMMAND's; 125 if skiff-trace itself failed, 126 or 127 if\n"
	"COMMAND could not be run.\n";

static int fail(const char *what)
{
	fprintf(stderr, "skiff-trace: cannot %s: %s\n", what, strerror(errno));
	return -1;
}

static int parse_number(const char *text, unsigned long long *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 10);
	if (*number && !*end && !errno && *text != '-')
		return 0;
	fprintf(stderr, "skiff-trace: `%s' is not a number above 0\n", text);
	return -1;
}

static int parse_filter(int option, const char *text, struct trace_filter *filter)
{
	unsigned long long pid;

	filter->on = true;
	switch (option) {
	case 'i':
		return parse_number(text, &filter->id);
	case 'S':
		return parse_number(text, &filter->socket);
	case 'p':
		if (parse_number(text, &pid))
			return -1;
		filter->pid = pid;
	}
	return 0;
}

static int parse(int argc, char **argv, struct options *options)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "output", required_argument, NULL, 'o' },
		{ "from-stop", no_argument, NULL, 's' },
		{ "transfers", no_argument, NULL, 't' },
		{ "pid", required_argument, NULL, 'p' },
		{ "id", required_argument, NULL, 'i' },
		{ "socket", required_argument, NULL, 'S' },
		{ "help", no_argument, NULL, 'h' },
		{}
	};
	int option;

	while ((option = getopt_long(argc, argv, "+jo:stp:i:S:h", longs, NULL)) != -1) {
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
		case 't':
		case 'p':
		case 'i':
		case 'S':
			if (parse_filter(option, optarg, &options->filter))
				return -1;
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

/* @extra: system calls that are not part of what is measured. */
static int report(struct run *run, unsigned int extra)
{
	struct report report;

	if (tracer_end(run->tracer, &report))
		return fail("read what was counted for transfers");
	report.system_calls -= extra;
	if (run->json)
		report_json(run->output, &report);
	else
		report_text(run->output, &report);
	run->nr_reports++;
	return fflush(run->output) ? fail("write the report") : 0;
}

static int toggle(struct run *run)
{
	/* The kill(2) that brought us here. */
	if (tracer_is_counting(run->tracer))
		return report(run, 1);
	tracer_begin(run->tracer);
	return 0;
}

/* Returns COMMAND's status, or -1. */
static int follow(struct run *run, const struct options *options)
{
	pid_t pid = command_start(options->argv);
	int status = -1;

	if (pid < 0)
		return fail("start the command");
	if (tracer_mark(run->tracer, pid))
		return fail("mark the command's process");
	if (!options->from_stop)
		tracer_begin(run->tracer);
	for (;;) {
		if (command_continue(pid))
			return fail("continue the command");
		switch (command_wait(pid, &status)) {
		case COMMAND_STOPPED:
			if (options->from_stop && toggle(run))
				return -1;
			break;
		case COMMAND_ENDED:
			if (tracer_is_counting(run->tracer) && report(run, 0))
				return -1;
			return status;
		case COMMAND_LOST:
			return fail("wait for the command");
		}
	}
}

static int open_output(struct run *run, const struct options *options)
{
	run->json = options->json;
	run->output = options->output ? fopen(options->output, "we") : stderr;
	return run->output ? 0 : fail("open the output file");
}

static int open_tracer(struct run *run, const struct trace_filter *filter)
{
	const char *what;

	run->tracer = tracer_open(false, filter, &what);
	return run->tracer ? 0 : fail(what);
}

int main(int argc, char **argv)
{
	struct options options = {};
	struct run run = {};
	int status = -1;

	if (parse(argc, argv, &options))
		return STATUS_TRACER;
	if (!open_output(&run, &options) && !open_tracer(&run, &options.filter))
		status = follow(&run, &options);
	if (status >= 0 && !run.nr_reports) {
		fprintf(stderr, "skiff-trace: `%s' never stopped itself: nothing was counted\n",
			options.argv[0]);
		status = -1;
	}
	tracer_close(run.tracer);
	return status < 0 ? STATUS_TRACER : status;
}
