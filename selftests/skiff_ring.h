/* SPDX-License-Identifier: GPL-2.0-only */
/* What tests share that use io_uring. */
#ifndef SKIFF_RING_H
#define SKIFF_RING_H

#include "libskiff_uring.h"
#include "skiff_test.h"

/* Whether the module can and the caller may. */
static inline bool ring_possible(int dev)
{
	struct skiff_info info = { .size = sizeof(info) };
	struct io_uring ring;

	if (skiff_call(dev, SKIFF_INFO, &info) ||
	    !(info.out_features & SKIFF_FEATURE_URING) ||
	    io_uring_queue_init(1, &ring, 0))
		return false;
	io_uring_queue_exit(&ring);
	return true;
}

/* An entry that sends. */
static inline struct io_uring_sqe *
ring_send(struct io_uring *ring, int dev, struct skiff_request *req,
	  uint64_t data)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	skiff_prep_send(sqe, dev, req);
	sqe->user_data = data;
	return sqe;
}

/* An entry that cancels; its CQE has 0 as its data. */
static inline void ring_cancel(struct io_uring *ring, int dev,
			       struct skiff_cancel *cancel)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	skiff_prep_cancel(sqe, dev, cancel);
	sqe->user_data = 0;
}

/* The next CQE, if it comes within @ms. */
static inline bool ring_take(struct io_uring *ring, struct io_uring_cqe *to,
			     unsigned int ms)
{
	struct __kernel_timespec ts = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000LL,
	};
	struct io_uring_cqe *cqe;
	int err;

	do {
		err = io_uring_wait_cqe_timeout(ring, &cqe, &ts);
	} while (err == -EINTR);
	if (err)
		return false;
	*to = *cqe;
	io_uring_cqe_seen(ring, cqe);
	return true;
}

/* Send by the ring, and wait for the end: res of the CQE. */
static inline int ring_call(struct io_uring *ring, int dev,
			    struct skiff_request *req)
{
	struct io_uring_cqe cqe;

	ring_send(ring, dev, req, 1);
	if (io_uring_submit(ring) != 1 || !ring_take(ring, &cqe, PATIENCE_MS))
		return -ENOTRECOVERABLE;
	return cqe.res;
}

#endif
