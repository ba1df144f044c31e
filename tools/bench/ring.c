// SPDX-License-Identifier: GPL-2.0-only
#include "fail.h"
#include "ring.h"

/* One thread, which takes CQEs only where it waits for them: then io_uring need
 * neither lock nor interrupt it (DEFER_TASKRUN, since 6.1).
 */
void ring_open(struct io_uring *ring, unsigned int entries)
{
	int error = io_uring_queue_init(entries, ring,
					IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);

	if (error)
		die_of(error, "io_uring");
}

struct io_uring_sqe *ring_entry(struct io_uring *ring, unsigned long data)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	if (!sqe)
		die("the ring is full");
	sqe->user_data = data;
	return sqe;
}

void ring_submit(struct io_uring *ring, unsigned int wait_for)
{
	int nr = io_uring_submit_and_wait(ring, wait_for);

	if (nr < 0)
		die_of(nr, "io_uring_enter");
}
