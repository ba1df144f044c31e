// SPDX-License-Identifier: GPL-2.0-only
/* Systems that move page-cache pages, with what the kernel has. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fail.h"
#include "system.h"

#define PIPE_SIZE (1 << 20)

/* MSG_MORE: header and file share a segment. */
static void send_header(struct end *end)
{
	const struct content *content = end->content;

	if (content->header_size &&
	    send(end->socket, content->header, content->header_size, MSG_MORE) !=
		    (ssize_t)content->header_size)
		die_of(errno, "send");
}

static void sendfile_one(struct end *end)
{
	off_t at = 0;

	send_header(end);
	while (at < (off_t)end->content->size)
		if (sendfile(end->socket, end->file, &at, end->content->size - (size_t)at) <= 0)
			die_of(errno, "sendfile");
}

void sendfile_respond(struct end *end, unsigned int nr)
{
	while (nr--)
		sendfile_one(end);
}

struct pipe {
	int ends[2];
};

void splice_open(struct end *end)
{
	struct pipe *pipe = malloc(sizeof(*pipe));

	if (!pipe || pipe2(pipe->ends, O_CLOEXEC) ||
	    fcntl(pipe->ends[1], F_SETPIPE_SZ, PIPE_SIZE) < 0)
		die_of(errno, "pipe");
	end->state = pipe;
}

void splice_close(struct end *end)
{
	struct pipe *pipe = end->state;

	close(pipe->ends[0]);
	close(pipe->ends[1]);
	free(pipe);
}

static void drain(struct end *end, const struct pipe *pipe, size_t size, unsigned int flags)
{
	while (size) {
		ssize_t n = splice(pipe->ends[0], NULL, end->socket, NULL, size, flags);

		if (n <= 0)
			die_of(errno, "splice to the socket");
		size -= (size_t)n;
	}
}

static void splice_one(struct end *end)
{
	const struct pipe *pipe = end->state;
	off_t at = 0, size = (off_t)end->content->size;

	send_header(end);
	while (at < size) {
		ssize_t n = splice(end->file, &at, pipe->ends[1], NULL, PIPE_SIZE, 0);

		if (n <= 0)
			die_of(errno, "splice from the file");
		drain(end, pipe, (size_t)n, at < size ? SPLICE_F_MORE : 0);
	}
}

void splice_respond(struct end *end, unsigned int nr)
{
	while (nr--)
		splice_one(end);
}
