/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the module publishes below /sys/class/misc/skiff (or $SKIFF_SYSFS), one
 * value a file. Paths are relative to there.
 */
#ifndef SKIFF_SYSFS_READER_H
#define SKIFF_SYSFS_READER_H

#include <dirent.h>

#include "table.h"
#include "value.h"

#define SYSFS_VERSION "version"
#define SYSFS_STATS "stats"
#define SYSFS_TRANSFERS "transfers"
#define SYSFS_PINNED "limits/pinned"

/* The value of a file without its newline. 0 or a negative errno. */
int sysfs_read(const char *path, char value[VALUE_MAX]);

/*
 * A row for every file of a directory: first those that are no member of a
 * receipt, by name, then the members in their order. 0 or a negative errno.
 */
int sysfs_read_directory(const char *path, struct table *table);

/* The member of a transfer's receipt from the file of that name. 0 or a negative
 * errno.
 */
int sysfs_read_field(const char *directory, const struct skiff_field *field,
		     struct skiff_receipt *receipt);

/* The directories of the transfers by their ids, for free() each and together;
 * or a negative errno.
 */
int sysfs_list_transfers(struct dirent ***entries);

/* Whether the module is loaded, as far as sysfs says. */
bool sysfs_exists(void);

#endif /* SKIFF_SYSFS_READER_H */
