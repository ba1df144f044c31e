// SPDX-License-Identifier: GPL-2.0-only
/*
 * Five escape sequences that every terminal of today knows are all that is drawn
 * with, so no library is needed that looks them up. The alternate screen leaves
 * what was on the terminal, and where its cursor was, as it is.
 *
 * Signals are read from a descriptor, as are keys: nothing runs in a handler.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "screen.h"

#define ENTER "\033[?1049h\033[?25l" /* the alternate screen, no cursor */
#define LEAVE "\033[?25h\033[?1049l"
#define HOME "\033[H"
#define CLEAR_LINE "\033[K"
#define CLEAR_REST "\033[J"

static struct {
	bool drawn; /* the alternate screen is on */
	bool keys;  /* standard input is the terminal, and set to give keys */
	struct termios before;
	int signals;
} screen = { .signals = -1 };

bool screen_wanted(void)
{
	const char *terminal = getenv("TERM");

	return isatty(STDOUT_FILENO) && terminal && strcmp(terminal, "dumb");
}

static void enter(void)
{
	struct termios raw;

	screen.keys = !tcgetattr(STDIN_FILENO, &screen.before);
	if (screen.keys) {
		raw = screen.before;
		raw.c_lflag &= ~(ICANON | ECHO);
		raw.c_cc[VMIN] = 0;
		raw.c_cc[VTIME] = 0;
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	fputs(ENTER, stdout);
	fflush(stdout);
	screen.drawn = true;
}

static void leave(void)
{
	if (!screen.drawn)
		return;
	fputs(LEAVE, stdout);
	fflush(stdout);
	if (screen.keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &screen.before);
	screen.drawn = false;
}

int screen_open(void)
{
	static const int events[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE,
				      SIGTSTP, SIGWINCH };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		sigaddset(&set, events[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	screen.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (screen.signals < 0)
		return -errno;
	atexit(leave);
	enter();
	return 0;
}

void screen_close(void)
{
	leave();
	close(screen.signals);
	screen.signals = -1;
}

void screen_size(int *rows, int *columns)
{
	struct winsize size;

	*rows = 24;
	*columns = 80;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		return;
	if (size.ws_row)
		*rows = size.ws_row;
	if (size.ws_col)
		*columns = size.ws_col;
}

/* A line is cleared before it is written: after one that is as wide as the
 * terminal the cursor still stands on its last character. And no newline follows
 * the terminal's last line, which would scroll.
 */
void screen_draw(const char *text)
{
	int rows, columns, row;

	screen_size(&rows, &columns);
	fputs(HOME, stdout);
	for (row = 0; row < rows && *text; row++) {
		int length = strcspn(text, "\n");

		printf("%s" CLEAR_LINE "%.*s", row ? "\r\n" : "",
		       length < columns ? length : columns, text);
		text += length + (text[length] == '\n');
	}
	if (row < rows)
		fputs("\r\n" CLEAR_REST, stdout);
	fflush(stdout);
}

/* As the shell does for a program that knows no better. */
static enum screen_event stop(void)
{
	leave();
	raise(SIGSTOP);
	enter();
	return SCREEN_RESIZED;
}

static enum screen_event take_signal(void)
{
	struct signalfd_siginfo info;

	if (read(screen.signals, &info, sizeof(info)) != sizeof(info))
		return SCREEN_TIME;
	switch (info.ssi_signo) {
	case SIGWINCH:
		return SCREEN_RESIZED;
	case SIGTSTP:
		return stop();
	default:
		return SCREEN_QUIT;
	}
}

/* A terminal that has gone gives an end of file instead of keys. */
static enum screen_event take_key(void)
{
	char key;
	ssize_t nr = read(STDIN_FILENO, &key, 1);

	if (nr > 0)
		return key == 'q' || key == 'Q' ? SCREEN_QUIT : SCREEN_RESIZED;
	screen.keys = false;
	return SCREEN_TIME;
}

enum screen_event screen_wait(int ms)
{
	struct pollfd fds[] = {
		{ .fd = screen.signals, .events = POLLIN },
		{ .fd = screen.keys ? STDIN_FILENO : -1, .events = POLLIN },
	};

	if (poll(fds, 2, ms) <= 0)
		return SCREEN_TIME;
	return fds[0].revents ? take_signal() : take_key();
}
