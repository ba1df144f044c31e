// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE /* AT_EMPTY_PATH */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cached.h"

#define IS_CACHED 1 /* as mincore() says it */

int cached_warm(int file, uint64_t size)
{
	static char buffer[1 << 20];
	uint64_t at = 0;

	while (at < size) {
		ssize_t nr = pread(file, buffer, sizeof(buffer), at);

		if (nr < 0 && errno != EINTR)
			return -errno;
		if (!nr)
			break;
		at += nr > 0 ? nr : 0;
	}
	return 0;
}

/* Only what is clean can be dropped. */
int cached_chill(int file)
{
	if (fdatasync(file))
		return -errno;
	return -posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
}

static size_t count(const unsigned char *there, size_t pages)
{
	size_t nr = 0;

	for (size_t i = 0; i < pages; i++)
		nr += there[i] & IS_CACHED;
	return nr;
}

static bool may_know(int file)
{
	struct stat status;

	return !faccessat(file, "", W_OK, AT_EMPTY_PATH | AT_EACCESS) ||
	       (!fstat(file, &status) && status.st_uid == geteuid());
}

int cached_bytes(int file, uint64_t size, uint64_t *bytes)
{
	size_t page = sysconf(_SC_PAGESIZE), pages = (size + page - 1) / page;
	unsigned char *there;
	void *map;
	int error;

	if (!may_know(file))
		return -EPERM;
	there = malloc(pages);
	if (!there)
		return -ENOMEM;
	map = mmap(NULL, size, PROT_READ, MAP_SHARED, file, 0);
	error = map == MAP_FAILED || mincore(map, size, there) ? -errno : 0;
	if (!error)
		*bytes = count(there, pages) * page;
	if (map != MAP_FAILED)
		munmap(map, size);
	free(there);
	return error;
}
