/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COLD_H
#define COLD_H

#include <stdint.h>

/**
 * struct cold - files that are not in memory, over many connections
 * @folder: in which they are made
 * @files: how many
 * @size: of each
 * @connections: each gets every so manyth file
 * @runs: measurements of each system
 */
struct cold {
	const char *folder;
	unsigned int files;
	uint64_t size;
	unsigned int connections;
	unsigned int runs;
};

/* @names: systems, ended by NULL. */
void cold(const struct cold *cold, char **names);

#endif
