// SPDX-License-Identifier: GPL-2.0-only
/*
 * A socket as its transfers see it: whose turn it is, whether there is room,
 * and whether it still is the same connection.
 *
 * Object: one skiff_socket for each socket that has transfers, whichever
 * contexts they came from, found in a table by its sock. Its transfers stand
 * in line in the order they joined; only the first sends, so bytes of two
 * transfers never interleave. leave() wakes the next. One that has queued its
 * last byte and waits for the network to let go of it passes its turn on, and
 * waits among the queued ones; what it waits for comes in the same order.
 *
 * Life: made by the first join, in the memory of the transfer that joins,
 * which takes over the caller's reference to the file; a later join gives its
 * own back, and takes a reference to that transfer, until it leaves. The last
 * leave unlinks the object, takes the wait entry out, and hands the file to
 * the caller, who knows how it may be put (see files.c). Joining and the
 * end of the line are both decided under the table's lock, so a join either
 * finds a live object or makes a new one.
 *
 * Wait entry: our own, on the queue that poll(2) uses; the socket's callbacks
 * are not touched. It stays armed for the whole life, because one event must
 * not be missed: the end of the connection. connect(AF_UNSPEC) and another
 * connect() between two sends would otherwise carry the rest of a file to
 * somebody else, and what it acknowledges be taken for ours. tcp_disconnect()
 * and tcp_reset() report under the socket lock, in state TCP_CLOSE; the
 * callback keeps that for good, and the sink looks at it under the same lock
 * before every send. MPTCP and vsock report in that state, too, but are sent
 * to without holding their lock; a disconnect and a whole handshake would have
 * to fit between look and send. AF_UNIX streams and kTLS cannot be connected
 * twice. Who submits to the new connection while transfers to the old one are
 * still in line starts a line of its own.
 *
 * The file reference keeps the wait queue: the entry is removed before the file
 * is let go. remove_wait_queue() takes the queue's lock, under which callbacks
 * run, so none runs after it.
 *
 * Locks: table lock -> @lock; wait queue's lock -> @lock. The callback runs in
 * softirq or process context and only kicks the first of each list, which
 * queues a work; under @lock those are in it and hence referenced.
 */
#include <linux/file.h>
#include <linux/hashtable.h>
#include <linux/net.h>
#include <linux/poll.h>
#include <net/tcp.h>

#include "sink.h"
#include "socket.h"
#include "transfer.h"

static DEFINE_HASHTABLE(sockets, 10);
static DEFINE_SPINLOCK(sockets_lock);

static bool is_connected(const struct sock *sk)
{
	/* AF_UNIX and vsock use these states, too. */
	int state = READ_ONCE(sk->sk_state);

	return state == TCP_ESTABLISHED || state == TCP_CLOSE_WAIT;
}

/**
 * skiff_socket_check() - whether a descriptor is a socket to send to
 * @file: of the descriptor
 *
 * Return: 0, or the errno that the ABI gives for it.
 */
int skiff_socket_check(struct file *file)
{
	struct socket *sock = sock_from_file(file);
	struct sock *sk;

	if (!sock)
		return -ENOTSOCK;
	sk = sock->sk;
	if (sock->type != SOCK_STREAM)
		return -ESOCKTNOSUPPORT;
	if (!is_connected(sk))
		return -ENOTCONN;
	/* Data for a socket under repair may land in its receive queue. */
	if (sk_is_tcp(sk) && tcp_sk(sk)->repair)
		return -ENOTCONN;
	return 0;
}

static void end_connection(struct skiff_socket *s)
{
	if (sk_is_tcp(s->sk))
		s->una = READ_ONCE(tcp_sk(s->sk)->snd_una);
	/* @una is there when @error is: skiff_socket_acknowledged(). */
	smp_store_release(&s->error,
			  -READ_ONCE(s->sk->sk_err) ?: -ENOTCONN);
}

static void kick_first(struct list_head *list)
{
	struct skiff_transfer *first =
		list_first_entry_or_null(list, struct skiff_transfer, turn);

	if (first)
		skiff_transfer_kick(first);
}

static int woken(struct wait_queue_entry *wait, unsigned int mode, int sync,
		 void *key)
{
	struct skiff_socket *s = container_of(wait, struct skiff_socket, wait);
	__poll_t events = key_to_poll(key);
	unsigned long flags;

	if (READ_ONCE(s->sk->sk_state) == TCP_CLOSE && !READ_ONCE(s->error))
		end_connection(s);
	else if (events && !(events & (EPOLLOUT | EPOLLERR | EPOLLHUP)))
		return 0;

	spin_lock_irqsave(&s->lock, flags);
	kick_first(&s->line);
	kick_first(&s->queued);
	spin_unlock_irqrestore(&s->lock, flags);
	return 0;
}

static struct skiff_socket *make(struct skiff_transfer *t, struct file *file)
{
	struct skiff_socket *s = &t->as_socket;

	s->file = file;
	s->sk = sock_from_file(file)->sk;
	spin_lock_init(&s->lock);
	INIT_LIST_HEAD(&s->line);
	INIT_LIST_HEAD(&s->queued);
	init_waitqueue_func_entry(&s->wait, woken);
	hash_add(sockets, &s->node, (unsigned long)s->sk);
	return s;
}

