/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RING_H
#define RING_H

#include <liburing.h>

/* What all that use io_uring share. These end the program on an error. */

void ring_open(struct io_uring *ring, unsigned int entries);

/* Never NULL: the ring has to have room. @data comes back in the CQE. */
struct io_uring_sqe *ring_entry(struct io_uring *ring, unsigned long data);

/* Submit all, and wait until so many CQEs are there. */
void ring_submit(struct io_uring *ring, unsigned int wait_for);

#endif
