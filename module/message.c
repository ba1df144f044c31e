// SPDX-License-Identifier: GPL-2.0-only
/*
 * A message: bytes as the socket is given them, and the frags made of them.
 *
 * SPLICE on TCP. MSG_SPLICE_PAGES would cut a folio of any size to frags of 4
 * KiB, each with its own reference. Frags made by ourselves need a ubuf to be
 * asked for; but what makes an skb one that reports, and whose pages are copied
 * on the way to a local receiver, is not the ubuf but SKBFL_ZEROCOPY_ENABLE
 * among its flags. The socket's @lender has SKBFL_SHARED_FRAG only, as
 * MSG_SPLICE_PAGES gives. So no skb ever follows its pointer to the lender, nor
 * gives back the references that TCP takes: its count is set anew for each
 * send. What TCP would leave out of the socket's memory because the skb is of
 * user pages, it charges for these: make_frags() says that the skb is no such.
 *
 * Context of make_frags(): called by TCP under the socket lock, within the send.
 */
#include <linux/moduleparam.h>
#include <linux/net.h>
#include <net/sock.h>

#include "flight.h"
#include "message.h"
#include "sink.h"
#include "socket.h"

#define FRAG_KB_MAX	64U

static unsigned int frag_kb = 48;

static int frag_set(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, PAGE_SIZE / SZ_1K, FRAG_KB_MAX);
}

static const struct kernel_param_ops frag_ops = {
	.set = frag_set,
	.get = param_get_uint,
};
module_param_cb(frag_kb, &frag_ops, &frag_kb, 0644);
MODULE_PARM_DESC(frag_kb,
		 "KiB in one frag at the most; cards with short descriptors may need less");

/* An skb is begun that is not part of a flight. Returns 0, or the one errno that
 * TCP takes from here: any other it reads as no bytes, and asks again.
 */
static int charge(struct sock *sk, struct sk_buff *skb, size_t len)
{
	if (sk_wmem_schedule(sk, len)) {
		skb_shinfo(skb)->flags &= ~SKBFL_PURE_ZEROCOPY;
		return 0;
	}
	/* As little as every socket may have, whatever the others have. */
	if (sk->sk_wmem_queued <
	    READ_ONCE(sock_net(sk)->ipv4.sysctl_tcp_wmem[0]))
		return 0;
	return -EFAULT;
}

/* Called by TCP for each skb. -EMSGSIZE makes it begin another one, which then
 * must get a byte: an empty one always does.
 */
static int make_frags(struct sk_buff *skb, struct iov_iter *from, size_t len)
{
	struct skiff_message *m = container_of(from, struct skiff_message, msg.msg_iter);
	struct skb_shared_info *info = skb_shinfo(skb);
	size_t most = READ_ONCE(frag_kb) * SZ_1K;
	size_t done = 0;
	int err;

	len = min(len, iov_iter_count(from));
	if (!skb->len && m->send->rung == SKIFF_RUNG_SPLICE) {
		err = charge(m->send->socket->sk, skb, len);
		if (err)
			return err;
	}
	while (done < len && info->nr_frags < MAX_SKB_FRAGS) {
		struct bio_vec frag;

		skiff_window_hand_over(m->send->window, min(most, len - done),
				       &frag, &m->send->tally);
		__skb_fill_page_desc_noacc(info, info->nr_frags++, frag.bv_page,
					   frag.bv_offset, frag.bv_len);
		done += frag.bv_len;
	}
	/* The bytes, no less: TCP takes these off again. The rest of a page is
	 * the page cache's.
	 */
	skb->truesize += done;
	skb->data_len += done;
	skb->len += done;
	/* TCP looks at nothing but how much is left. */
	from->count -= done;
	return done ? 0 : -EMSGSIZE;
}

static struct ubuf_info *lender(struct skiff_socket *s)
{
	static const struct ubuf_info_ops none = {};

	s->lender.ops = &none;
	s->lender.flags = SKBFL_SHARED_FRAG;
	refcount_set(&s->lender.refcnt, 1);
	return &s->lender;
}

/* kTLS encrypts pages where they lie, and calls that a plain send; only what it is
 * given by address it copies. (A folio has one: there is no high memory on what
 * runs skiff.) What does not fit is left for the next send.
 */
static void by_address(struct skiff_message *m, struct skiff_send *send)
{
	struct skiff_window *w = send->window;
	unsigned int i, nr = 0;
	size_t n = 0;

	for (i = w->first; n < send->want && nr < SKIFF_MESSAGE_VECTORS; i++) {
		const struct bio_vec *seg = &w->segments[i];
		struct kvec *v = &m->vectors[nr++];

		v->iov_base = page_address(seg->bv_page) + seg->bv_offset;
		v->iov_len = min_t(size_t, seg->bv_len, send->want - n);
		n += v->iov_len;
	}
	if (n < send->want) {
		send->want = n;
		send->flags |= MSG_MORE;
	}
	iov_iter_kvec(&m->msg.msg_iter, ITER_SOURCE, m->vectors, nr, n);
}

/**
 * skiff_message_write() - make a message of a send
 * @m: receives it
 * @send: the send, its rung being settled; receives by_frag
 * @tcp: the socket is plain TCP
 */
void skiff_message_write(struct skiff_message *m, struct skiff_send *send,
			 bool tcp)
{
	struct msghdr *msg = &m->msg;

	*msg = (struct msghdr){};
	m->send = send;
	if (send->encrypted && send->rung == SKIFF_RUNG_COPY)
		by_address(m, send);
	else
		skiff_window_iter(send->window, send->want, &msg->msg_iter);
	msg->msg_flags = send->flags | MSG_DONTWAIT | MSG_NOSIGNAL;
	send->by_frag = tcp && send->rung != SKIFF_RUNG_COPY;
	if (send->by_frag) {
		msg->msg_flags |= MSG_ZEROCOPY;
		msg->msg_ubuf = send->rung == SKIFF_RUNG_UBUF ?
				&send->flight->ubuf : lender(send->socket);
		msg->sg_from_iter = make_frags;
	} else if (send->rung == SKIFF_RUNG_SPLICE) {
		msg->msg_flags |= MSG_SPLICE_PAGES;
	}
}
