/* SPDX-License-Identifier: GPL-2.0-only */
/* Values: what a file of /proc or /sys says in its first line. */
#ifndef SKIFF_VALUE_H
#define SKIFF_VALUE_H

#include "tool.h"

/* A file of sysfs is a page at the most; those read here are a short line. */
#define VALUE_MAX 256

/* Without its newline. 0 or a negative errno. */
int value_read(const char *path, char value[VALUE_MAX]);

/* -EINVAL if it is no decimal number; of several, the first counts. */
int value_read_number(const char *path, uint64_t *number);

/* The number after NAME at the beginning of a line, as in /proc/meminfo;
 * -ENOENT if there is no such line.
 */
int value_read_named(const char *path, const char *name, uint64_t *number);

/* The last part of what a symbolic link points to. */
int value_read_link(const char *path, char value[VALUE_MAX]);

#endif /* SKIFF_VALUE_H */
