/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CACHE_H
#define CACHE_H

#include "exchange.h"

/**
 * struct cache - what a large file leaves of a hot set
 * @folder: in which files are made
 * @files: of the hot set, of
 * @file_size: each
 * @size: of the large file
 */
struct cache {
	const char *folder;
	unsigned int files;
	uint64_t file_size;
	uint64_t size;
};

/* The large file is what @exchange sends; its path is set here. */
void cache(const struct cache *cache, struct exchange *exchange);

#endif
