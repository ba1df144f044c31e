// SPDX-License-Identifier: GPL-2.0-only
/*
 * io_uring's way past the page cache: O_DIRECT reads into registered buffers,
 * which IORING_OP_SEND_ZC sends. Reads run as far ahead as there are buffers;
 * sends of a stream have to be in order, so one at a time. A buffer is free when
 * the network has let go of it, which the second CQE of its send says.
 */
#include <stdlib.h>
#include <sys/uio.h>

#include "fail.h"
#include "ring.h"
#include "system.h"

#define PAGE 4096
/* A send makes one notification, and a disk gains by large requests. */
#define SLOT_SIZE (1 << 20)
/* The socket holds four; others are being read meanwhile. */
#define SLOTS 8

enum state { FREE,
	     READING,
	     FULL,
	     SENDING };

/**
 * struct sender - of one file after another
 * @ring: of reads and sends; the data of either is its slot, of sends plus SLOTS
 * @memory: SLOTS buffers, registered
 * @states: of these
 * @read: bytes of the file whose reading has begun, and
 * @sent: whose sending has
 * @sending: there is a send that has not ended
 */
struct sender {
	struct io_uring ring;
	char *memory;
	enum state states[SLOTS];
	size_t read;
	size_t sent;
	bool sending;
};

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static unsigned int slot_of(size_t at)
{
	return at / SLOT_SIZE % SLOTS;
}

/* Registered: pages are not pinned anew for each read and send. */
static void uring_zerocopy_open(struct end *end)
{
	struct sender *sender = calloc(1, sizeof(*sender));
	struct iovec buffers[SLOTS];
	int error;

	if (!sender)
		die("no memory");
	sender->memory = aligned_alloc(PAGE, SLOTS * SLOT_SIZE);
	if (!sender->memory)
		die("no memory");
	for (size_t i = 0; i < SLOTS; i++)
		buffers[i] = (struct iovec){ sender->memory + i * SLOT_SIZE, SLOT_SIZE };
	ring_open(&sender->ring, 2 * SLOTS);
	error = io_uring_register_buffers(&sender->ring, buffers, SLOTS);
	if (error)
		die_of(error, "io_uring_register_buffers");
	end->state = sender;
}

static void uring_zerocopy_close(struct end *end)
{
	struct sender *sender = end->state;

	io_uring_queue_exit(&sender->ring);
	free(sender->memory);
	free(sender);
}

static void start_reading(const struct end *end, struct sender *sender)
{
	while (sender->read < end->content->size && sender->states[slot_of(sender->read)] == FREE) {
		unsigned int slot = slot_of(sender->read);

		io_uring_prep_read_fixed(ring_entry(&sender->ring, slot), end->file,
					 sender->memory + (size_t)slot * SLOT_SIZE, SLOT_SIZE,
					 sender->read, (int)slot);
		sender->states[slot] = READING;
		sender->read += SLOT_SIZE;
	}
}

/* MSG_WAITALL: io_uring goes on by itself when the socket took a part. */
static void start_sending(const struct end *end, struct sender *sender)
{
	unsigned int slot = slot_of(sender->sent);
	size_t left = end->content->size - sender->sent;

	if (!left || sender->sending || sender->states[slot] != FULL)
		return;
	io_uring_prep_send_zc_fixed(ring_entry(&sender->ring, SLOTS + slot), end->socket,
				    sender->memory + (size_t)slot * SLOT_SIZE,
				    least(left, SLOT_SIZE),
				    MSG_WAITALL | (left > SLOT_SIZE ? MSG_MORE : 0), 0, slot);
	sender->states[slot] = SENDING;
	sender->sending = true;
	sender->sent += least(left, SLOT_SIZE);
}

static void handle(struct sender *sender, const struct io_uring_cqe *cqe)
{
	enum state *state = &sender->states[cqe->user_data % SLOTS];

	if (cqe->flags & IORING_CQE_F_NOTIF) {
		*state = FREE;
		return;
	}
	if (cqe->res <= 0)
		die_of(cqe->res, cqe->user_data < SLOTS ? "a read" : "IORING_OP_SEND_ZC");
	if (cqe->user_data < SLOTS) {
		*state = FULL;
		return;
	}
	sender->sending = false;
	if (!(cqe->flags & IORING_CQE_F_MORE))
		*state = FREE;
}

static void wait_for_some(struct sender *sender)
{
	struct io_uring_cqe *cqe;
	unsigned int head, nr = 0;

	ring_submit(&sender->ring, 1);
	io_uring_for_each_cqe(&sender->ring, head, cqe)
	{
		handle(sender, cqe);
		nr++;
	}
	io_uring_cq_advance(&sender->ring, nr);
}

static bool all_are_free(const struct sender *sender)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (sender->states[i] != FREE)
			return false;
	return true;
}

static void uring_zerocopy_send(struct end *end)
{
	struct sender *sender = end->state;

	send_header(end);
	sender->read = 0;
	sender->sent = 0;
	do {
		start_reading(end, sender);
		start_sending(end, sender);
		wait_for_some(sender);
	} while (sender->sent < end->content->size || !all_are_free(sender));
}

const struct way uring_zerocopy = {
	.open = uring_zerocopy_open,
	.send = uring_zerocopy_send,
	.close = uring_zerocopy_close,
	.any_file = true,
};
