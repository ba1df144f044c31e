// SPDX-License-Identifier: GPL-2.0-only
/*
 * How bytes enter a socket: by reference, or copied.
 *
 *   UBUF    tcp_sendmsg_locked() with MSG_ZEROCOPY and a ubuf of ours calls us
 *           back for each skb, and we make its frags: each is a run of one
 *           folio, never of two, as long as the parameter frag_kb and the skb
 *           allow, and takes over the window's reference. The ubuf is that of a
 *           flight (flight.c), which is told when the skb is freed
 *   SPLICE  on TCP: the same, but nobody is told, and the skb is an ordinary
 *           one (message.c). On others MSG_SPLICE_PAGES: the socket makes frags
 *           of a page each, and takes a reference for each
 *   COPY    a plain send
 *
 * MSG_SPLICE_PAGES is a hint: a protocol that cannot take pages copies and says
 * nothing. So the sink knows which can, and calls everything else a copy.
 *
 *   TCP    if the route takes pages (route.c); tcp_sendmsg_locked() decides by
 *          the socket's NETIF_F_SG, once, at its start, under the socket lock.
 *          UBUF if the route leaves by a card, too: elsewhere the stack would
 *          copy the pages on the way
 *   kTLS   in software: the record refers to our pages and is encrypted to
 *          others. A device that encrypts is given pages only if the owner of
 *          the socket allowed it, which cannot be seen here: a copy
 *   unix   always
 *   others (MPTCP, vsock, SMC, a socket in a sockmap) a copy
 *
 * TCP is entered by tcp_sendmsg_locked() instead of sock_sendmsg(), because
 * things must be looked at under the same lock under which the bytes are taken:
 * whether this still is the same connection (socket.c), the flag above, and the
 * route. What sock_sendmsg() adds is the security module's permission. That is
 * asked once for a transfer, in its submitter's thread: where the first bytes
 * are sent there, by that very call (@ask). It looks at things a moment before
 * the lock is taken: the first bytes go to whoever the socket is connected to
 * then, as with send(2); if it became kTLS, that does not know what it is asked
 * and refuses; if its route lost the ability to gather, TCP copies, which shows
 * in what message.c was not asked for. Otherwise by a send of no bytes.
 *
 * Every send is MSG_DONTWAIT and MSG_NOSIGNAL. Context: process. Who calls it
 * holds no lock. A thread of the user may hold the socket's lock for as long as
 * it likes: the submitter waits for it, as in send(2); a worker, which serves
 * all users, does not, and comes back later.
 */
#include <linux/net.h>
#include <net/sock.h>
#include <net/tcp.h>
#include <net/tls.h>

#include "device.h"
#include "message.h"
#include "route.h"
#include "sink.h"
#include "socket.h"

/* TCP with nothing on top of it that would want to see the bytes. */
bool skiff_sink_is_plain_tcp(const struct sock *sk)
{
	return sk_is_tcp(sk) && READ_ONCE(sk->sk_prot)->sendmsg == tcp_sendmsg;
}

/* The kTLS of a socket, or NULL. */
struct tls_context *skiff_sink_tls(struct sock *sk)
{
#if IS_ENABLED(CONFIG_TLS)
	const struct tcp_ulp_ops *ulp;

	if (!sk_is_tcp(sk))
		return NULL;
	ulp = inet_csk(sk)->icsk_ulp_ops;
	if (ulp && !strcmp(ulp->name, "tls"))
		return tls_get_ctx(sk);
#endif
	return NULL;
}

static bool is_tls_in_software(struct sock *sk)
{
	const struct tls_context *tls = skiff_sink_tls(sk);

	return tls && tls->tx_conf == TLS_SW;
}

/**
 * skiff_sink_is_busy() - whether a send might sleep for another thread
 * @s: the socket
 *
 * Which may be in a send(2) from memory that faults, or, with kTLS, that waits
 * for its peer.
 */
bool skiff_sink_is_busy(struct skiff_socket *s)
{
	struct tls_context *tls = skiff_sink_tls(s->sk);

	return sock_owned_by_user_nocheck(s->sk) ||
	       (tls && mutex_is_locked(&tls->tx_lock));
}

/* What plain TCP is best given, as its route is now. */
static enum skiff_rung best_of_tcp(const struct sock *sk)
{
	enum skiff_rung best = SKIFF_RUNG_COPY;
	const struct dst_entry *dst;

