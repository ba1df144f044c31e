// SPDX-License-Identifier: GPL-2.0-only
/* Ways that hand the socket bytes in the memory of the process. */
#define _GNU_SOURCE /* O_DIRECT */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "way.h"

/* What any O_DIRECT asks for, at the most. */
static char buffer[WAY_BUFFER] __attribute__((aligned(4096)));

static int write_all(int sock, const char *from, size_t size)
{
	while (size) {
		ssize_t nr = write(sock, from, size);

		if (nr < 0 && errno != EINTR)
			return -errno;
		if (nr > 0) {
			from += nr;
			size -= nr;
		}
	}
	return 0;
}

static int send_from(int file, const struct delivery *delivery)
{
	uint64_t at = 0;
	int error = 0;

	while (at < delivery->size && !error) {
		ssize_t nr = pread(file, buffer, sizeof(buffer), at);

		if (nr < 0 && errno != EINTR)
			return -errno;
		if (!nr)
			return -ENODATA;
		if (nr > 0) {
			error = write_all(delivery->sock, buffer, nr);
			at += nr;
		}
	}
	return error;
}

int read_write_send(const struct way *way, struct delivery *delivery)
{
	(void)way;
	return send_from(delivery->file, delivery);
}

int mmap_write_send(const struct way *way, struct delivery *delivery)
{
	void *map = mmap(NULL, delivery->size, PROT_READ, MAP_SHARED,
			 delivery->file, 0);
	int error;

	(void)way;
	if (map == MAP_FAILED)
		return -errno;
	error = write_all(delivery->sock, map, delivery->size);
	munmap(map, delivery->size);
	return error;
}

int direct_write_open(const struct way *way, struct delivery *delivery)
{
	(void)way;
	delivery->own_file = open(delivery->path, O_RDONLY | O_DIRECT | O_CLOEXEC);
	return delivery->own_file < 0 ? -errno : 0;
}

int direct_write_send(const struct way *way, struct delivery *delivery)
{
	(void)way;
	return send_from(delivery->own_file, delivery);
}
