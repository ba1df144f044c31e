// SPDX-License-Identifier: GPL-2.0-only
/* MSG_ZEROCOPY from a mapping of the file: pinned user pages. */
#include <errno.h>
#include <time.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "fail.h"
#include "system.h"

/* A call makes one notification, however much it sends. */
#define CHUNK (1 << 20)

static void zerocopy_open(struct end *end)
{
	static const int one = 1;

	mmap_write_open(end);
	if (setsockopt(end->socket, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one)))
		die_of(errno, "SO_ZEROCOPY");
}

static void send_chunk(struct end *end, size_t at, size_t size)
{
	const struct content *content = end->content;
	struct iovec vectors[2];
	struct msghdr message = { .msg_iov = vectors };
	size_t total = size;

	if (!at && content->header_size) {
		vectors[message.msg_iovlen++] =
			(struct iovec){ (void *)content->header, content->header_size };
		total += content->header_size;
	}
	vectors[message.msg_iovlen++] = (struct iovec){ (char *)end->state + at, size };
	if (sendmsg(end->socket, &message,
		    MSG_ZEROCOPY | (at + size < content->size ? MSG_MORE : 0)) != (ssize_t)total)
		die_of(errno, "sendmsg with MSG_ZEROCOPY");
}

/* How many sends the next notification is for. */
static unsigned int notified(struct end *end)
{
	struct pollfd ready = { .fd = end->socket };
	struct sock_extended_err error;
	char control[128];
	struct msghdr message = { .msg_control = control, .msg_controllen = sizeof(control) };

	if (poll(&ready, 1, -1) < 0 || recvmsg(end->socket, &message, MSG_ERRQUEUE) < 0)
		die_of(errno, "a notification of MSG_ZEROCOPY");
	memcpy(&error, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(error));
	return error.ee_data - error.ee_info + 1;
}

static unsigned int zerocopy_one(struct end *end)
{
	size_t size = end->content->size;
	unsigned int sends = 0;

	for (size_t at = 0; at < size; at += CHUNK, sends++)
		send_chunk(end, at, size - at < CHUNK ? size - at : CHUNK);
	return sends;
}

/* The program wants to know when it may change the file, or why use this? */
static void zerocopy_batch(struct end *end, unsigned int nr)
{
	unsigned int open = 0;

	while (nr--)
		open += zerocopy_one(end);
	while (open)
		open -= notified(end);
}

const struct way zerocopy = {
	.open = zerocopy_open,
	.batch = zerocopy_batch,
	.close = mmap_write_close,
};
