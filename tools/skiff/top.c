// SPDX-License-Identifier: GPL-2.0-only
/* skiff top: the transfers that run, the fastest first, again and again. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "screen.h"
#include "snapshot.h"
#include "top_view.h"

#define INTERVAL_MAX_S 86400
#define COUNT_MAX 1000000000

struct top {
	uint64_t seconds;
	uint64_t count; /* 0: without end */
	bool json;
	bool screen;
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void draw(const struct snapshot *before, const struct snapshot *now)
{
	int rows, columns;
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		return;
	screen_size(&rows, &columns);
	top_view(file, before, now, rows, columns);
	if (!fclose(file))
		screen_draw(text);
	free(text);
}

static void show(const struct top *top, const struct snapshot *before,
		 const struct snapshot *now)
{
	if (top->json) {
		top_view_json(before, now);
	} else if (top->screen) {
		draw(before, now);
	} else {
		top_view(stdout, before, now, 0, 0);
		putchar('\n');
	}
}

/* Returns whether to go on. */
static bool await(const struct top *top, const struct snapshot *before,
		  const struct snapshot *now)
{
	int64_t end = now_ms() + top->seconds * 1000, left;

	while ((left = end - now_ms()) > 0) {
		switch (screen_wait(left)) {
		case SCREEN_QUIT:
			return false;
		case SCREEN_RESIZED:
			draw(before, now);
			break;
		case SCREEN_TIME:
			break;
		}
	}
	return true;
}

/* All that is shown is of an interval, so the first block comes at its end; a
 * screen shows until then what there is. Returns 0 or a negative errno.
 */
static int watch(const struct top *top)
{
	struct snapshot before = { 0 }, now = { 0 };
	uint64_t shown = 0;
	int error;

	error = snapshot_take(&now, &before);
	if (!error && top->screen)
		draw(&before, &now);
	while (!error && await(top, &before, &now)) {
		snapshot_free(&before);
		before = now;
		now = (struct snapshot){ 0 };
		error = snapshot_take(&now, &before);
		if (error)
			break;
		show(top, &before, &now);
		/* main() reports that standard output is broken. */
		if (fflush(stdout) || ++shown == top->count)
			break;
	}
	snapshot_free(&before);
	snapshot_free(&now);
	return error;
}

/* What is wrong is said on the terminal as it was. */
static int start(const struct top *top)
{
	int error;

	error = top->screen ? screen_open() : 0;
	if (error)
		return failed("cannot take over the terminal: %s",
			      strerror(-error));
	error = watch(top);
	if (top->screen)
		screen_close();
	return error ? snapshot_failed(error) : STATUS_OK;
}

static const struct option options[] = {
	{ "count", required_argument, NULL, 'c' },
	{ "interval", required_argument, NULL, 'i' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{}
};

static int take_option(struct top *top, int code)
{
	switch (code) {
	case 'c':
		if (parse_number(optarg, 1, COUNT_MAX, &top->count))
			return misused("count must be 1 to %d: `%s'", COUNT_MAX,
				       optarg);
		return STATUS_OK;
	case 'i':
		if (parse_number(optarg, 1, INTERVAL_MAX_S, &top->seconds))
			return misused("interval must be 1 to %d seconds: `%s'",
				       INTERVAL_MAX_S, optarg);
		return STATUS_OK;
	case 'j':
		top->json = true;
		return STATUS_OK;
	case 'h':
		exit(show_help(&command_top));
	default:
		return misused_command(&command_top);
	}
}

static int run(int argc, char **argv)
{
	struct top top = { .seconds = 1 };
	int code, status;

	while ((code = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		status = take_option(&top, code);
		if (status)
			return status;
	}
	if (optind < argc)
		return misused("top wants no argument: `%s'", argv[optind]);
	top.screen = !top.json && screen_wanted();
	return start(&top);
}

const struct command command_top = {
	.name = "top",
	.summary = "watch the transfers that run, the fastest first",
	.help =
		"Usage: skiff top [OPTION...]\n"
		"Show what the module does, and below it the transfers of all programs that run,\n"
		"or ended since, the fastest first: rate, rung, policy, bytes queued, the share\n"
		"that went by reference, and how often it waited for the disk and for room in the\n"
		"socket; in a wide terminal for how long, too. Rates are those of the interval.\n"
		"The key q ends it. If standard output is no terminal, a block of lines with all\n"
		"of it is printed for each interval.\n"
		"\n"
		"  --interval S     seconds from one look to the next (default: 1)\n"
		"  --count N        end after N intervals (default: go on)\n"
		"  --json           print each interval as JSON, in one line\n"
		"  -h, --help       print this\n"
		"\n"
		"Exit: 0 done, 1 failed, 2 wrong arguments, 3 the module is not loaded, or only\n"
		"root may read this.\n",
	.run = run,
};
