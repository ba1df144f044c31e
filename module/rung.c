// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rung of a transfer: which of the ways into a socket its files and the
 * socket bear, and why not a better one. Decided once, in the submitter's thread;
 * of what depends on the route the sink decides anew for each window (sink.c).
 */
#include "device.h"
#include "rung.h"
#include "sink.h"
#include "transfer.h"

static u32 rung_of_sources(const struct skiff_transfer *t)
{
	u32 rung = SKIFF_RUNG_AUTO;
	unsigned int i;

	for (i = 0; i < t->nr_parts; i++) {
		const struct skiff_source *source = t->parts[i].source;

		if (source && source->gather)
			rung = max_t(u32, rung, SKIFF_RUNG_SPLICE);
		else if (source == &skiff_source_pipe)
			rung = max_t(u32, rung, SKIFF_RUNG_PIPE);
		else if (source)
			rung = SKIFF_RUNG_COPY;
	}
	return rung;
}

/* The files bear to be taken by reference: how does the socket take them? */
static int choose_way(struct skiff_transfer *t, struct sock *sk, u32 want)
{
	struct skiff_receipt *r = &t->receipt;
	enum skiff_reason reason;
	enum skiff_rung best = skiff_sink_choose(sk, &reason);

	if (want == SKIFF_RUNG_COPY) {
		best = SKIFF_RUNG_COPY;
		reason = SKIFF_REASON_REQUESTED;
	} else if (want != SKIFF_RUNG_AUTO && best == SKIFF_RUNG_COPY) {
		return -EOPNOTSUPP;
	} else if (want == SKIFF_RUNG_UBUF && best != SKIFF_RUNG_UBUF) {
		/* It can be had, but the stack will copy. */
		if (!skiff_sink_is_plain_tcp(sk) || t->zerocopy)
			return -EOPNOTSUPP;
		best = SKIFF_RUNG_UBUF;
		reason = SKIFF_REASON_REQUESTED;
	} else if (want == SKIFF_RUNG_SPLICE && best != SKIFF_RUNG_SPLICE) {
		best = SKIFF_RUNG_SPLICE;
		reason = SKIFF_REASON_REQUESTED;
	}

	t->want_rung = want == SKIFF_RUNG_PIPE ? SKIFF_RUNG_AUTO : want;
	if (best == SKIFF_RUNG_COPY)
		t->want_rung = SKIFF_RUNG_COPY;
	t->use_ubuf = best == SKIFF_RUNG_UBUF;
	/* Of file and socket the one further down the ladder names the rung. */
	if (r->rung == SKIFF_RUNG_SPLICE || best == SKIFF_RUNG_COPY) {
		r->rung = best;
		r->reason = reason;
	}
	return 0;
}

/**
 * skiff_rung_choose() - from what the files and the socket bear, the rung
 * @t: its parts have their sources; receives rung and reason
 * @sk: of the socket
 * @req: the request
 *
 * Return: 0, or -EOPNOTSUPP if it cannot be what the request wants
 */
int skiff_rung_choose(struct skiff_transfer *t, struct sock *sk,
		      const struct skiff_request *req)
{
	struct skiff_receipt *r = &t->receipt;
	int err;

	rcu_read_lock();
	r->device = skiff_device_of(sk);
	rcu_read_unlock();
	t->zerocopy = req->flags & SKIFF_REQUEST_ZEROCOPY;
	r->rung = rung_of_sources(t);
	if (r->rung == SKIFF_RUNG_AUTO) {
		r->rung = SKIFF_RUNG_COPY;
		r->reason = SKIFF_REASON_MEMORY;
		return 0;
	}
	if (r->reason == SKIFF_REASON_DAX)
		r->rung = SKIFF_RUNG_COPY;
	err = choose_way(t, sk, req->rung);
	if (err)
		return err;
	return t->zerocopy && r->rung == SKIFF_RUNG_COPY ? -EOPNOTSUPP : 0;
}
