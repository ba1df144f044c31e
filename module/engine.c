// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine: one slice of a transfer.
 *
 * A slice moves windows from the transfer's source into its socket until it
 * has had its share, the transfer ends, or something is missing: its turn,
 * room in the socket, or bytes of the file. It never waits for a disk or a
 * peer, and holds no folio when it returns, except pages that a file system
 * was asked for and the socket had no room for.
 *
 * Context: process - the submitter, a SEND, or an engine worker - which holds
 * SKIFF_RUNNING and no lock.
 *
 * Room first, window second: a window is sized by what the send buffer has
 * room for, so that little is looked up in vain.
 *
 * A window holds bytes of as many pieces as it has room for, and MSG_MORE is set
 * on every send but that of the last byte, so that pieces and windows join to
 * full segments. What would leave such a send unfinished - a wait for the disk,
 * a wait for room that nothing in flight would make, or the end - flushes
 * (@corked).
 */
#include <linux/ktime.h>
#include <linux/net.h>

#include "account.h"
#include "flight.h"
#include "pieces.h"
#include "pin.h"
#include "release.h"
#include "sink.h"
#include "socket.h"
#include "trace.h"
#include "transfer.h"
#include "window.h"

/* Windows in a slice: some milliseconds of a fast link, so that a worker comes
 * round to others.
 */
#define SLICE_WINDOWS	8

/* A window that needs no memory: a header and 32 KiB. */
#define SMALL_SEGMENTS	10

#define BACKOFF_MAX	(HZ / 8)
#define RELEASE_POLL_MAX HZ

/* Nobody will wake us: look again by the clock. */
static int back_off(struct skiff_transfer *t)
{
	t->backoff = clamp(t->backoff * 2, 1, BACKOFF_MAX);
	return skiff_account_wait(t, SKIFF_SLICE_ROOM);
}

/* Whether nothing is held back any more. */
static bool flush(struct skiff_transfer *t)
{
	if (t->corked)
		t->corked = !skiff_sink_flush(t->socket);
	return !t->corked;
}

static int wait_for_disk(struct skiff_transfer *t)
{
	if (flush(t))
		return skiff_account_wait(t, SKIFF_SLICE_DISK);
	/* Read meanwhile. */
	skiff_fill_queue(t);
	return back_off(t);
}

/* The socket took nothing. Usually it is full, and will say when it is not;
 * but it also says so for want of memory, and then, with room left, nobody
 * would wake us.
 */
static int wait_for_room(struct skiff_transfer *t)
{
	if (skiff_socket_has_room(t->socket))
		return back_off(t);
	t->backoff = 0;
	return skiff_account_wait(t, SKIFF_SLICE_ROOM);
}

/**
 * skiff_engine_ask() - ask the security module, once, whether it may send
 * @t: in its submitter's thread, unless that was done
 *
 * Return: 0, or what it says
 */
int skiff_engine_ask(struct skiff_transfer *t)
{
	if (t->asked)
		return t->refused;
	t->asked = true;
	t->refused = skiff_sink_ask(t->socket);
	/* It is being connected, hence to somebody else. */
	if (t->refused == -EAGAIN)
		t->refused = -ENOTCONN;
	return t->refused;
}

/* The route may have changed. What was asked for, or depends on the file, is
 * as it was.
 */
static void note_rung(struct skiff_transfer *t, const struct skiff_send *send)
{
	struct skiff_receipt *r = &t->receipt;

	if (t->want_rung != SKIFF_RUNG_AUTO)
		return;
	t->use_ubuf = send->offers_ubuf;
	if (r->rung > SKIFF_RUNG_SPLICE || send->rung > SKIFF_RUNG_SPLICE ||
	    r->rung == send->rung)
		return;
	WRITE_ONCE(r->rung, send->rung);
	WRITE_ONCE(r->reason, send->rung == SKIFF_RUNG_UBUF ?
			      SKIFF_REASON_BEST : SKIFF_REASON_LOCAL);
}

