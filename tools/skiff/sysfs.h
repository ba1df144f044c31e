/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the module publishes below /sys/class/misc/skiff (or $SKIFF_SYSFS), one
 * value a file. Paths are relative to there.
 */
#ifndef SKIFF_SYSFS_READER_H
#define SKIFF_SYSFS_READER_H

#include "table.h"
#include "value.h"

#define SYSFS_VERSION "version"
#define SYSFS_STATS "stats"
#define SYSFS_TRANSFERS "transfers"

/* The value of a file without its newline. 0 or a negative errno. */
int sysfs_read(const char *path, char value[VALUE_MAX]);

/*
 * A row for every file of a directory: first those that are no member of a
 * receipt, by name, then the members in their order. 0 or a negative errno.
 */
int sysfs_read_directory(const char *path, struct table *table);

/* Whether the module is loaded, as far as sysfs says. */
bool sysfs_exists(void);

#endif /* SKIFF_SYSFS_READER_H */
