/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The screen: the whole of the terminal at standard output, drawn again and
 * again, and given back as it was, however the program ends.
 */
#ifndef SKIFF_SCREEN_H
#define SKIFF_SCREEN_H

#include "tool.h"

enum screen_event {
	SCREEN_TIME,	/* it has come */
	SCREEN_RESIZED, /* draw once more */
	SCREEN_QUIT,	/* the key q, or a signal */
};

/* Whether standard output is a terminal that can be drawn on. */
bool screen_wanted(void);

/* 0 or a negative errno. From then on signals are events. */
int screen_open(void);
void screen_close(void);

void screen_size(int *rows, int *columns);

/* Show @text: its lines that fit, cut to the width. */
void screen_draw(const char *text);

/* Wait for so many milliseconds, or for what comes before. */
enum screen_event screen_wait(int ms);

#endif /* SKIFF_SCREEN_H */
