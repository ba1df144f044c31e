/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_MESSAGE_H
#define _SKIFF_MESSAGE_H

#include <linux/socket.h>

struct skiff_send;

/**
 * struct skiff_message - a send, as the socket sees it
 * @msg: first, and found by its iterator
 * @send: what it is of
 */
struct skiff_message {
	struct msghdr msg;
	struct skiff_send *send;
};

void skiff_message_write(struct skiff_message *m, struct skiff_send *send,
			 bool tcp);

#endif
