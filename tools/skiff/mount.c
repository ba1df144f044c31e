// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE /* statx() */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "mount.h"

/* A line: id, parent, major:minor, root, mount point, options, optional fields,
 * a dash, type, source, options. True if it is that mount's, and was read.
 */
static bool parse(const char *line, uint64_t id, struct mount *mount)
{
	const char *dash = strstr(line, " - ");
	uint64_t its;

	return dash &&
	       sscanf(line, "%" SCNu64 " %*s %*s %*s %255s", &its,
		      mount->point) == 2 &&
	       its == id &&
	       sscanf(dash, " - %255s %255s", mount->type, mount->source) == 2;
}

/* The id, as the device number of a file on btrfs is not that of the mount. */
int mount_of(int file, struct mount *mount)
{
	struct statx status;
	char *line = NULL;
	size_t size = 0;
	bool found = false;
	FILE *mounts;

	if (statx(file, "", AT_EMPTY_PATH, STATX_MNT_ID, &status))
		return -errno;
	if (!(status.stx_mask & STATX_MNT_ID))
		return -EOPNOTSUPP;
	mounts = fopen("/proc/self/mountinfo", "re");
	if (!mounts)
		return -errno;
	while (!found && getline(&line, &size, mounts) > 0)
		found = parse(line, status.stx_mnt_id, mount);
	free(line);
	fclose(mounts);
	return found ? 0 : -ENOENT;
}

/* btrfs has a setting of its own for all its devices. */
static int btrfs_read_ahead(const char *source, char path[VALUE_MAX])
{
	const char *name = strrchr(source, '/');
	char pattern[2 * VALUE_MAX];
	int error = -ENOENT;
	glob_t found;

	snprintf(pattern, sizeof(pattern), "/sys/fs/btrfs/*/devices/%s",
		 name ? name + 1 : source);
	if (!glob(pattern, GLOB_NOSORT, NULL, &found)) {
		*strstr(found.gl_pathv[0], "/devices/") = '\0';
		error = snprintf(path, VALUE_MAX, "%s/bdi/read_ahead_kb",
				 found.gl_pathv[0]) < VALUE_MAX ?
				0 :
				-ENAMETOOLONG;
	}
	globfree(&found);
	return error;
}

int mount_read_ahead(const struct mount *mount, const struct stat *status,
		     char path[VALUE_MAX])
{
	dev_t device = S_ISBLK(status->st_mode) ? status->st_rdev : status->st_dev;
	static const char *const where[] = {
		"/sys/dev/block/%u:%u/queue/read_ahead_kb",
		"/sys/dev/block/%u:%u/../queue/read_ahead_kb", /* of a partition */
		"/sys/class/bdi/%u:%u/read_ahead_kb",	       /* of no disk */
	};
	uint64_t kib;

	if (!strcmp(mount->type, "btrfs") && !S_ISBLK(status->st_mode))
		return btrfs_read_ahead(mount->source, path);
	for (size_t i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
		snprintf(path, VALUE_MAX, where[i], major(device), minor(device));
		if (!value_read_number(path, &kib))
			return 0;
	}
	return -ENOENT;
}
