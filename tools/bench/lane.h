/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LANE_H
#define LANE_H

#include <stdbool.h>

#include "exchange.h"

/**
 * struct lane - a system and its connection to the peer
 * @system: that responds on it
 * @end: its end
 * @exchange: of which this is a part
 * @peer: at the far end
 * @connection: its number there
 * @right: the bytes that came were compared
 */
struct lane {
	const struct system *system;
	struct end end;
	const struct exchange *exchange;
	struct peer *peer;
	unsigned int connection;
	bool right;
};

/* What an exchange sends; content_free() it. */
struct content content_make(const struct exchange *exchange);
void content_free(const struct content *content);

void lane_open(struct lane *lane, const struct system *system, const struct exchange *exchange,
	       struct peer *peer, const struct content *content);
void lane_close(struct lane *lane);

/* One order of the peer's: returns whether it is content. */
bool lane_respond(struct lane *lane, bool check);

/* One round, compared: sets @right. */
void lane_check(struct lane *lane);

/* All rounds, of which everything has to arrive and be acknowledged. */
struct cost lane_measure(struct lane *lane);

/* What all rounds send together. */
double lane_mib(const struct lane *lane);

#endif
