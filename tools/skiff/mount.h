/* SPDX-License-Identifier: GPL-2.0-only */
/* Mounts: which file system a file is on, and where that reads from. */
#ifndef SKIFF_MOUNT_H
#define SKIFF_MOUNT_H

#include <sys/stat.h>

#include "value.h"

struct mount {
	char type[VALUE_MAX];	/* ext4 */
	char source[VALUE_MAX]; /* /dev/sda1 */
	char point[VALUE_MAX];	/* /srv; blanks and the like as \040 */
};

/* 0 or a negative errno. */
int mount_of(int file, struct mount *mount);

/*
 * The file that has the read-ahead setting of the file system or block device
 * that @status is of. 0, or -ENOENT if it has none.
 */
int mount_read_ahead(const struct mount *mount, const struct stat *status,
		     char path[VALUE_MAX]);

#endif /* SKIFF_MOUNT_H */
