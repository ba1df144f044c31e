// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pictures as text: a line of labels above one of stations, and arrows between
 * these. What does not fit on it, because the bytes go two ways at once, gets a
 * second pair of lines.
 */
#include <stdio.h>
#include <string.h>

#include "picture.h"
#include "wrap.h"

#define INDENT 2
#define COLUMNS 80
#define LINE_MAX 160
#define LANES 2

/* Each begins where the ones before it leave room for their names and arrows. */
static const int starts[NR_STATIONS] = { 2, 15, 29, 44, 59, 75 };

struct lane {
	bool used;
	char labels[LINE_MAX];
	char arrows[LINE_MAX];
};

static const char fill[] = {
	[EDGE_DMA] = '=',
	[EDGE_COPY] = '#',
	[EDGE_REFERENCE] = '-',
	[EDGE_UNKNOWN] = '?',
};

static void put(char *line, int at, const char *text)
{
	memcpy(line + at, text, strlen(text));
}

static void put_station(struct lane *lane, const struct picture *picture,
			enum station station)
{
	put(lane->arrows, starts[station], picture->stations[station]);
}

static void put_edge(struct lane *lane, const struct picture *picture,
		     const struct edge *edge)
{
	int from = starts[edge->from] + strlen(picture->stations[edge->from]) + 1;
	int to = starts[edge->to] - 2; /* where its head is */
	int middle = (from + to + 1 - (int)strlen(edge->label)) / 2;

	memset(lane->arrows + from, fill[edge->kind], to - from);
	lane->arrows[to] = '>';
	put(lane->labels, middle, edge->label);
	put_station(lane, picture, edge->from);
	put_station(lane, picture, edge->to);
	lane->used = true;
}

/* Whether a station lies between the ends of another edge. */
static bool crosses(const struct picture *picture, const struct edge *edge)
{
	for (size_t i = 0; i < picture->nr_edges; i++) {
		const struct edge *other = &picture->edges[i];

		if (edge->from < other->to && other->to < edge->to)
			return true;
	}
	return false;
}

static void print_line(const char *line)
{
	int length = LINE_MAX;

	while (length && line[length - 1] == ' ')
		length--;
	printf("%.*s\n", length, line);
}

static void print_lanes(const struct picture *picture)
{
	struct lane lanes[LANES];

	memset(lanes, ' ', sizeof(lanes));
	for (int i = 0; i < LANES; i++)
		lanes[i].used = false;
	for (size_t i = 0; i < picture->nr_edges; i++)
		put_edge(&lanes[crosses(picture, &picture->edges[i])], picture,
			 &picture->edges[i]);
	for (int i = 0; i < LANES; i++) {
		if (!lanes[i].used)
			continue;
		print_line(lanes[i].labels);
		print_line(lanes[i].arrows);
	}
}

void picture_text(const struct picture *picture)
{
	int room = COLUMNS - (int)strlen(picture->title);

	if (*picture->why) {
		printf("%s\n%*s", picture->title, INDENT, "");
		print_wrapped(INDENT, picture->why);
	} else {
		printf("%s%*s\n", picture->title, room, picture->copies);
		print_lanes(picture);
	}
	for (size_t i = 0; i < picture->nr_figures; i++)
		printf("%*s%s\n", INDENT, "", picture->figures[i].text);
	putchar('\n');
}
