// SPDX-License-Identifier: GPL-2.0-only
/*
 * The peer asks, the system responds, the peer takes it and asks again; at the
 * end the peer says that it has all, which acknowledges all. What is measured
 * lies between the first request and that: both ends, and whatever the kernel
 * does for them.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cost.h"
#include "count.h"
#include "exchange.h"
#include "fail.h"
#include "folio.h"
#include "lane.h"
#include "sample.h"

static void report(const struct lane *lane, const struct cost *cost)
{
	double requests = (double)lane->exchange->rounds * lane->exchange->batch;
	double kib = lane_mib(lane) * 1024;
	const char *name = lane->system->name;

	sample(name, "insn_per_kib", "instructions/KiB", (double)cost_busy(cost) / kib);
	if (requests > 1)
		sample(name, "insn_per_request", "instructions",
		       (double)cost_busy(cost) / requests);
	if (cost->helper)
		sample(name, "sender_insn_per_kib", "instructions/KiB",
		       (double)(cost->process + cost->helper) / kib);
	sample(name, "sender_process_insn_per_kib", "instructions/KiB",
	       (double)cost->process / kib);
	sample(name, "switches_per_mib", "context switches/MiB",
	       (double)cost->switches / (kib / 1024));
	sample(name, "idle_share", "of time", (double)cost->idle / (double)cost->now);
}

static void measure(struct lane *lane)
{
	struct cost cost = lane_measure(lane);

	report(lane, &cost);
}

/* One that delivers wrong bytes is not looked at any further. */
static void prepare(struct lane *lane)
{
	lane_check(lane);
	if (!lane->right)
		return;
	/* Once before the counting, as the discarding has to warm up, too. */
	lane_respond(lane, false);
	count_all(lane);
}

static double folio_kib(const struct content *content)
{
	int file = open(content->path, O_RDONLY | O_CLOEXEC);
	struct folio_look look;
	int error;

	if (file < 0)
		die_of(errno, content->path);
	error = folio_look(file, content->size, true, &look);
	if (error)
		die_of(error, "cannot look at the folios of a file");
	if (look.cached != look.pages)
		die("%s: %zu pages are not in memory", content->path, look.pages - look.cached);
	close(file);
	return folio_mean_kib(&look);
}

void exchange(const struct exchange *exchange)
{
	const struct content content = content_make(exchange);
	struct lane lanes[EXCHANGE_SYSTEMS];
	struct peer peer;

	sample("page cache", "folio", "KiB", folio_kib(&content));
	sample_checked("page cache");
	peer_start(&peer, &exchange->network, &content);
	for (unsigned int i = 0; i < exchange->nr; i++) {
		lane_open(&lanes[i], exchange->systems[i], exchange, &peer, &content);
		prepare(&lanes[i]);
	}
	for (unsigned int run = 0; run < exchange->runs; run++) {
		progress("run %u of %u", run + 1, exchange->runs);
		for (unsigned int i = 0; i < exchange->nr; i++)
			if (lanes[i].right)
				measure(&lanes[i]);
	}
	for (unsigned int i = 0; i < exchange->nr; i++)
		lane_close(&lanes[i]);
	peer_stop(&peer);
	content_free(&content);
}
