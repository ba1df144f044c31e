// SPDX-License-Identifier: GPL-2.0-only
/* Progress: a bar on the last line of a terminal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"
#include "units.h"

#define CLEAR_LINE "\r\033[K"
#define BAR_MAX 40
#define BAR_MIN 10

bool progress_wanted(void)
{
	const char *terminal = getenv("TERM");

	return isatty(STDERR_FILENO) &&
	       !(terminal && !strcmp(terminal, "dumb"));
}

static int columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return 80;
	return size.ws_col;
}

static uint64_t elapsed_ns(const struct skiff_receipt *receipt)
{
	struct timespec now;

	/* The clock of the receipt. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec - receipt->submit_ns;
}

/* A bar of @width between brackets, or nothing if that is too narrow. */
static void draw_bar(double done, int width)
{
	char bar[BAR_MAX + 1];
	int filled;

	if (width > BAR_MAX)
		width = BAR_MAX;
	if (width < BAR_MIN)
		return;
	filled = done / 100 * width;
	memset(bar, '.', width);
	memset(bar, '#', filled);
	bar[width] = '\0';
	fprintf(stderr, "[%s] ", bar);
}

void progress_draw(const struct skiff_receipt *receipt)
{
	double done = percent(receipt->bytes_queued, receipt->bytes_requested);
	char text[1024];
	int room;

	if (done > 100)
		done = 100;
	snprintf(text, sizeof(text), "%3.0f%% of %s, %s, %s", done,
		 text_bytes(receipt->bytes_requested).s,
		 text_rate(receipt->bytes_queued, elapsed_ns(receipt)).s,
		 text_share(receipt).s);

	/* A line that fills the last column would wrap, and not be cleared. */
	room = columns() - 1;
	fputs(CLEAR_LINE, stderr);
	draw_bar(done, room - (int)strlen(text) - 3);
	fprintf(stderr, "%.*s", room, text);
	fflush(stderr);
}

void progress_clear(void)
{
	fputs(CLEAR_LINE, stderr);
	fflush(stderr);
}
