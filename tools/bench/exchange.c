// SPDX-License-Identifier: GPL-2.0-only
/*
 * The peer asks, the system responds, the peer takes it and asks again; at the
 * end the peer says that it has all, which acknowledges all. What is measured
 * lies between the first request and that: both ends, and whatever the kernel
 * does for them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/sockios.h>

#include "cost.h"
#include "exchange.h"
#include "fail.h"
#include "folio.h"
#include "sample.h"
#include "trace.h"

#define BATCH 1024

struct lane {
	const struct system *system;
	struct end end;
	unsigned int connection;
	bool right;
};

static char *make_header(size_t size)
{
	char *header = malloc(size + 1);

	if (!header)
		die("no memory");
	for (size_t i = 0; i < size; i++)
		header[i] = (char)('!' + i % 90);
	return header;
}

static struct content content_of(const struct exchange *exchange)
{
	struct content content = {
		.header = make_header(exchange->header),
		.header_size = exchange->header,
		.path = exchange->path,
	};
	struct stat status;

	if (stat(content.path, &status))
		die_of(errno, content.path);
	content.size = (size_t)status.st_size;
	return content;
}

static void open_lane(struct lane *lane, struct peer *peer, const struct content *content)
{
	lane->end.content = content;
	lane->end.file = open(content->path, O_RDONLY | O_CLOEXEC);
	if (lane->end.file < 0)
		die_of(errno, content->path);
	lane->connection = peer->connections;
	lane->end.socket = peer_connect(peer);
	lane->system->open(&lane->end);
}

static void close_lane(struct lane *lane)
{
	lane->system->close(&lane->end);
	close(lane->end.socket);
	close(lane->end.file);
}

static void take_request(int socket, unsigned int batch)
{
	char bytes[BATCH];

	while (batch) {
		ssize_t n = read(socket, bytes, batch);

		if (n <= 0)
			die("the peer asks no more");
		batch -= (unsigned int)n;
	}
}

/* One order: returns whether the peer is content. */
static bool respond(struct lane *lane, struct peer *peer, const struct exchange *exchange,
		    bool check)
{
	const struct order order = {
		.connection = lane->connection,
		.rounds = check ? 1 : exchange->rounds,
		.batch = exchange->batch,
		.check = check,
	};

	peer_order(peer, &order);
	for (unsigned int i = 0; i < order.rounds; i++) {
		take_request(lane->end.socket, order.batch);
		lane->system->respond(&lane->end, order.batch);
	}
	return peer_is_content(lane->end.socket);
}

static void check(struct lane *lane, struct peer *peer, const struct exchange *exchange)
{
	lane->right = respond(lane, peer, exchange, true);
	if (lane->right)
		sample_checked(lane->system->name);
	else
		progress("%s: WRONG BYTES arrived", lane->system->name);
}

static void report(const struct lane *lane, const struct exchange *exchange, const struct cost *cost)
{
	const struct content *content = lane->end.content;
	double requests = (double)exchange->rounds * exchange->batch;
	double kib = requests * (double)(content->header_size + content->size) / 1024;
	const char *name = lane->system->name;

	sample(name, "insn_per_kib", "instructions/KiB", (double)cost_busy(cost) / kib);
	sample(name, "insn_per_request", "instructions", (double)cost_busy(cost) / requests);
	sample(name, "sender_insn_per_kib", "instructions/KiB", (double)(cost->process + cost->helper) / kib);
	sample(name, "sender_process_insn_per_kib", "instructions/KiB",
	       (double)cost->process / kib);
	sample(name, "switches_per_mib", "context switches/MiB",
	       (double)cost->switches / (kib / 1024));
	sample(name, "idle_share", "of time", (double)cost->idle / (double)cost->now);
}

