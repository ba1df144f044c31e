/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdint.h>

/* Bytes that the kernel has for itself: slab caches, stacks, page tables, per-CPU
 * and vmalloc memory.
 */
uint64_t memory_of_kernel(void);

/* Threads of the kernel's whose name begins so. */
unsigned int memory_threads(const char *prefix);

#endif
