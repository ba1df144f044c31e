/* SPDX-License-Identifier: GPL-2.0-only */
/* How much of a file the page cache has. */
#ifndef SKIFF_CACHED_H
#define SKIFF_CACHED_H

#include "tool.h"

/* Read the file in, or have its pages dropped, as far as that can be done. */
int cached_warm(int file, uint64_t size);
int cached_chill(int file);

/* Pages of it that are there, in bytes. -EPERM of a file that the caller may not
 * write to: the kernel then says of all that they are.
 */
int cached_bytes(int file, uint64_t size, uint64_t *bytes);

#endif /* SKIFF_CACHED_H */
