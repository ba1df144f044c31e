// SPDX-License-Identifier: GPL-2.0-only
/* skiff stat: the counters of the module, or those of one transfer. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <json-c/json.h>

#include "rates.h"
#include "sysfs.h"
#include "units.h"

#define CLEAR_SCREEN "\033[H\033[J"
#define WATCH_MAX_S 86400

struct watch {
	char path[64];
	uint64_t id;	  /* of the transfer, or 0 */
	uint64_t seconds; /* 0: once */
	bool json;
};

static int not_read(const struct watch *watch, int error)
{
	if (!sysfs_exists())
		return no_device(-ENOENT);
	if (error == -EACCES) {
		warn("no permission to read the receipt of transfer %" PRIu64
		     ": be root",
		     watch->id);
		return STATUS_DEVICE;
	}
	if (watch->id)
		return failed("no transfer %" PRIu64
			      ": it never was, or ended too long ago",
			      watch->id);
	return failed("cannot read the counters: %s", strerror(-error));
}

static int read_counters(const struct watch *watch, struct table *table)
{
	int error;

	/* The name of a transfer's directory, and no file in it. */
	if (watch->id)
		table_value(table, "id", SKIFF_UNIT_NUMBER, watch->id);
	error = sysfs_read_directory(watch->path, table);
	return error ? not_read(watch, error) : STATUS_OK;
}

static void print_rates(const struct table *before, const struct table *now,
			double seconds)
{
	double rate;

	if (isatty(STDOUT_FILENO))
		fputs(CLEAR_SCREEN, stdout);
	for (size_t i = 0; i < now->nr; i++) {
		const struct row *row = &now->rows[i];

		if (rate_of(before, now, row->name, seconds, &rate))
			printf("%-21s %-32s %+.0f/s\n", row->name, row->text,
			       rate);
		else
			printf("%-21s %s\n", row->name, row->text);
	}
	putchar('\n');
}

static void print_rates_json(const struct table *before,
			     const struct table *now, double seconds)
{
	struct json_object *object = json_object_new_object();

	rates_json(object, before, now, seconds);
	print_json(object, false);
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static bool has_ended(const struct table *table)
{
	for (size_t i = 0; i < table->nr; i++)
		if (!strcmp(table->rows[i].name, "state"))
			return !strcmp(table->rows[i].text,
				       skiff_state_name(SKIFF_STATE_ENDED));
	return false;
}

/* Until a signal, or until the transfer has ended. The first time there is
 * nothing to compare with, and so no rate.
 */
static int watch_on(const struct watch *watch)
{
	struct timespec interval = { .tv_sec = watch->seconds };
	struct table before = { 0 };
	double then = now_s();
	int status;

	for (;;) {
		struct table now = { 0 };
		double time;

		status = read_counters(watch, &now);
		if (status) {
			table_free(&now);
			break;
		}
		time = now_s();
		if (watch->json)
			print_rates_json(&before, &now, time - then);
		else
			print_rates(&before, &now, time - then);
		table_free(&before);
		before = now;
		then = time;
		/* main() reports that standard output is broken. */
		if (fflush(stdout) || has_ended(&now))
			break;
		nanosleep(&interval, NULL);
	}
	table_free(&before);
	return status;
}

static int print_once(const struct watch *watch)
{
	struct table table = { 0 };
	int status = read_counters(watch, &table);

	if (!status)
		table_print_as(&table, watch->json);
	table_free(&table);
	return status;
}

static const struct option options[] = {
	{ "watch", optional_argument, NULL, 'w' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{}
};

static int take_option(struct watch *watch, int code)
{
	switch (code) {
	case 'w':
		watch->seconds = 1;
		if (optarg && parse_number(optarg, 1, WATCH_MAX_S,
					   &watch->seconds))
			return misused("watch must be 1 to %d seconds: `%s'",
				       WATCH_MAX_S, optarg);
		return STATUS_OK;
	case 'j':
		watch->json = true;
		return STATUS_OK;
	case 'h':
		exit(show_help(&command_stat));
	default:
		return misused_command(&command_stat);
	}
}

static int run(int argc, char **argv)
{
	struct watch watch = { .path = SYSFS_STATS };
	const char *id;
	int code, status;

	while ((code = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		status = take_option(&watch, code);
		if (status)
			return status;
	}
	if (argc - optind > 1)
		return misused("stat wants one ID at most: `%s'",
			       argv[optind + 1]);
	id = argv[optind];
	if (id && parse_number(id, 1, UINT64_MAX, &watch.id))
		return misused("ID must be 1 to %" PRIu64 ": `%s'", UINT64_MAX,
			       id);
	if (id)
		snprintf(watch.path, sizeof(watch.path),
			 SYSFS_TRANSFERS "/%" PRIu64, watch.id);
	return watch.seconds ? watch_on(&watch) : print_once(&watch);
}

const struct command command_stat = {
	.name = "stat",
	.summary = "print the counters of the module, or of a transfer",
	.help =
		"Usage: skiff stat [OPTION...] [ID]\n"
		"Print the counters of the module since it was loaded, or the receipt of\n"
		"transfer ID: one that runs, or one of the last that ended. Those there are, of\n"
		"any program, are listed in " SKIFF_SYSFS "/" SYSFS_TRANSFERS ".\n"
		"\n"
		"  --watch[=SECONDS]  print again and again (default: each second), with the\n"
		"                   change per second, until interrupted or the transfer ends\n"
		"  --json           print the result as JSON; with --watch as one line each,\n"
		"                   with the members values and per_second\n"
		"  -h, --help       print this\n"
		"\n"
		"Exit: 0 done, 1 no such transfer, 2 wrong arguments, 3 the module is not\n"
		"loaded, or only root may read this.\n",
	.run = run,
};
