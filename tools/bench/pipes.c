// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "fail.h"
#include "pipes.h"

void pipe_open(struct pipe *pipe)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) || fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE) < 0)
		die_of(errno, "pipe");
	*pipe = (struct pipe){ .out = ends[0], .in = ends[1] };
}

void pipe_close(const struct pipe *pipe)
{
	close(pipe->out);
	close(pipe->in);
}

void pipe_drain(const struct pipe *pipe, int socket, size_t size, unsigned int flags)
{
	while (size) {
		ssize_t n = splice(pipe->out, NULL, socket, NULL, size, flags);

		if (n <= 0)
			die_of(errno, "splice to the socket");
		size -= (size_t)n;
	}
}
