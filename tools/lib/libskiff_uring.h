/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libskiff with liburing: commands of skiff as entries of a ring. Apart from
 * libskiff.h, so that only who uses rings needs liburing. <linux/skiff.h> says
 * at struct skiff_uring what the commands do and what their CQEs mean.
 */
#ifndef LIBSKIFF_URING_H
#define LIBSKIFF_URING_H

#include <liburing.h>

#include "libskiff.h"

#ifdef __cplusplus
extern "C" {
#endif

static inline void skiff_prep_command(struct io_uring_sqe *sqe, int context,
				      uint32_t command, const void *argument)
{
	struct skiff_uring payload;

	memset(&payload, 0, sizeof(payload));
	payload.argument = (uint64_t)(uintptr_t)argument;
	io_uring_prep_rw(IORING_OP_URING_CMD, sqe, context, NULL, 0, 0);
	sqe->cmd_op = command;
	/* Not sqe->cmd, an array without a length. */
	memcpy((char *)sqe + offsetof(struct io_uring_sqe, cmd), &payload,
	       sizeof(payload));
}

/*
 * Send. @request must stay until the entry was issued: until io_uring_submit()
 * returns, or, with SQPOLL, IOSQE_ASYNC or behind a link, until its CQE. The
 * id for a cancel, the rung and the reason are in it then.
 */
static inline void skiff_prep_send(struct io_uring_sqe *sqe, int context,
				   struct skiff_request *request)
{
	skiff_prep_command(sqe, context, SKIFF_URING_SEND, request);
}

/* Cancel, as @cancel says; it must stay as a request must. */
static inline void skiff_prep_cancel(struct io_uring_sqe *sqe, int context,
				     struct skiff_cancel *cancel)
{
	skiff_prep_command(sqe, context, SKIFF_URING_CANCEL, cancel);
}

/* All bytes that a send queued, also before an error. Only in a ring with
 * IORING_SETUP_CQE32.
 */
static inline uint64_t skiff_cqe_queued(const struct io_uring_cqe *cqe)
{
	return cqe->big_cqe[0];
}

#ifdef __cplusplus
}
#endif

#endif /* LIBSKIFF_URING_H */
