/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COPIES_H
#define COPIES_H

#include <stdint.h>

/*
 * Count the bytes that the CPU copies, of the whole machine (see
 * floor/skiff_copies.c for which). This costs instructions, so never at the same
 * time as these are counted.
 */

void copies_begin(void);

/* Bytes since then. */
uint64_t copies_end(void);

#endif
