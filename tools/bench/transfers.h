/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TRANSFERS_H
#define TRANSFERS_H

#include <stdint.h>

#include "libskiff.h"

/* Many transfers by one thread. All of these end the program on an error. */

#define TRANSFERS_BATCH 256

/* Returns a context. */
int transfers_open(void);

/* Send the first @size bytes of each of @nr files, of any number, to a socket
 * each, in batches.
 */
void transfers_submit(int context, const int *sockets, const int *files, unsigned int nr,
		      uint64_t size, enum skiff_policy policy);

/* Take @nr completions. */
void transfers_take(int context, unsigned int nr);

#endif
