// SPDX-License-Identifier: GPL-2.0-only
/* Systems that copy the file's bytes to the socket. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fail.h"
#include "system.h"

#define PAGE 4096

/* At a page: O_DIRECT wants that, and no copy is slower for it. */
static void read_write_open(struct end *end)
{
	end->state = aligned_alloc(PAGE, end->system->size);
	if (!end->state)
		die("no memory");
}

static void read_write_close(struct end *end)
{
	free(end->state);
}

/* The socket blocks: a call that takes less met an error, which the next says. */
static void write_two(int socket, const void *header, size_t header_size, const void *bytes,
		      size_t size)
{
	const struct iovec vectors[] = {
		{ (void *)header, header_size },
		{ (void *)bytes, size },
	};
	ssize_t n = writev(socket, vectors + !header_size, 2 - !header_size);

	if (n != (ssize_t)(header_size + size))
		die_of(errno, "writev");
}

static void read_write_send(struct end *end)
{
	const struct content *content = end->content;
	size_t header_size = content->header_size;

	for (size_t at = 0; at < content->size;) {
		ssize_t n = pread(end->file, end->state, end->system->size, (off_t)at);

		if (n <= 0)
			die_of(errno, "pread");
		write_two(end->socket, content->header, header_size, end->state, (size_t)n);
		header_size = 0;
		at += (size_t)n;
	}
}

const struct way read_write = {
	.open = read_write_open,
	.send = read_write_send,
	.close = read_write_close,
	.any_file = true,
};

/* Mapped once: who maps for each response pays more. */
void mmap_write_open(struct end *end)
{
	end->state = mmap(NULL, end->content->size, PROT_READ, MAP_SHARED | MAP_POPULATE, end->file,
			  0);
	if (end->state == MAP_FAILED)
		die_of(errno, "mmap");
}

static void mmap_write_send(struct end *end)
{
	const struct content *content = end->content;

	write_two(end->socket, content->header, content->header_size, end->state, content->size);
}

void mmap_write_close(struct end *end)
{
	munmap(end->state, end->content->size);
}

const struct way mmap_write = {
	.open = mmap_write_open,
	.send = mmap_write_send,
	.close = mmap_write_close,
};
