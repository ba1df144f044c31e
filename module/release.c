// SPDX-License-Identifier: GPL-2.0-only
/*
 * Release: from when on the peer cannot see a change of what was sent.
 *
 * That is when all flights of the transfer have landed (flight.c) and the peer
 * has acknowledged the stream up to the place where it ended. Both are asked
 * for, as pages may go as flights, by SPLICE and in a header in one transfer.
 * It says nothing of clones in a card's ring or a local peer's queue.
 *
 * Wake-ups. A landing kicks the transfer. Of what is acknowledged TCP tells
 * nobody, unless SOCK_NOSPACE is set; then it does if the socket is writable.
 * Setting that has side effects (the send buffer may grow, and an epoll of the
 * owner sees an edge), so it is done for those only who asked to be told, and a
 * timer that becomes slower backs it up.
 *
 * The place in the stream is looked up before the next transfer may send. But
 * kTLS may hold what it could not give to TCP yet; then it is known once it holds
 * nothing, and may include what others sent meanwhile.
 *
 * After the connection has ended, what had been acknowledged by then decides;
 * socket.c keeps it, as the next connection begins to count anew.
 *
 * Context: process, by the transfer's runner; no locks: each value is read
 * once, and they only grow.
 */
#include <net/sock.h>
#include <net/tcp.h>
#include <net/tls.h>

#include "release.h"
#include "sink.h"
#include "socket.h"
#include "transfer.h"

/* Whether a socket has such a moment at all. */
bool skiff_release_is_known(struct sock *sk)
{
	return skiff_sink_is_plain_tcp(sk) || skiff_sink_tls(sk);
}

static bool tls_holds_some(struct tls_context *tls)
{
	return READ_ONCE(tls->partially_sent_record) ||
	       READ_ONCE(tls->pending_open_record_frags) ||
	       (tls->tx_conf == TLS_SW &&
		!list_empty(&tls_sw_ctx_tx(tls)->tx_list));
}

/* Whether the end of the transfer in the TCP stream is known. */
bool skiff_release_find_end(struct skiff_transfer *t)
{
	struct sock *sk = t->socket->sk;
	struct tls_context *tls = skiff_sink_tls(sk);

	if (t->has_seq)
		return true;
	if (tls && tls_holds_some(tls))
		return false;
	smp_rmb(); /* what it gave to TCP before it held nothing is in this: */
	t->seq = READ_ONCE(tcp_sk(sk)->write_seq);
	t->has_seq = true;
	return true;
}

static bool is_acknowledged(struct skiff_transfer *t)
{
	u32 una = skiff_socket_acknowledged(t->socket);

	if (una != t->una) {
		t->una = una;
		t->progress = jiffies;
	}
	return skiff_release_find_end(t) && !before(una, t->seq);
}

static int look(struct skiff_transfer *t)
{
	if (is_acknowledged(t))
		return !atomic_read(&t->flights);
	return skiff_socket_error(t->socket);
}

/**
 * skiff_release_check() - whether the network has let go of a transfer
 * @t: every byte is queued, and its flights have departed; the caller runs it
 *
 * Return: 1: it has; 0: not yet, and @t will be kicked, or look again by a
 * timer; or why it never will
 */
int skiff_release_check(struct skiff_transfer *t)
{
	int ret = look(t);

	if (ret)
		return ret;
	set_bit(SOCK_NOSPACE, &t->socket->sk->sk_socket->flags);
	smp_mb__after_atomic(); /* set before the look: pairs with tcp_check_space() */
	return look(t);
}
