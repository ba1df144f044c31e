// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "picture.h"

/* Less than this share of the bytes is drawn as nothing: headers, a short tail. */
#define LEAST 0.005

static double per_byte(const struct measure *measure, uint64_t bytes)
{
	return (double)bytes / measure->bytes;
}

static bool is_much(const struct measure *measure, uint64_t bytes)
{
	return per_byte(measure, bytes) >= LEAST;
}

static void add_edge(struct picture *picture, enum station from,
		     enum station to, enum edge_kind kind, const char *label)
{
	struct edge *edge = &picture->edges[picture->nr_edges++];

	*edge = (struct edge){ .from = from, .to = to, .kind = kind };
	snprintf(edge->label, sizeof(edge->label), "%s", label);
}

static void add_share(struct picture *picture, const struct measure *measure,
		      enum station from, enum station to, enum edge_kind kind,
		      const char *what, uint64_t bytes)
{
	char label[32];

	snprintf(label, sizeof(label), "%s %.2f", what,
		 per_byte(measure, bytes));
	add_edge(picture, from, to, kind, label);
}

/* Where the disk's bytes arrive. What was to be read past the page cache, and was
 * copied out of a file all the same, was not.
 */
static enum station landing(const struct measure *measure)
{
	bool past = measure->way->past_cache &&
		    !(measure->traced && is_much(measure, measure->from_file));

	return past && measure->way->memory ? STATION_MEMORY : STATION_CACHE;
}

static void draw_disk(struct picture *picture, const struct measure *measure)
{
	enum station to = landing(measure);

	if (!measure->has_threads)
		add_edge(picture, STATION_DISK, to, EDGE_UNKNOWN, "DMA ?");
	else if (is_much(measure, measure->disk_bytes))
		add_share(picture, measure, STATION_DISK, to, EDGE_DMA, "DMA",
			  measure->disk_bytes);
}

static void draw_memory(struct picture *picture, const struct measure *measure)
{
	if (is_much(measure, measure->from_file))
		add_share(picture, measure, STATION_CACHE, STATION_MEMORY,
			  EDGE_COPY, "copy", measure->from_file);
	else if (measure->way->memory == MEMORY_MAPPED)
		add_edge(picture, STATION_CACHE, STATION_MEMORY, EDGE_REFERENCE,
			 "mapped");
	if (is_much(measure, measure->into_socket))
		add_share(picture, measure, STATION_MEMORY, STATION_SOCKET,
			  EDGE_COPY, "copy", measure->into_socket);
	if (is_much(measure, measure->by_reference))
		add_share(picture, measure, STATION_CACHE, STATION_SOCKET,
			  EDGE_REFERENCE, "reference", measure->by_reference);
}

static void draw_unknown(struct picture *picture, const struct measure *measure)
{
	enum station from = landing(measure);

	if (measure->way->memory && from == STATION_CACHE)
		add_edge(picture, from, STATION_MEMORY, EDGE_UNKNOWN, "copy ?");
	if (measure->way->memory)
		from = STATION_MEMORY;
	add_edge(picture, from, STATION_SOCKET, EDGE_UNKNOWN, "copy ?");
}

static void draw_card(struct picture *picture, const struct measure *measure)
{
	enum station from = STATION_SOCKET;

	if (is_much(measure, measure->in_packets)) {
		add_share(picture, measure, from, STATION_PACKETS, EDGE_COPY,
			  "copy", measure->in_packets);
		from = STATION_PACKETS;
	}
	switch (measure->card_source) {
	case CARD_NONE:
		add_edge(picture, from, STATION_CARD, EDGE_REFERENCE, "no DMA");
		break;
	case CARD_UNKNOWN:
		add_edge(picture, from, STATION_CARD, EDGE_UNKNOWN, "DMA ?");
		break;
	case CARD_MAPPED:
	case CARD_SENT:
		add_share(picture, measure, from, STATION_CARD, EDGE_DMA, "DMA",
			  measure->card_bytes);
		break;
	}
}

static void name_stations(struct picture *picture, const struct meter *meter,
			  const struct measure *measure)
{
	bool own = measure->way->past_cache && !measure->way->memory;
	const char *device = meter->egress.device;

	strcpy(picture->stations[STATION_DISK], "disk");
	strcpy(picture->stations[STATION_CACHE], own ? "pages" : "cache");
	strcpy(picture->stations[STATION_MEMORY],
	       measure->way->memory ? "user" : "kernel");
	strcpy(picture->stations[STATION_SOCKET], "socket");
	strcpy(picture->stations[STATION_PACKETS], "packets");
	snprintf(picture->stations[STATION_CARD], sizeof(picture->stations[0]),
		 "%.20s", *device ? device : "peer");
}

__attribute__((format(printf, 2, 3))) static void
add_figure(struct picture *picture, const char *format, ...)
{
	struct figure *figure = &picture->figures[picture->nr_figures++];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(figure->text, sizeof(figure->text), format, arguments);
	va_end(arguments);
}

/* Copies that are part of none of the edges. */
static void add_hidden(struct picture *picture, const struct measure *measure)
{
	if (is_much(measure, measure->bounced))
		add_figure(picture, "%.2f of the copies to bounce buffers, for DMA",
			   per_byte(measure, measure->bounced));
}

static void add_figures(struct picture *picture, const struct measure *measure)
{
	double mib = measure->bytes / 0x1p20, gib = measure->bytes / 0x1p30;
	uint64_t switches = measure->switches + measure->thread_switches;
	uint64_t ns = measure->cpu_ns + measure->thread_ns;
	char calls[32] = "?";

	if (measure->traced)
		snprintf(calls, sizeof(calls), "%.2f",
			 measure->system_calls / mib);
	add_figure(picture, "%s system calls/MiB, %.2f context switches/MiB",
		   calls, switches / mib);
	if (measure->has_threads)
		add_figure(picture,
			   "%.3f s CPU/GiB: %.3f process + %.3f skiff's threads",
			   ns / 1e9 / gib, measure->cpu_ns / 1e9 / gib,
			   measure->thread_ns / 1e9 / gib);
	else
		add_figure(picture, "%.3f s CPU/GiB of the process alone",
			   measure->cpu_ns / 1e9 / gib);
	add_hidden(picture, measure);
	if (measure->has_receipt)
		add_figure(picture, "rung %s: %s",
			   skiff_rung_name(measure->receipt.rung),
			   skiff_reason_text(measure->receipt.reason));
}

static void draw(struct picture *picture, const struct meter *meter,
		 const struct measure *measure)
{
	name_stations(picture, meter, measure);
	draw_disk(picture, measure);
	if (measure->traced)
		draw_memory(picture, measure);
	else
		draw_unknown(picture, measure);
	draw_card(picture, measure);
	add_figures(picture, measure);
}

void picture_of(struct picture *picture, const struct meter *meter,
		const struct measure *measure)
{
	*picture = (struct picture){
		.title = measure->way->name,
		.calls = measure->way->calls,
	};
	if (measure->error) {
		snprintf(picture->why, sizeof(picture->why), "not here: %s",
			 way_strerror(measure->way, measure->error));
		return;
	}
	if (measure->traced)
		snprintf(picture->copies, sizeof(picture->copies),
			 "%.2f CPU copies per byte",
			 per_byte(measure, measure_copied(measure)));
	else
		strcpy(picture->copies, "CPU copies unknown");
	draw(picture, meter, measure);
}
