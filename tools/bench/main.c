// SPDX-License-Identifier: GPL-2.0-only
/* bench: measure one case of a suite. The script guest calls it for each. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange.h"
#include "fail.h"
#include "sample.h"

static void usage(FILE *file)
{
	fprintf(file,
		"Usage: bench exchange OPTION... SYSTEM...\n"
		"Ask for a file over and over, and say what each system takes to send it.\n"
		"  --suite NAME     --case NAME      names of the results\n"
		"  --file PATH      --header BYTES   the response\n"
		"  --rounds N       requests that are measured together, one after another\n"
		"  --batch N        responses that are asked for at once\n"
		"  --runs N         measurements of each system, in turn\n"
		"  --near NAMESPACE --far NAMESPACE --address IPV4\n"
		"  --buffer BYTES   send and receive buffer, each\n"
		"Systems:\n");
	if (file == stdout)
		system_list();
}

static unsigned int number(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 0);

	if (*end || end == text || value > 1U << 31)
		die("a number was wanted, not `%s'", text);
	return (unsigned int)value;
}

static int run_exchange(int argc, char **argv)
{
	static const struct option options[] = {
		{ "suite", required_argument, NULL, 's' },
		{ "case", required_argument, NULL, 'c' },
		{ "file", required_argument, NULL, 'f' },
		{ "header", required_argument, NULL, 'h' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "batch", required_argument, NULL, 'b' },
		{ "runs", required_argument, NULL, 'n' },
		{ "near", required_argument, NULL, 'N' },
		{ "far", required_argument, NULL, 'F' },
		{ "address", required_argument, NULL, 'a' },
		{ "buffer", required_argument, NULL, 'B' },
		{},
	};
	struct exchange e = {
		.rounds = 1,
		.batch = 1,
		.runs = 7,
		.network = { .address = "127.0.0.1", .buffer = 4 << 20 },
	};
	const char *suite = "exchange", *case_ = "case";
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0)
		switch (option) {
		case 's':
			suite = optarg;
			break;
		case 'c':
			case_ = optarg;
			break;
		case 'f':
			e.path = optarg;
			break;
		case 'h':
			e.header = number(optarg);
			break;
		case 'r':
			e.rounds = number(optarg);
			break;
		case 'b':
			e.batch = number(optarg);
			break;
		case 'n':
			e.runs = number(optarg);
			break;
		case 'N':
			e.network.near = optarg;
			break;
		case 'F':
			e.network.far = optarg;
			break;
		case 'a':
			e.network.address = optarg;
			break;
		case 'B':
			e.network.buffer = (int)number(optarg);
			break;
		default:
			usage(stderr);
			return 2;
		}
	while (optind < argc && e.nr < EXCHANGE_SYSTEMS)
		e.systems[e.nr++] = system_find(argv[optind++]);
	if (!e.path || !e.nr)
		die("--file and a system are wanted");
	sample_name(suite, case_);
	exchange(&e);
	return 0;
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc > 1 && !strcmp(argv[1], "exchange"))
		return run_exchange(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "--help")) {
		usage(stdout);
		return 0;
	}
	usage(stderr);
	return 2;
}
