/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MIXED_H
#define MIXED_H

#include <stdint.h>

/**
 * struct mixed - a hot file beside cold ones
 * @folder: in which they are made
 * @hot_size: of the hot file, a multiple of 8
 * @samples: times that it is sent, at the most
 * @files: cold ones, and
 * @cold_size: of each
 * @connections: for the cold ones; the hot one has its own
 */
struct mixed {
	const char *folder;
	uint64_t hot_size;
	unsigned int samples;
	unsigned int files;
	uint64_t cold_size;
	unsigned int connections;
};

void mixed(const struct mixed *mixed);

#endif
