/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_MESSAGE_H
#define _SKIFF_MESSAGE_H

#include <linux/socket.h>
#include <linux/uio.h>

#define SKIFF_MESSAGE_VECTORS	16

struct skiff_send;

/**
 * struct skiff_message - a send, as the socket sees it
 * @msg: first, and found by its iterator
 * @send: what it is of
 * @vectors: its bytes by address, where that is needed
 */
struct skiff_message {
	struct msghdr msg;
	struct skiff_send *send;
	struct kvec vectors[SKIFF_MESSAGE_VECTORS];
};

void skiff_message_write(struct skiff_message *m, struct skiff_send *send,
			 bool tcp);

#endif