/* The socket took @n bytes. */
static void took(struct skiff_transfer *t, const struct skiff_send *send,
		 size_t n)
{
	size_t memory = skiff_pieces_pass(t, n);

	skiff_account_sent(t, send, n, memory);
	t->corked = send->flags;
	t->progress = jiffies;
	t->backoff = 0;
	if (send->rung == SKIFF_RUNG_UBUF)
		skiff_flight_add(t, n);
	else
		t->blind = true;
}

/* Send up to @want bytes of a window, which are the next of the parts. */
static ssize_t send_window(struct skiff_transfer *t, struct skiff_window *w,
			   size_t want)
{
	struct skiff_send send = {
		.socket = t->socket,
		.window = w,
		.want = min_t(size_t, want, w->bytes),
		.rung = t->want_rung,
		.no_copy = t->zerocopy,
		.ask = !t->asked && !t->zerocopy,
	};
	ssize_t n;

	if (t->zerocopy) {
		send.want = min(send.want, skiff_window_lent(w));
		if (!send.want)
			return -EOPNOTSUPP;
	}
	if (t->use_ubuf) {
		send.flight = skiff_flight_board(t);
		if (!send.flight)
			return -ENOMEM;
	}
	if (!skiff_pieces_are_last(t, send.want))
		send.flags = MSG_MORE;
	if (!send.ask) {
		n = skiff_engine_ask(t);
		if (n)
			return n;
	}
	t->asked = true;
	n = skiff_sink_send(&send);
	trace_skiff_send(t, &send, n);
	if (n <= 0)
		return n;
	took(t, &send, n);
	note_rung(t, &send);
	return n;
}

/* Send what a fill brought in pages of its own. */
static ssize_t send_filled(struct skiff_transfer *t, size_t want)
{
	struct skiff_range *range = &t->fill.range;
	ssize_t n = send_window(t, range->pages, want);

	if (!range->pages->bytes)
		skiff_fill_put_pages(t);
	return n;
}

static ssize_t gather_and_send(struct skiff_transfer *t, size_t want,
			       struct skiff_window *w, bool *cold)
{
	ssize_t n = skiff_pieces_gather(t, want, w);

	*cold = n == -EAGAIN;
	if (!n)
		return skiff_pieces_end_of_file(t);
	if (n < 0)
		return n;
	skiff_fill_ahead(t);
	trace_skiff_window(t, w);
	return send_window(t, w, want);
}

/* Returns as skiff_sink_send(), or sets *cold when the file has to be waited
 * for.
 */
static ssize_t send_next(struct skiff_transfer *t, size_t want, bool *cold)
{
	union {
		struct skiff_window window;
		u8 bytes[struct_size_t(struct skiff_window, segments,
				       SMALL_SEGMENTS)];
	} small __uninitialized;
	struct skiff_window *w = &small.window;
	ssize_t n;

	if (t->fill.range.pages)
		return send_filled(t, want);

	if (want > (SMALL_SEGMENTS - 2) * PAGE_SIZE) {
		w = skiff_window_alloc(want);
		if (!w)
			return -ENOMEM;
	} else {
		skiff_window_init(w, SMALL_SEGMENTS);
	}
	n = gather_and_send(t, want, w, cold);
	if (w == &small.window)
		skiff_window_empty(w);
	else
		skiff_window_free(w);
	return n;
}

/* The network holds as much as it may for this context, user or all. What it
 * lets go of is found by a timer; this transfer's own flight must be able to
 * land.
 */
static int wait_for_pins(struct skiff_transfer *t)
{
	skiff_flight_depart(t);
	flush(t);
	return back_off(t);
}

/* Returns > 0 to go on, an errno to end with, or 0 with what to wait for in
 * *wait.
 */
