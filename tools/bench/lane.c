// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/sockios.h>

#include "cost.h"
#include "fail.h"
#include "lane.h"
#include "sample.h"

#define BATCH 1024

static char *make_header(size_t size)
{
	char *header = malloc(size + 1);

	if (!header)
		die("no memory");
	for (size_t i = 0; i < size; i++)
		header[i] = (char)('!' + i % 90);
	return header;
}

struct content content_make(const struct exchange *exchange)
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

void content_free(const struct content *content)
{
	free((void *)content->header);
}

void lane_open(struct lane *lane, const struct system *system, const struct exchange *exchange,
	       struct peer *peer, const struct content *content)
{
	*lane = (struct lane){ .system = system, .exchange = exchange, .peer = peer };
	lane->end.system = system;
	lane->end.content = content;
	lane->end.file = open(content->path, O_RDONLY | O_CLOEXEC | system->file_flags);
	if (lane->end.file < 0)
		die_of(errno, content->path);
	lane->connection = peer->connections;
	lane->end.socket = peer_connect(peer);
	if (system->way->open)
		system->way->open(&lane->end);
}

void lane_close(struct lane *lane)
{
	if (lane->system->way->close)
		lane->system->way->close(&lane->end);
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

bool lane_respond(struct lane *lane, bool check)
{
	const struct order order = {
		.connection = lane->connection,
		.rounds = check ? 1 : lane->exchange->rounds,
		.batch = lane->exchange->batch,
		.check = check,
	};

	peer_order(lane->peer, &order);
	for (unsigned int i = 0; i < order.rounds; i++) {
		take_request(lane->end.socket, order.batch);
		system_respond(&lane->end, order.batch);
	}
	return peer_is_content(lane->end.socket);
}

void lane_check(struct lane *lane)
{
	progress("%s: comparing the bytes", lane->system->name);
	lane->right = lane_respond(lane, true);
	if (lane->right)
		sample_checked(lane->system->name);
	else
		progress("%s: WRONG BYTES arrived", lane->system->name);
}

struct cost lane_measure(struct lane *lane)
{
	struct cost begin, cost;
	int unacknowledged;
	bool right;

	begin = cost_now();
	right = lane_respond(lane, false);
	cost = cost_since(&begin);
	if (!right || ioctl(lane->end.socket, SIOCOUTQ, &unacknowledged) || unacknowledged)
		die("%s: not all has arrived", lane->system->name);
	return cost;
}

double lane_mib(const struct lane *lane)
{
	const struct exchange *exchange = lane->exchange;
	const struct content *content = lane->end.content;

	return (double)exchange->rounds * exchange->batch *
	       (double)(content->header_size + content->size) / (1 << 20);
}
