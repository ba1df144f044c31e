// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE /* vasprintf() */
#include <err.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "explain.h"
#include "tracer.h"
#include "units.h"

__attribute__((format(printf, 2, 3))) static void
add(struct explain *explain, const char *format, ...)
{
	va_list arguments;

	if (explain->nr_notes == NOTES_MAX)
		return;
	va_start(arguments, format);
	if (vasprintf(&explain->notes[explain->nr_notes++], format, arguments) < 0)
		err(STATUS_FAILED, NULL);
	va_end(arguments);
}

static void note_missed(struct explain *explain)
{
	uint64_t missed = 0;

	for (size_t i = 0; i < NR_WAYS; i++)
		missed += explain->measures[i].missed;
	if (missed)
		add(explain, "%" PRIu64 " events could not be counted: the sums are too small.",
		    missed);
}

static void note_copies(struct explain *explain)
{
	const struct meter *meter = &explain->meter;

	if (!meter->tracer) {
		add(explain, "Copies and system calls are unknown, for nothing could be traced: %s.",
		    meter->no_tracer);
		return;
	}
	add(explain, "Copies: by the CPU, on this side, traced where they are made (BPF); packet headers are not counted.");
	for (int f = 0; f < TRACE_NR_FUNCTIONS; f++)
		if (tracer_lacks(meter->tracer, f))
			add(explain, "Copies are not counted in %s: this kernel has no such function.",
			    report_function_name(f));
	note_missed(explain);
}

static bool has_source(const struct explain *explain, enum card_source source)
{
	for (size_t i = 0; i < NR_WAYS; i++)
		if (!explain->measures[i].error &&
		    explain->measures[i].card_source == source)
			return true;
	return false;
}

static void note_card(struct explain *explain)
{
	if (has_source(explain, CARD_MAPPED))
		add(explain, "DMA to the card: what its driver mapped for it, headers and acknowledgements included (dma_map_page).");
	if (has_source(explain, CARD_SENT))
		add(explain, "DMA to the card: what it counts as sent (tx_bytes); its driver maps nothing that could be traced.");
	if (has_source(explain, CARD_NONE))
		add(explain, "No DMA to a card: the receiver is on this machine.");
	if (has_source(explain, CARD_UNKNOWN))
		add(explain, "DMA to the card is unknown: the route's device is no card itself.");
}

static void note_disk(struct explain *explain)
{
	const struct meter *meter = &explain->meter;

	if (meter->coster)
		add(explain, "DMA from the disk: what all disks of the machine read meanwhile.");
	else
		add(explain, "DMA from the disk and the time of skiff's threads are unknown: %s.",
		    meter->no_coster);
}

/* A file may be too large to be cached, or its pages too busy to be dropped. */
static void note_cache(struct explain *explain)
{
	bool unknown = false;

	for (size_t i = 0; i < NR_WAYS; i++) {
		const struct measure *measure = &explain->measures[i];
		bool as_asked = explain->cold ? !measure->cached :
						measure->cached >= measure->bytes;

		if (measure->error)
			continue;
		if (!measure->has_cached)
			unknown = true;
		else if (!as_asked)
			add(explain, "%s began with %s of the file in the page cache.",
			    measure->way->name, text_bytes(measure->cached).s);
	}
	if (unknown)
		add(explain, "What was in the page cache is unknown: only who may write to the file is told.");
}

void explain_note(struct explain *explain)
{
	note_copies(explain);
	note_cache(explain);
	note_card(explain);
	note_disk(explain);
	add(explain, "CPU time and context switches: of this process until the socket has all of the file, of skiff's threads until the peer has it; with interrupts on top, and the tracing itself.");
	add(explain, "Not in it: what softirqs do elsewhere, and the receiver. System calls: of this process, until the socket has all.");
}
