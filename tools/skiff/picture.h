/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pictures: the way of a byte from the disk to the card, with what happens between
 * two stations, and the figures below. Text and SVG draw the same picture, so they
 * say the same; all of it is from a measure.
 */
#ifndef SKIFF_PICTURE_H
#define SKIFF_PICTURE_H

#include <stdio.h>

#include "measure.h"

enum station {
	STATION_DISK,
	STATION_CACHE,	/* the page cache, or pages of skiff's own */
	STATION_MEMORY, /* of the process, or a buffer of the kernel's */
	STATION_SOCKET,
	STATION_PACKETS, /* made of copies, where the socket's pages will not do */
	STATION_CARD,
	NR_STATIONS,
};

enum edge_kind {
	EDGE_DMA,	/* the device moves it, not the CPU */
	EDGE_COPY,	/* the CPU copies it */
	EDGE_REFERENCE, /* only a pointer to it is passed on */
	EDGE_UNKNOWN,
};

#define EDGES_MAX 7

struct edge {
	enum station from, to;
	enum edge_kind kind;
	char label[32];
};

struct figure {
	char text[96];
};

struct picture {
	const char *title;
	const char *calls;
	char copies[40]; /* "2.00 CPU copies per byte" */
	char why[160];	 /* there is no such way; "": there is */
	char stations[NR_STATIONS][32];
	struct edge edges[EDGES_MAX];
	size_t nr_edges;
	struct figure figures[5];
	size_t nr_figures;
};

void picture_of(struct picture *picture, const struct meter *meter,
		const struct measure *measure);

/* picture_text.c, picture_svg.c */
void picture_text(const struct picture *picture);
void picture_svg(FILE *file, const char *title, const struct picture *pictures,
		 size_t nr, const char *const *notes);

#endif /* SKIFF_PICTURE_H */
