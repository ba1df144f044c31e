/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include "peer.h"
#include "system.h"

#define EXCHANGE_SYSTEMS 32

/**
 * struct exchange - requests and responses over one connection for each system
 * @path: the file that is sent
 * @header: bytes before it
 * @rounds: of request and response that are measured together
 * @batch: responses asked for at once
 * @runs: measurements of each system, in turn with the others
 * @network: between the ends
 * @card: device whose DMA mappings are counted, by its name on its bus; or NULL
 * @systems: to compare
 * @nr: how many
 */
struct exchange {
	const char *path;
	size_t header;
	unsigned int rounds;
	unsigned int batch;
	unsigned int runs;
	struct network network;
	const char *card;
	const struct system *systems[EXCHANGE_SYSTEMS];
	unsigned int nr;
};

void exchange(const struct exchange *exchange);

#endif
