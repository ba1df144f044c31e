/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_SOCKET_H
#define _SKIFF_SOCKET_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <net/sock.h>

struct skiff_transfer;

/**
 * struct skiff_socket - a socket as its transfers see it
 * @node: in the table of sockets, under its lock
 * @file: of the socket; one reference, from the first join to the last leave
 * @sk: its sock, as long as @file
 * @wait: entry in the socket's own wait queue, armed as long as @file
 * @lock: protects the lists. Nests inside the table's lock and inside the lock of
 *	the wait queue. Taken with interrupts off: wake-ups come from anywhere.
 * @line: transfers in the order they joined; the first may send
 * @queued: transfers whose bytes are all queued, and that wait for these to be
 *	released, in the same order
 * @una: how far the stream was acknowledged when @error was set
 * @lender: of the first in line, while it sends; see message.c
 * @error: once the connection that the transfers were meant for has ended, the
 *	reason, as a negative errno. Set once, and for good: the socket may be
 *	connected again, to another peer.
 */
struct skiff_socket {
	struct hlist_node node;
	struct file *file;
	struct sock *sk;
	struct wait_queue_entry wait;
	spinlock_t lock; /* @line and @queued */
	struct list_head line;
	struct list_head queued;
	u32 una;
	struct ubuf_info lender;
	int error;
};

int skiff_socket_check(struct file *file);
void skiff_socket_join(struct skiff_transfer *t, struct file *file);
struct file *skiff_socket_leave(struct skiff_transfer *t);
void skiff_socket_pass_on(struct skiff_transfer *t);
bool skiff_socket_is_turn(struct skiff_transfer *t);
bool skiff_socket_has_room(struct skiff_socket *s);
bool skiff_socket_is_idle(const struct skiff_socket *s);
int skiff_socket_room(const struct skiff_socket *s);
u32 skiff_socket_acknowledged(const struct skiff_socket *s);
int skiff_socket_error(const struct skiff_socket *s);

#endif
