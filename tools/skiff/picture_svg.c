// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pictures as SVG: one below the other, the stations in columns, so that a
 * way that leaves one out has a hole there. Copies are broad and red, as they are what
 * the CPU pays for; what devices fetch is blue, what is only passed on is thin.
 */
#include <ctype.h>
#include <stdio.h>

#include "picture.h"

#define WIDTH 1370
#define TOP 92	  /* where the first row begins */
#define ROW 96	  /* its height */
#define LINE 20	  /* of notes */
#define FIRST 370 /* the middle of the first station */
#define STEP 112  /* to the next one */
#define BOX_WIDTH 60
#define BOX_HEIGHT 30
#define DETOUR 26 /* how far below a box an arrow passes it */
#define FIGURES 985

static const struct {
	const char *class, *means;
} kinds[] = {
	[EDGE_DMA] = { "dma", "a device moves it (DMA)" },
	[EDGE_COPY] = { "copy", "the CPU copies it" },
	[EDGE_REFERENCE] = { "reference", "passed on by reference" },
	[EDGE_UNKNOWN] = { "unknown", "unknown" },
};

#define NR_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const char style[] =
	"<style>\n"
	"text { font: 13px sans-serif; fill: #222; }\n"
	".title { font: bold 16px sans-serif; }\n"
	".name { font: bold 15px sans-serif; }\n"
	".small { font-size: 12px; fill: #555; }\n"
	".middle { text-anchor: middle; }\n"
	".box { fill: #f4f4f4; stroke: #888; }\n"
	".copy { stroke: #d62728; fill: #d62728; stroke-width: 7; }\n"
	".dma { stroke: #1f77b4; fill: #1f77b4; stroke-width: 3; }\n"
	".reference { stroke: #2ca02c; fill: #2ca02c; stroke-width: 1.5; }\n"
	".unknown { stroke: #999; fill: #999; stroke-width: 3; stroke-dasharray: 4 4; }\n"
	".head { stroke: none; }\n"
	".path { fill: none; }\n"
	"</style>\n";

/* XML has no place for control characters, which the name of a file may have. */
static void put_escaped(FILE *file, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", file);
			break;
		case '<':
			fputs("&lt;", file);
			break;
		case '>':
			fputs("&gt;", file);
			break;
		default:
			fputc(iscntrl((unsigned char)*text) ? '?' : *text, file);
		}
	}
}

static void put_text(FILE *file, const char *class, int x, int y,
		     const char *text)
{
	fprintf(file, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class, x, y);
	put_escaped(file, text);
	fputs("</text>\n", file);
}

static void put_arrow(FILE *file, enum edge_kind kind, int from, int to, int y)
{
	fprintf(file,
		"<line class=\"%s\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n"
		"<polygon class=\"%s head\" points=\"%d,%d %d,%d %d,%d\"/>\n",
		kinds[kind].class, from, y, to - 10, y, kinds[kind].class, to,
		y, to - 11, y - 7, to - 11, y + 7);
}

static int middle_of(enum station station)
{
	return FIRST + station * STEP;
}

static bool uses(const struct picture *picture, enum station station)
{
	for (size_t i = 0; i < picture->nr_edges; i++)
		if (picture->edges[i].from == station ||
		    picture->edges[i].to == station)
			return true;
	return false;
}

static void put_station(FILE *file, const struct picture *picture,
			enum station station, int y)
{
	fprintf(file,
		"<rect class=\"box\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\"/>\n",
		middle_of(station) - BOX_WIDTH / 2, y - BOX_HEIGHT / 2,
		BOX_WIDTH, BOX_HEIGHT);
	put_text(file, "middle", middle_of(station), y + 5,
		 picture->stations[station]);
}

/* Below the station that it passes. */
static void put_detour(FILE *file, const struct edge *edge, int y)
{
	int from = middle_of(edge->from), to = middle_of(edge->to);
	const char *class = kinds[edge->kind].class;
	int bottom = y + BOX_HEIGHT / 2;

	fprintf(file,
		"<path class=\"%s path\" d=\"M %d %d v %d H %d V %d\"/>\n"
		"<polygon class=\"%s head\" points=\"%d,%d %d,%d %d,%d\"/>\n",
		class, from, bottom, DETOUR, to, bottom + 10, class, to, bottom,
		to - 7, bottom + 11, to + 7, bottom + 11);
	put_text(file, "middle", (from + to) / 2, bottom + DETOUR - 5,
		 edge->label);
}

static void put_edge(FILE *file, const struct picture *picture,
		     const struct edge *edge, int y)
{
	int from = middle_of(edge->from) + BOX_WIDTH / 2;
	int to = middle_of(edge->to) - BOX_WIDTH / 2;

	for (int passed = edge->from + 1; passed < (int)edge->to; passed++) {
		if (uses(picture, passed)) {
			put_detour(file, edge, y);
			return;
		}
	}
	put_arrow(file, edge->kind, from, to, y);
	put_text(file, "middle", (from + to) / 2, y - 20, edge->label);
}

static void put_picture(FILE *file, const struct picture *picture, int y)
{
	int middle = y + 36;

	put_text(file, "name", 16, y + 28, picture->title);
	put_text(file, "small", 16, y + 46, picture->calls);
	if (*picture->why) {
		put_text(file, "small", 16, y + 64, picture->why);
		return;
	}
	for (int station = 0; station < NR_STATIONS; station++)
		if (uses(picture, station))
			put_station(file, picture, station, middle);
	for (size_t i = 0; i < picture->nr_edges; i++)
		put_edge(file, picture, &picture->edges[i], middle);
	put_text(file, "name", FIGURES, y + 18, picture->copies);
	for (size_t i = 0; i < picture->nr_figures; i++)
		put_text(file, "small", FIGURES, y + 34 + 16 * (int)i,
			 picture->figures[i].text);
}

static void put_legend(FILE *file, int y)
{
	for (size_t i = 0; i < NR_KINDS; i++) {
		int x = 16 + 240 * (int)i;

		put_arrow(file, i, x, x + 50, y);
		put_text(file, "small", x + 60, y + 4, kinds[i].means);
	}
}

void picture_svg(FILE *file, const char *title, const struct picture *pictures,
		 size_t nr, const char *const *notes)
{
	int y = TOP, height = TOP + ROW * (int)nr + LINE;

	for (const char *const *note = notes; *note; note++)
		height += LINE;
	fprintf(file,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\">\n%s"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
		WIDTH, height, WIDTH, height, style);
	put_text(file, "title", 16, 30, title);
	put_legend(file, 62);
	for (size_t i = 0; i < nr; i++, y += ROW)
		put_picture(file, &pictures[i], y);
	for (; *notes; notes++)
		put_text(file, "small", 16, y += LINE, *notes);
	fputs("</svg>\n", file);
}