static ssize_t send_some(struct skiff_transfer *t, int *wait)
{
	int room = skiff_socket_room(t->socket);
	bool cold = false;
	size_t want;
	ssize_t n;

	if (room <= 0 && skiff_socket_is_idle(t->socket) && !flush(t)) {
		*wait = back_off(t);
		return 0;
	}
	if (room <= 0 && !skiff_socket_has_room(t->socket)) {
		/* Has told the protocol that we wait. */
		t->backoff = 0;
		*wait = skiff_account_wait(t, SKIFF_SLICE_ROOM);
		return 0;
	}
	if (skiff_pieces_pin(t) && !skiff_pin_allowed(t->context, t->user)) {
		*wait = wait_for_pins(t);
		return 0;
	}
	want = clamp_t(size_t, max(room, 0), PAGE_SIZE, SKIFF_WINDOW_BYTES);
	want = skiff_pieces_at_most(t, want);
	t->room = want;

	n = send_next(t, want, &cold);
	if (cold) {
		*wait = wait_for_disk(t);
		return 0;
	}
	if (n == -EAGAIN || !n) {
		*wait = wait_for_room(t);
		return 0;
	}
	return n;
}

static int collect(struct skiff_transfer *t)
{
	int n = skiff_fill_collect(t);

	if (n == -EAGAIN)
		return SKIFF_SLICE_DISK;
	if (!n)
		n = skiff_pieces_end_of_file(t);
	return n < 0 ? n : 0;
}

static bool is_first(struct skiff_transfer *t)
{
	if (t->waiting != SKIFF_SLICE_TURN && t->progress)
		return true;
	if (!t->first_in_line && !skiff_socket_is_turn(t))
		return false;
	skiff_account_wait_over(t);
	t->progress = jiffies ?: 1;
	return true;
}

/* On a worker, keep out of the way of another thread's lock. */
static bool must_keep_off(struct skiff_transfer *t)
{
	return current->flags & PF_KTHREAD && skiff_sink_is_busy(t->socket);
}

/* Every byte is queued. */
static int settle(struct skiff_transfer *t)
{
	int ret;

	if (!flush(t))
		return back_off(t);
	if (!t->to_release)
		return 0;
	if (!t->passed_on) {
		skiff_transfer_queued(t, ktime_get_ns());
		/* As long as nobody else sends. */
		skiff_release_find_end(t);
		WRITE_ONCE(t->receipt.state, SKIFF_STATE_QUEUED);
		skiff_socket_pass_on(t);
		t->backoff = 0;
	}
	ret = skiff_release_check(t);
	if (ret)
		return min(ret, 0);
	t->backoff = clamp(t->backoff * 2, 1, RELEASE_POLL_MAX);
	return skiff_account_wait(t, SKIFF_SLICE_RELEASE);
}

static int run_slice(struct skiff_transfer *t)
{
	unsigned int i;
	int wait;

	if (atomic_read(&t->state) & SKIFF_DEAD)
		return -ECANCELED;
	if (t->refused)
		return t->refused;
	if (t->passed_on)
		return settle(t);
	if (!is_first(t))
		return skiff_account_wait(t, SKIFF_SLICE_TURN);
	if (skiff_socket_error(t->socket))
		return skiff_socket_error(t->socket);
	wait = collect(t);
	if (wait)
		return wait;

	for (i = 0; i < SLICE_WINDOWS; i++) {
		ssize_t n;

		if (!skiff_pieces_left(t))
			return settle(t);
		if (atomic_read(&t->state) & SKIFF_DEAD)
			return -ECANCELED;
		if (must_keep_off(t))
			return back_off(t);
		n = send_some(t, &wait);
		if (n < 0)
			return n;
		if (!n)
			return wait;
	}
	return skiff_pieces_left(t) ? SKIFF_SLICE_MORE : settle(t);
}

static bool is_overdue(const struct skiff_transfer *t, int slice)
{
	return (slice == SKIFF_SLICE_ROOM || slice == SKIFF_SLICE_DISK ||
		slice == SKIFF_SLICE_RELEASE) &&
	       time_after_eq(jiffies, t->progress + t->deadline);
}

/**
 * skiff_engine_slice() - send what can be sent now, a bounded share
 * @t: the caller holds SKIFF_RUNNING
 *
 * Return: SKIFF_SLICE_*; 0: every byte is queued; or the errno to end with
 */
int skiff_engine_slice(struct skiff_transfer *t)
{
	int ret = run_slice(t);

	if (!is_overdue(t, ret))
		return ret;
	if (t->abort && skiff_sink_abort(t->socket, ETIMEDOUT) == -EAGAIN)
		return back_off(t);
	return -ETIMEDOUT;
}
