/* SPDX-License-Identifier: GPL-2.0-only */
/* Ways to send a file, as explain compares them. */
#ifndef SKIFF_WAY_H
#define SKIFF_WAY_H

#include "tool.h"

#define WAY_BUFFER (64 << 10)
#define NR_WAYS 7

/* What a way is given, and what it keeps between its calls. */
struct delivery {
	const char *path;
	int file;
	uint64_t size;
	int sock; /* connected and blocking; -1 until it is */

	int own_file; /* descriptor of the way's own, or -1 */
	int context;  /* of skiff, or negative */
	uint64_t id;  /* of the transfer, or 0 */
};

#define DELIVERY_INIT                                      \
	{                                                  \
		.sock = -1, .own_file = -1, .context = -1, \
	}

/* How the bytes of the file come to the memory of the process, if they do. */
enum memory {
	MEMORY_NONE,
	MEMORY_BUFFER,
	MEMORY_MAPPED,
};

/**
 * struct way - a way to send a file
 * @key: its name in JSON
 * @name: its name for people
 * @calls: what it calls
 * @memory: of the process, that the bytes pass
 * @past_cache: asks the disk for them, not the page cache
 * @policy: of a transfer by skiff
 * @open: what a program does once, with no connection yet. 0 or a negative errno:
 *	the way does not exist for this file
 * @send: all of the file; returns when the socket has taken it
 */
struct way {
	const char *key;
	const char *name;
	const char *calls;
	enum memory memory;
	bool past_cache;
	enum skiff_policy policy;
	int (*open)(const struct way *way, struct delivery *delivery);
	int (*send)(const struct way *way, struct delivery *delivery);
};

extern const struct way ways[NR_WAYS];

/* What no other way needs: closes what is open. */
void way_close(struct delivery *delivery);

/* Why there is no such way. */
const char *way_strerror(const struct way *way, int error);

/* way_copy.c */
int read_write_send(const struct way *way, struct delivery *delivery);
int mmap_write_send(const struct way *way, struct delivery *delivery);
int direct_write_open(const struct way *way, struct delivery *delivery);
int direct_write_send(const struct way *way, struct delivery *delivery);

/* way_skiff.c */
int skiff_way_open(const struct way *way, struct delivery *delivery);
int skiff_way_send(const struct way *way, struct delivery *delivery);

#endif /* SKIFF_WAY_H */