static void measure(struct lane *lane, struct peer *peer, const struct exchange *exchange)
{
	struct cost begin, cost;
	int unacknowledged;
	bool right;

	begin = cost_now();
	right = respond(lane, peer, exchange, false);
	cost = cost_since(&begin);
	if (!right || ioctl(lane->end.socket, SIOCOUTQ, &unacknowledged) || unacknowledged)
		die("%s: not all has arrived", lane->system->name);
	report(lane, exchange, &cost);
}

static double mib_of(const struct lane *lane, const struct exchange *exchange)
{
	const struct content *content = lane->end.content;

	return (double)exchange->rounds * exchange->batch *
	       (double)(content->header_size + content->size) / (1 << 20);
}

static void count_calls(struct lane *lane, struct peer *peer, const struct exchange *exchange)
{
	char filter[64];
	struct trace calls = { "raw_syscalls/sys_enter", "id", filter, 0, 0 };

	snprintf(filter, sizeof(filter), "common_pid == %d", getpid());
	trace_begin(&calls);
	respond(lane, peer, exchange, false);
	trace_end(&calls);
	sample(lane->system->name, "syscalls_per_mib", "system calls/MiB",
	       (double)calls.hits / mib_of(lane, exchange));
}

/* How often the card is told of memory to send from, and how much each time;
 * and how large the packets are that TCP hands down. A map of a few bytes is a
 * packet's header.
 */
static void count_maps(struct lane *lane, struct peer *peer, const struct exchange *exchange)
{
	const char *name = lane->system->name;
	double mib = mib_of(lane, exchange);
	char filter[128], header_filter[192];
	struct trace maps = { "dma/dma_map_page", "size", filter, 0, 0 };
	struct trace headers = { "dma/dma_map_page", "size", header_filter, 0, 0 };
	struct trace packets = { "net/net_dev_start_xmit", "len", "len > 1514", 0, 0 };

	snprintf(filter, sizeof(filter), "device == \"%s\" && dir == 1", exchange->card);
	snprintf(header_filter, sizeof(header_filter), "%s && size < 256", filter);
	trace_begin(&maps);
	trace_begin(&packets);
	respond(lane, peer, exchange, false);
	trace_end(&packets);
	trace_end(&maps);
	trace_begin(&headers);
	respond(lane, peer, exchange, false);
	trace_end(&headers);
	sample(name, "dma_maps_per_mib", "maps/MiB", (double)maps.hits / mib);
	sample(name, "dma_maps_of_headers_per_mib", "maps/MiB", (double)headers.hits / mib);
	sample(name, "bytes_per_dma_map", "bytes", (double)maps.sum / (double)maps.hits);
	sample(name, "bytes_per_packet", "bytes", (double)packets.sum / (double)packets.hits);
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
	const struct content content = content_of(exchange);
	struct lane lanes[EXCHANGE_SYSTEMS] = {};
	struct peer peer;

	sample("page cache", "folio", "KiB", folio_kib(&content));
	sample_checked("page cache");
	peer_start(&peer, &exchange->network, &content);
	for (unsigned int i = 0; i < exchange->nr; i++) {
		lanes[i].system = exchange->systems[i];
		progress("%s: comparing the bytes", lanes[i].system->name);
		open_lane(&lanes[i], &peer, &content);
		check(&lanes[i], &peer, exchange);
		/* Once more, as the first time warms up the discarding, too. */
		respond(&lanes[i], &peer, exchange, false);
		count_calls(&lanes[i], &peer, exchange);
		if (exchange->card)
			count_maps(&lanes[i], &peer, exchange);
	}
	for (unsigned int run = 0; run < exchange->runs; run++) {
		progress("run %u of %u", run + 1, exchange->runs);
		for (unsigned int i = 0; i < exchange->nr; i++)
			if (lanes[i].right)
				measure(&lanes[i], &peer, exchange);
	}
	for (unsigned int i = 0; i < exchange->nr; i++)
		close_lane(&lanes[i]);
	peer_stop(&peer);
	free((void *)content.header);
}