static struct skiff_transfer *owner(struct skiff_socket *s)
{
	return container_of(s, struct skiff_transfer, as_socket);
}

static struct skiff_socket *find(const struct sock *sk)
{
	struct skiff_socket *s;

	lockdep_assert_held(&sockets_lock);
	hash_for_each_possible(sockets, s, node, (unsigned long)sk)
		if (s->sk == sk)
			return s;
	return NULL;
}

/**
 * skiff_socket_join() - stand in line
 * @t: the transfer; its socket is set
 * @file: of a checked socket; the reference is taken over
 */
void skiff_socket_join(struct skiff_transfer *t, struct file *file)
{
	struct skiff_socket *s;

	spin_lock_irq(&sockets_lock);
	s = find(sock_from_file(file)->sk);
	if (s && READ_ONCE(s->error)) {
		hash_del(&s->node);	/* leave() may do it once more */
		s = NULL;
	}
	if (s)
		skiff_transfer_get(owner(s));
	else
		s = make(t, file);
	t->socket = s;
	spin_lock(&s->lock);
	t->first_in_line = list_empty(&s->line);
	list_add_tail(&t->turn, &s->line);
	spin_unlock(&s->lock);
	spin_unlock_irq(&sockets_lock);

	if (owner(s) == t) {
		/* Others may be in line by now, but behind @t, which sends
		 * nothing before this has returned.
		 */
		add_wait_queue(sk_sleep(s->sk), &s->wait);
		if (!is_connected(s->sk))
			end_connection(s);
	} else {
		fput(file);
	}
}

/**
 * skiff_socket_pass_on() - let the next in line send, and stay with the socket
 * @t: a transfer that joined, every byte of which is queued
 */
void skiff_socket_pass_on(struct skiff_transfer *t)
{
	struct skiff_socket *s = t->socket;

	spin_lock_irq(&s->lock);
	t->passed_on = true;
	list_move_tail(&t->turn, &s->queued);
	kick_first(&s->line);
	spin_unlock_irq(&s->lock);
}

/**
 * skiff_socket_leave() - leave the socket, and wake who is first now
 * @t: a transfer that joined
 *
 * Return: the socket's file if @t was the last one, to be put by the caller;
 * else NULL.
 */
struct file *skiff_socket_leave(struct skiff_transfer *t)
{
	struct skiff_socket *s = t->socket;
	struct file *file = NULL;
	unsigned long flags;
	bool others;

	spin_lock_irqsave(&sockets_lock, flags);
	spin_lock(&s->lock);
	list_del_init(&t->turn);
	kick_first(t->passed_on ? &s->queued : &s->line);
	others = !list_empty(&s->line) || !list_empty(&s->queued);
	if (!others)
		hash_del(&s->node);
	spin_unlock(&s->lock);
	spin_unlock_irqrestore(&sockets_lock, flags);

	if (!others) {
		remove_wait_queue(sk_sleep(s->sk), &s->wait);
		file = s->file;
	}
	if (owner(s) != t)
		skiff_transfer_put(owner(s));
	return file;
}

bool skiff_socket_is_turn(struct skiff_transfer *t)
{
	struct skiff_socket *s = t->socket;
	bool first;

	spin_lock_irq(&s->lock);
	first = list_is_first(&t->turn, &s->line);
	spin_unlock_irq(&s->lock);
	return first;
}

/**
 * skiff_socket_room() - bytes that the send buffer has room for
 * @s: the socket
 *
 * A hint to size a window by, read without the socket lock.
 */
int skiff_socket_room(const struct skiff_socket *s)
{
	const struct sock *sk = s->sk;

	if (sk->sk_family == AF_UNIX)
		return READ_ONCE(sk->sk_sndbuf) - sk_wmem_alloc_get(sk);
	return sk_stream_wspace(sk);
}

/* Whether nothing is in flight, the arrival of which would push the rest. A
 * glance without the socket lock.
 */
bool skiff_socket_is_idle(const struct skiff_socket *s)
{
	return sk_is_tcp(s->sk) && !READ_ONCE(tcp_sk(s->sk)->packets_out);
}

/**
 * skiff_socket_has_room() - whether a send would not have to wait
 * @s: the socket
 *
 * It has room by the protocol's own rule, or would fail. If neither, this has
 * told the protocol that somebody waits, and @wait's callback will come: each
 * protocol's poll method sees to that.
 */
bool skiff_socket_has_room(struct skiff_socket *s)
{
	/* Which not every poll method (AF_UNIX) calls writable. */
	if (READ_ONCE(s->sk->sk_shutdown) & SEND_SHUTDOWN)
		return true;
	return vfs_poll(s->file, NULL) & (EPOLLOUT | EPOLLERR | EPOLLHUP);
}

/* How far the peer has acknowledged the stream of a TCP socket. */
u32 skiff_socket_acknowledged(const struct skiff_socket *s)
{
	u32 una = READ_ONCE(tcp_sk(s->sk)->snd_una);

	/* If that is of another connection, the error came before it. */
	smp_rmb();
	/* Pairs with end_connection(). */
	return smp_load_acquire(&s->error) ? s->una : una;
}

/* Why nothing more may be sent, or 0. Decisive only under the socket lock. */
int skiff_socket_error(const struct skiff_socket *s)
{
	return READ_ONCE(s->error);
}
