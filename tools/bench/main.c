// SPDX-License-Identifier: GPL-2.0-only
/* bench: measure one case of a suite. The script guest calls it for each. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "cache.h"
#include "cold.h"
#include "cost.h"
#include "exchange.h"
#include "fail.h"
#include "mixed.h"
#include "options.h"
#include "pairs.h"
#include "sample.h"
#include "scale.h"

struct command {
	const char *name;
	const char *summary;
	void (*run)(const struct options *options, char **names);
};

static struct exchange exchange_of(const struct options *options, char **names)
{
	struct exchange e = {
		.path = options->file,
		.header = options->header,
		.rounds = options->rounds,
		.batch = options->batch,
		.runs = options->runs,
		.card = options->card,
		.network = {
			.near = options->near,
			.far = options->far,
			.address = options->address,
			.buffer = (int)options->buffer,
			.tls = options->tls,
		},
	};

	for (; *names && e.nr < EXCHANGE_SYSTEMS; names++) {
		const struct system *system = system_find(*names);

		if (system_works(system))
			e.systems[e.nr++] = system;
		else
			progress("%s: not here", system->name);
	}
	return e;
}

static void run_exchange(const struct options *options, char **names)
{
	const struct exchange e = exchange_of(options, names);

	exchange(&e);
}

static void run_pairs(const struct options *options, char **names)
{
	const struct exchange e = exchange_of(options, names);

	pairs(&e);
}

static void run_cache(const struct options *options, char **names)
{
	struct exchange e = exchange_of(options, names);
	const struct cache c = {
		.folder = options->file,
		.files = options->files,
		.file_size = 1 << 20,
		.size = options->size,
	};

	cache(&c, &e);
}

static void run_cold(const struct options *options, char **names)
{
	const struct cold c = {
		.folder = options->file,
		.files = options->files,
		.size = options->size,
		.connections = options->connections,
		.runs = options->runs,
	};

	cold(&c, names);
}

static void run_mixed(const struct options *options, char **names)
{
	const struct mixed m = {
		.folder = options->file,
		.hot_size = options->size,
		.samples = options->rounds,
		.files = options->files,
		.cold_size = 1 << 20,
		.connections = options->connections,
	};

	(void)names;
	for (unsigned int run = 0; run < options->runs; run++)
		mixed(&m);
}

static void run_scale(const struct options *options, char **names)
{
	const struct scale s = {
		.folder = options->file,
		.size = options->size,
		.connections = options->connections,
		.buffer = (int)options->buffer,
		.runs = options->runs,
	};

	(void)names;
	scale(&s);
}

static const struct command commands[] = {
	{ "exchange", "ask for a file over and over", run_exchange },
	{ "pairs", "each system in turn with sendfile(2), by time", run_pairs },
	{ "cache", "what a large file leaves of a hot set in memory", run_cache },
	{ "cold", "send files that are not in memory, over many connections", run_cold },
	{ "mixed", "send a hot file beside cold ones", run_mixed },
	{ "scale", "many transfers to receivers that do not read", run_scale },
};

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void usage(FILE *file)
{
	fprintf(file, "Usage: bench COMMAND [OPTION VALUE]... SYSTEM...\n"
		      "Measure what each system takes, in turn.\nCommands:\n");
	for (size_t i = 0; i < NR_COMMANDS; i++)
		fprintf(file, "  %-10s %s\n", commands[i].name, commands[i].summary);
	fprintf(file, "Options:\n");
	options_print(file);
	fprintf(file, "Systems:\n");
	system_list(file);
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < NR_COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	usage(stderr);
	die("a command was wanted, not `%s'", name);
}

/* A descriptor for each file and socket. */
static void allow_descriptors(void)
{
	const struct rlimit limit = { 1 << 16, 1 << 16 };

	if (setrlimit(RLIMIT_NOFILE, &limit))
		die_of(errno, "RLIMIT_NOFILE");
}

int main(int argc, char **argv)
{
	struct options options = {
		.suite = "none",
		.case_ = "none",
		.address = "127.0.0.1",
		.buffer = 4 << 20,
		.rounds = 1,
		.batch = 1,
		.runs = 7,
		.files = 1000,
		.size = 1 << 20,
		.connections = 100,
	};
	const struct command *command;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		usage(stdout);
		return 0;
	}
	command = find(argc > 1 ? argv[1] : "");
	argv = options_parse(&options, argv + 2);
	if (!options.file || !*argv)
		die("--file and a system are wanted");
	allow_descriptors();
	signal(SIGPIPE, SIG_IGN);
	sample_name(options.suite, options.case_);
	cost_set_helper((int)options.helper);
	command->run(&options, argv);
	return 0;
}
