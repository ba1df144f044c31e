// SPDX-License-Identifier: GPL-2.0-only
/* Systems that move page-cache pages, with what the kernel has. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/sendfile.h>

#include "fail.h"
#include "pipes.h"
#include "system.h"

/* As much as a socket's buffer: a call of posix_fadvise(2) waits for other CPUs. */
#define DROP_STEP (4 << 20)

static void sendfile_send(struct end *end)
{
	off_t at = 0;

	send_header(end);
	while (at < (off_t)end->content->size)
		if (sendfile(end->socket, end->file, &at, end->content->size - (size_t)at) <= 0)
			die_of(errno, "sendfile");
}

const struct way sendfile_way = { .send = sendfile_send, .any_file = true };

/* What packets still hold stays: so nothing younger than both sockets' buffers
 * is dropped, until the end.
 */
static void drop(struct end *end, off_t at, off_t size)
{
	posix_fadvise(end->file, 0, at < size ? at - 2 * DROP_STEP : size, POSIX_FADV_DONTNEED);
}

static void sendfile_dontneed_send(struct end *end)
{
	off_t at = 0, size = (off_t)end->content->size;

	send_header(end);
	while (at < size) {
		if (sendfile(end->socket, end->file, &at, DROP_STEP) <= 0)
			die_of(errno, "sendfile");
		if (at >= size || at > 2 * DROP_STEP)
			drop(end, at, size);
	}
}

const struct way sendfile_dontneed = { .send = sendfile_dontneed_send, .any_file = true };

static void splice_open(struct end *end)
{
	end->state = malloc(sizeof(struct pipe));
	if (!end->state)
		die("no memory");
	pipe_open(end->state);
}

static void splice_close(struct end *end)
{
	pipe_close(end->state);
	free(end->state);
}

static void splice_send(struct end *end)
{
	const struct pipe *pipe = end->state;
	off_t at = 0, size = (off_t)end->content->size;

	send_header(end);
	while (at < size) {
		ssize_t n = splice(end->file, &at, pipe->in, NULL, PIPE_SIZE, 0);

		if (n <= 0)
			die_of(errno, "splice from the file");
		/* What is not the last piece need not leave as a short segment. */
		pipe_drain(pipe, end->socket, (size_t)n, at < size ? SPLICE_F_MORE : 0);
	}
}

const struct way splice_way = {
	.open = splice_open,
	.send = splice_send,
	.close = splice_close,
	.any_file = true,
};
