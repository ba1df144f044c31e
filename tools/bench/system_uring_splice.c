// SPDX-License-Identifier: GPL-2.0-only
/*
 * io_uring's nearest to sendfile(2): one splice from the file to a pipe, and one
 * from there to the socket, linked. A link ends at a splice that was short; what
 * is in the pipe then goes on by splice(2), and the next links begin behind it.
 */
#include <stdlib.h>

#include "fail.h"
#include "pipes.h"
#include "ring.h"
#include "system.h"

/* Linked together, and submitted by one call: a thread of io_uring's does them
 * one after another (a splice never runs inline), so that more save only calls,
 * and of these there is one for 8 MiB.
 */
#define PAIRS 8

struct splicer {
	struct io_uring ring;
	struct pipe pipe;
};

static void uring_splice_open(struct end *end)
{
	struct splicer *splicer = malloc(sizeof(*splicer));

	if (!splicer)
		die("no memory");
	ring_open(&splicer->ring, 2 * PAIRS);
	pipe_open(&splicer->pipe);
	end->state = splicer;
}

static void uring_splice_close(struct end *end)
{
	struct splicer *splicer = end->state;

	pipe_close(&splicer->pipe);
	io_uring_queue_exit(&splicer->ring);
	free(splicer);
}

/* Even numbers fill the pipe, odd ones drain it. Returns the pairs. */
static unsigned int prepare(const struct end *end, struct splicer *splicer, size_t at)
{
	size_t size = end->content->size;
	struct io_uring_sqe *sqe = NULL;
	unsigned int nr;

	for (nr = 0; nr < PAIRS && at < size; nr++) {
		unsigned int n = size - at < PIPE_SIZE ? (unsigned int)(size - at) : PIPE_SIZE;

		sqe = ring_entry(&splicer->ring, 2 * nr);
		io_uring_prep_splice(sqe, end->file, (int64_t)at, splicer->pipe.in, -1, n, 0);
		sqe->flags |= IOSQE_IO_LINK;
		at += n;
		sqe = ring_entry(&splicer->ring, 2 * nr + 1);
		io_uring_prep_splice(sqe, splicer->pipe.out, -1, end->socket, -1, n,
				     at < size ? SPLICE_F_MORE : 0);
		sqe->flags |= IOSQE_IO_LINK;
	}
	sqe->flags &= ~(unsigned int)IOSQE_IO_LINK;
	return nr;
}

/* Take @nr CQEs: returns how much went into the pipe, and how much out of it. */
static size_t take(struct splicer *splicer, unsigned int nr, size_t *out)
{
	struct io_uring_cqe *cqe;
	unsigned int head;
	size_t in = 0;

	*out = 0;
	io_uring_for_each_cqe(&splicer->ring, head, cqe)
	{
		if (cqe->res == -ECANCELED)
			continue;
		if (cqe->res <= 0)
			die_of(cqe->res, "IORING_OP_SPLICE");
		*(cqe->user_data % 2 ? out : &in) += (unsigned int)cqe->res;
	}
	io_uring_cq_advance(&splicer->ring, nr);
	return in;
}

static void uring_splice_send(struct end *end)
{
	struct splicer *splicer = end->state;
	size_t at = 0, in, out;

	send_header(end);
	while (at < end->content->size) {
		unsigned int nr = 2 * prepare(end, splicer, at);

		ring_submit(&splicer->ring, nr);
		in = take(splicer, nr, &out);
		at += in;
		pipe_drain(&splicer->pipe, end->socket, in - out,
			   at < end->content->size ? SPLICE_F_MORE : 0);
	}
}

const struct way uring_splice = {
	.open = uring_splice_open,
	.send = uring_splice_send,
	.close = uring_splice_close,
	.any_file = true,
};
