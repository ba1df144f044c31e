// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "way.h"

static int nothing_to_open(const struct way *way, struct delivery *delivery)
{
	(void)way;
	(void)delivery;
	return 0;
}

static int sendfile_send(const struct way *way, struct delivery *delivery)
{
	off_t at = 0;

	(void)way;
	while ((uint64_t)at < delivery->size) {
		ssize_t nr = sendfile(delivery->sock, delivery->file, &at,
				      delivery->size - at);

		if (nr < 0 && errno != EINTR)
			return -errno;
		if (!nr)
			return -ENODATA;
	}
	return 0;
}

const struct way ways[NR_WAYS] = {
	{ "read-write", "read + write", "pread(2) and write(2), 64 KiB each",
	  MEMORY_BUFFER, false, 0, nothing_to_open, read_write_send },
	{ "mmap-write", "mmap + write", "mmap(2), write(2) of the mapping",
	  MEMORY_MAPPED, false, 0, nothing_to_open, mmap_write_send },
	{ "direct-write", "O_DIRECT + write",
	  "pread(2) with O_DIRECT, write(2), 64 KiB each",
	  MEMORY_BUFFER, true, 0, direct_write_open, direct_write_send },
	{ "sendfile", "sendfile", "sendfile(2)", MEMORY_NONE, false, 0,
	  nothing_to_open, sendfile_send },
	{ "skiff-keep", "skiff, policy keep", "SKIFF_SUBMIT and SKIFF_WAIT",
	  MEMORY_NONE, false, SKIFF_POLICY_KEEP, skiff_way_open, skiff_way_send },
	{ "skiff-drop", "skiff, policy drop", "SKIFF_SUBMIT and SKIFF_WAIT",
	  MEMORY_NONE, false, SKIFF_POLICY_DROP, skiff_way_open, skiff_way_send },
	{ "skiff-direct", "skiff, policy direct", "SKIFF_SUBMIT and SKIFF_WAIT",
	  MEMORY_NONE, true, SKIFF_POLICY_DIRECT, skiff_way_open, skiff_way_send },
};

void way_close(struct delivery *delivery)
{
	if (delivery->context >= 0)
		skiff_close(delivery->context);
	if (delivery->own_file >= 0)
		close(delivery->own_file);
	if (delivery->sock >= 0)
		close(delivery->sock);
}

const char *way_strerror(const struct way *way, int error)
{
	if (way->send != skiff_way_send)
		return strerror(-error);
	return error == -ENOENT ? "the module is not loaded" :
				  skiff_strerror(error);
}