	/* Or under the socket's lock, then that keeps it. */
	rcu_read_lock();
	dst = __sk_dst_get(sk);
	if (sk->sk_route_caps & NETIF_F_SG && skiff_route_takes_pages(dst))
		best = skiff_route_leaves_by_card(dst) ? SKIFF_RUNG_UBUF :
							 SKIFF_RUNG_SPLICE;
	rcu_read_unlock();
	return best;
}

static enum skiff_rung best_of_others(struct sock *sk)
{
	return sk->sk_family == AF_UNIX || is_tls_in_software(sk) ?
		       SKIFF_RUNG_SPLICE : SKIFF_RUNG_COPY;
}

/**
 * skiff_sink_choose() - what is best for a socket as its route is now
 * @sk: of a socket that skiff_socket_check() passed
 * @reason: why
 *
 * Return: UBUF, SPLICE or COPY
 */
enum skiff_rung skiff_sink_choose(struct sock *sk, enum skiff_reason *reason)
{
	static const enum skiff_reason of_tcp[] = {
		[SKIFF_RUNG_UBUF] = SKIFF_REASON_BEST,
		[SKIFF_RUNG_SPLICE] = SKIFF_REASON_LOCAL,
		[SKIFF_RUNG_COPY] = SKIFF_REASON_NO_SG,
	};
	enum skiff_rung best;

	if (skiff_sink_is_plain_tcp(sk)) {
		best = best_of_tcp(sk);
		*reason = of_tcp[best];
	} else {
		best = best_of_others(sk);
		*reason = best == SKIFF_RUNG_COPY ? SKIFF_REASON_PROTOCOL :
						    SKIFF_REASON_NO_RELEASE;
	}
	return best;
}

/* What the send is to be, given what the socket offers now. */
static int settle(struct skiff_send *send, enum skiff_rung best)
{
	enum skiff_rung want = send->rung;

	send->offers_ubuf = best == SKIFF_RUNG_UBUF;
	if (best == SKIFF_RUNG_COPY || want == SKIFF_RUNG_COPY)
		send->rung = SKIFF_RUNG_COPY;
	else if (want == SKIFF_RUNG_UBUF)
		send->rung = SKIFF_RUNG_UBUF;
	else if (want == SKIFF_RUNG_AUTO && send->flight)
		send->rung = best;
	else
		send->rung = SKIFF_RUNG_SPLICE;

	if (want == SKIFF_RUNG_UBUF && send->rung != want)
		return -EOPNOTSUPP;
	/* Copied here, or further down. */
	if (send->no_copy && (send->rung == SKIFF_RUNG_COPY ||
			      (send->rung == SKIFF_RUNG_UBUF &&
			       !send->offers_ubuf)))
		return -EOPNOTSUPP;
	return 0;
}

/* lock_sock(), but for a worker only if nobody has it. */
static bool lock(struct sock *sk)
{
	bool free;

	if (!(current->flags & PF_KTHREAD)) {
		lock_sock(sk);
		return true;
	}
	spin_lock_bh(&sk->sk_lock.slock);
	free = !sock_owned_by_user_nocheck(sk);
	if (free) {
		mutex_acquire(&sk->sk_lock.dep_map, 0, 1, _RET_IP_);
		sk->sk_lock.owned = 1;
	}
	spin_unlock_bh(&sk->sk_lock.slock);
	return free;
}

/* Whether the socket was plain TCP, and if so what the send returned. */
static bool send_asking(struct skiff_send *send, ssize_t *n)
{
	struct skiff_socket *s = send->socket;
	struct skiff_message m;

	if (!skiff_sink_is_plain_tcp(s->sk))
		return false;
	*n = skiff_socket_error(s);
	if (!*n)
		*n = settle(send, send->flight ? SKIFF_RUNG_UBUF :
						 SKIFF_RUNG_SPLICE);
	if (!*n) {
		skiff_message_write(&m, send, true);
		*n = sock_sendmsg(sock_from_file(s->file), &m.msg);
	}
	return true;
}

static enum skiff_rung look_at_route(struct skiff_send *send, struct sock *sk)
{
	enum skiff_rung best = best_of_tcp(sk);

	send->device = skiff_device_of(sk);
	send->no_sg = best == SKIFF_RUNG_COPY;
	return best;
}

