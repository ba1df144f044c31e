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
 * @lock: protects @line. Nests inside the table's lock and inside the lock of
 *	the wait queue. Taken with interrupts off: wake-ups come from anywhere.
 * @line: transfers in the order they joined; the first may send
 * @error: once the connection that the transfers were meant for has ended, the
 *	reason, as a negative errno. Set once, and for good: the socket may be
 *	connected again, to another peer.
 */
struct skiff_socket {
	struct hlist_node node;
	struct file *file;
	struct sock *sk;
	struct wait_queue_entry wait;
	spinlock_t lock; /* @line */
	struct list_head line;
	int error;
};

int skiff_socket_check(struct file *file);
int skiff_socket_join(struct skiff_transfer *t, struct file *file);
struct file *skiff_socket_leave(struct skiff_transfer *t);
bool skiff_socket_is_turn(struct skiff_transfer *t);
bool skiff_socket_has_room(struct skiff_socket *s);
bool skiff_socket_is_idle(const struct skiff_socket *s);
int skiff_socket_room(const struct skiff_socket *s);
int skiff_socket_error(const struct skiff_socket *s);

#endif
