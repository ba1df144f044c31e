// SPDX-License-Identifier: GPL-2.0-only
/*
 * Time, where it is no count of instructions: the host does other things as
 * well, now more and now less. So each system runs in turn with sendfile(2),
 * A B A B, and only what the two of a pair are to each other is taken.
 */
#include <sys/sysinfo.h>

#include "cost.h"
#include "lane.h"
#include "pairs.h"
#include "sample.h"

static double busy_of(const struct cost *cost)
{
	return (double)cost->now * get_nprocs() - (double)cost->idle;
}

static void measure(struct lane *sendfile, struct lane *lane)
{
	struct cost base = lane_measure(sendfile), cost = lane_measure(lane);
	const char *name = lane->system->name;

	sample(name, "wall_time_of_sendfile", "ratio", (double)cost.now / (double)base.now);
	sample(name, "cpu_time_of_sendfile", "ratio", busy_of(&cost) / busy_of(&base));
}

static void run_pairs(const struct exchange *exchange, struct lane *sendfile, struct lane *lane)
{
	progress("%s: %u pairs", lane->system->name, exchange->runs);
	for (unsigned int run = 0; run < exchange->runs; run++)
		measure(sendfile, lane);
}

/* None is closed while another one runs: a ring goes away in the background. */
void pairs(const struct exchange *exchange)
{
	const struct content content = content_make(exchange);
	struct lane lanes[EXCHANGE_SYSTEMS], sendfile;
	struct peer peer;

	peer_start(&peer, &exchange->network, &content);
	lane_open(&sendfile, system_find("sendfile"), exchange, &peer, &content);
	lane_check(&sendfile);
	for (unsigned int i = 0; i < exchange->nr; i++) {
		lane_open(&lanes[i], exchange->systems[i], exchange, &peer, &content);
		lane_check(&lanes[i]);
		lane_respond(&lanes[i], false);
	}
	for (unsigned int i = 0; i < exchange->nr; i++)
		if (lanes[i].right)
			run_pairs(exchange, &sendfile, &lanes[i]);
	for (unsigned int i = 0; i < exchange->nr; i++)
		lane_close(&lanes[i]);
	lane_close(&sendfile);
	peer_stop(&peer);
	content_free(&content);
}
