/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SCALE_H
#define SCALE_H

#include <stdint.h>

/**
 * struct scale - many transfers at once
 * @folder: for a file
 * @size: of the file that each sends, a multiple of 4096
 * @connections: of which each has one transfer
 * @buffer: of each socket
 * @runs: of it all
 */
struct scale {
	const char *folder;
	uint64_t size;
	unsigned int connections;
	int buffer;
	unsigned int runs;
};

void scale(const struct scale *scale);

#endif