/* Whether the socket is plain TCP, and if so what the send returned. */
static bool send_tcp(struct skiff_send *send, ssize_t *n)
{
	struct sock *sk = send->socket->sk;
	struct skiff_message m;
	bool plain;

	if (!skiff_sink_is_plain_tcp(sk))
		return false;
	*n = -EAGAIN;
	if (!lock(sk))
		return true;
	/* Once more under the lock: if kTLS was set up in between, nothing may
	 * go past it in clear.
	 */
	plain = skiff_sink_is_plain_tcp(sk);
	if (plain) {
		*n = skiff_socket_error(send->socket);
		/* See skiff_socket_check(). */
		if (!*n && tcp_sk(sk)->repair)
			*n = -ENOTCONN;
		if (!*n)
			*n = settle(send, look_at_route(send, sk));
		if (!*n) {
			skiff_message_write(&m, send, true);
			*n = tcp_sendmsg_locked(sk, &m.msg, send->want);
		}
	}
	release_sock(sk);
	return plain;
}

static ssize_t send_other(struct skiff_send *send)
{
	struct sock *sk = send->socket->sk;
	struct skiff_message m;
	ssize_t n = skiff_socket_error(send->socket);

	if (!n && send->rung == SKIFF_RUNG_UBUF)
		n = -EOPNOTSUPP;
	if (!n)
		n = settle(send, best_of_others(sk));
	if (!n) {
		send->encrypted = is_tls_in_software(sk);
		skiff_message_write(&m, send, false);
		n = sock_sendmsg(sock_from_file(send->socket->file), &m.msg);
	}
	/* Another thread had the lock of kTLS and this one a signal: for a
	 * transfer that is not the end. A SEND looks at signals by itself.
	 */
	return n == -EINTR || n == -ERESTARTSYS ? -EAGAIN : n;
}

/**
 * skiff_sink_send() - give bytes to the socket, as many as it has room for
 * @send: the bytes; those that were taken are no longer in its window
 *
 * Return: bytes taken, > 0; -EAGAIN: none, for want of room; -EOPNOTSUPP: the
 * rung that was wanted cannot be had, or they would be copied; or what the
 * socket says
 */
ssize_t skiff_sink_send(struct skiff_send *send)
{
	ssize_t n;

	if (!(send->ask ? send_asking(send, &n) : send_tcp(send, &n)))
		n = send_other(send);
	/* There was room, but no memory to be charged: see message.c. */
	if (n == -EFAULT && send->by_frag)
		n = -EAGAIN;
	/* Nobody asked for frags: TCP copied. */
	if (n > 0 && send->by_frag && !send->tally.bytes) {
		send->rung = SKIFF_RUNG_COPY;
		send->by_frag = false;
		send->no_sg = true;
	}
	if (n > 0 && !send->by_frag)
		skiff_window_advance(send->window, n, &send->tally);
	return n;
}

/**
 * skiff_sink_ask() - ask the security module whether the caller may send
 * @s: the socket
 *
 * For plain TCP only. Elsewhere each send asks; and to kTLS no bytes are an
 * empty record.
 */
int skiff_sink_ask(struct skiff_socket *s)
{
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };

	if (!skiff_sink_is_plain_tcp(s->sk))
		return 0;
	return sock_sendmsg(sock_from_file(s->file), &msg);
}

/* After a send with MSG_MORE that nothing follows: a part of a segment, or an
 * open kTLS record, would lie there until a timer finds it, or for ever. Sleeps
 * for the socket's lock.
 */
void skiff_sink_push(struct file *file)
{
	struct socket *sock = sock_from_file(file);

	if (sock->ops->splice_eof)
		sock->ops->splice_eof(sock);
}

/* The same, but on a worker only if that does not sleep. Whether it was done. */
bool skiff_sink_flush(struct skiff_socket *s)
{
	if (current->flags & PF_KTHREAD && skiff_sink_is_busy(s))
		return false;
	skiff_sink_push(s->file);
	return true;
}

/**
 * skiff_sink_abort() - reset the connection
 * @s: a TCP socket
 * @err: what its owner is told
 *
 * Return: 0, or -EAGAIN if a worker would have to wait for that
 */
int skiff_sink_abort(struct skiff_socket *s, int err)
{
	if (current->flags & PF_KTHREAD && sock_owned_by_user_nocheck(s->sk))
		return -EAGAIN;
	/* What is there now may be the next connection. */
	if (!skiff_socket_error(s))
		tcp_abort(s->sk, err);
	return 0;
}
