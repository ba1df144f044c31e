// SPDX-License-Identifier: GPL-2.0-only
/*
 * How bytes enter a socket: by reference (MSG_SPLICE_PAGES) or copied.
 *
 * MSG_SPLICE_PAGES is a hint: a protocol that cannot take pages copies and says
 * nothing. So the sink knows which can, and calls everything else a copy.
 *
 *   TCP    if the route can gather (NETIF_F_SG); tcp_sendmsg_locked() decides
 *          by that flag, once, at its start, under the socket lock
 *   kTLS   in software: the record refers to our pages and is encrypted to
 *          others. A device that encrypts is given pages only if the owner of
 *          the socket allowed it, which cannot be seen here: a copy
 *   unix   always
 *   others (MPTCP, vsock, SMC, a socket in a sockmap) a copy
 *
 * TCP is entered by tcp_sendmsg_locked() instead of sock_sendmsg(), because two
 * things must be looked at under the same lock under which the bytes are taken:
 * whether this still is the same connection (socket.c), and the flag above.
 * What sock_sendmsg() adds, the security module's permission, was asked at
 * submit.
 *
 * Every send is MSG_DONTWAIT and MSG_NOSIGNAL. Context: process, may sleep for
 * the socket lock. Who calls it holds no lock.
 */
#include <linux/net.h>
#include <net/sock.h>
#include <net/tcp.h>
#include <net/tls.h>

#include "sink.h"
#include "socket.h"

/* TCP with nothing on top of it that would want to see the bytes. */
bool skiff_sink_is_plain_tcp(const struct sock *sk)
{
	return sk_is_tcp(sk) && READ_ONCE(sk->sk_prot)->sendmsg == tcp_sendmsg;
}

static struct tls_context *tls_of(struct sock *sk)
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
	const struct tls_context *tls = tls_of(sk);

	return tls && tls->tx_conf == TLS_SW;
}

/**
 * skiff_sink_is_busy() - whether a send might sleep for another thread
 * @s: the socket
 *
 * A thread of the user may hold the socket's lock for as long as it likes: in a
 * send(2) from memory that faults, or, with kTLS, that waits for its peer. A
 * worker must not wait for that, as it serves all users; it comes back later.
 */
bool skiff_sink_is_busy(struct skiff_socket *s)
{
	struct tls_context *tls = tls_of(s->sk);

	return sock_owned_by_user_nocheck(s->sk) ||
	       (tls && mutex_is_locked(&tls->tx_lock));
}

/**
 * skiff_sink_takes_pages() - whether pages can enter the socket by reference
 * @sk: of a socket that skiff_socket_check() passed
 * @reason: if not, why
 */
bool skiff_sink_takes_pages(struct sock *sk, enum skiff_reason *reason)
{
	if (sk->sk_family == AF_UNIX)
		return true;
	if (skiff_sink_is_plain_tcp(sk)) {
		*reason = SKIFF_REASON_NO_SG;
		return sk->sk_route_caps & NETIF_F_SG;
	}
	*reason = SKIFF_REASON_PROTOCOL;
	return is_tls_in_software(sk);
}

/* Give up the reference, or the send, if the route needs a copy. */
static int settle(bool takes_pages, struct msghdr *msg, bool *by_ref,
		  bool or_fail)
{
	if (takes_pages && *by_ref)
		return 0;
	if (or_fail)
		return -EOPNOTSUPP;
	msg->msg_flags &= ~MSG_SPLICE_PAGES;
	*by_ref = false;
	return 0;
}

/* Whether the socket is plain TCP, and if so what the send returned. */
static bool send_tcp(struct skiff_socket *s, struct msghdr *msg, bool *by_ref,
		     bool or_fail, ssize_t *n)
{
	struct sock *sk = s->sk;
	bool plain = skiff_sink_is_plain_tcp(sk);

	if (!plain)
		return false;
	lock_sock(sk);
	/* Once more under the lock: if kTLS was set up in between, nothing may
	 * go past it in clear.
	 */
	plain = skiff_sink_is_plain_tcp(sk);
	if (plain) {
		*n = skiff_socket_error(s);
		if (!*n)
			*n = settle(sk->sk_route_caps & NETIF_F_SG, msg,
				    by_ref, or_fail);
		if (!*n)
			*n = tcp_sendmsg_locked(sk, msg, msg_data_left(msg));
	}
	release_sock(sk);
	return plain;
}

/**
 * skiff_sink_send() - give bytes to the socket, as many as it has room for
 * @s: the socket
 * @iter: the bytes; not changed
 * @flags: MSG_MORE or 0
 * @by_ref: in: give pages by reference; out: whether that was so
 * @or_fail: do not copy instead
 *
 * Return: bytes taken, > 0; -EAGAIN: none, for want of room; -EOPNOTSUPP: they
 * would be copied; or what the socket says
 */
ssize_t skiff_sink_send(struct skiff_socket *s, const struct iov_iter *iter,
			unsigned int flags, bool *by_ref, bool or_fail)
{
	struct msghdr msg = {
		.msg_iter = *iter,
		.msg_flags = flags | MSG_DONTWAIT | MSG_NOSIGNAL |
			     MSG_SPLICE_PAGES,
	};
	enum skiff_reason reason;
	ssize_t n;

	if (send_tcp(s, &msg, by_ref, or_fail, &n))
		return n;

	n = skiff_socket_error(s);
	if (!n)
		n = settle(skiff_sink_takes_pages(s->sk, &reason), &msg,
			   by_ref, or_fail);
	if (!n)
		n = sock_sendmsg(sock_from_file(s->file), &msg);
	/* Another thread had the lock of kTLS and this one a signal: for a
	 * transfer that is not the end. A SEND looks at signals by itself.
	 */
	return n == -EINTR || n == -ERESTARTSYS ? -EAGAIN : n;
}

/* After a send with MSG_MORE that nothing follows: a part of a segment, or an
 * open kTLS record, would lie there until a timer finds it. If another thread
 * of the user is at the socket, what that does pushes it.
 */
void skiff_sink_flush(struct skiff_socket *s)
{
	struct socket *sock = sock_from_file(s->file);

	if (current->flags & PF_KTHREAD && skiff_sink_is_busy(s))
		return;
	if (sock->ops->splice_eof)
		sock->ops->splice_eof(sock);
}
