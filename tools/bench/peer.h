/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The far end: a process that asks for responses and discards them, or compares
 * them with what they should be.
 */

/**
 * struct network - between the two ends
 * @near: network namespace of the sender, or NULL for where it is
 * @far: that of the peer, or NULL
 * @address: of the peer, IPv4
 * @buffer: bytes that the send and the receive buffer are fixed to, each
 * @tls: what the near end sends is encrypted, by the kernels of both
 */
struct network {
	const char *near;
	const char *far;
	const char *address;
	int buffer;
	bool tls;
};

/**
 * struct content - of a response
 * @header: bytes before the file, @header_size of them
 * @path: of the file, which is sent as a whole: @size bytes
 */
struct content {
	const char *header;
	size_t header_size;
	const char *path;
	size_t size;
};

/**
 * struct order - what the peer is to do next
 * @connection: on which, in the order in which they were made
 * @rounds: times that it asks
 * @batch: for so many responses at once
 * @check: compare instead of discarding them
 */
struct order {
	unsigned int connection;
	unsigned int rounds;
	unsigned int batch;
	bool check;
};

struct peer {
	int control;
	pid_t process;
	struct network network;
	uint16_t port;
	unsigned int connections;
};

void peer_start(struct peer *peer, const struct network *network, const struct content *content);

/* The socket of one more connection to it. */
int peer_connect(struct peer *peer);

/* The peer does it; it begins by asking once, with a byte for each response. */
void peer_order(struct peer *peer, const struct order *order);

/* At the end of an order: whether all arrived, and was right if compared. What
 * was sent is acknowledged when this returns.
 */
bool peer_is_content(int socket);

void peer_stop(struct peer *peer);

#endif
