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
 * MSG_MORE is set on every send but that of the last byte, so that pieces and
 * windows join to full segments. What would leave such a send unfinished - a
 * wait for the disk, a wait for room that nothing in flight would make, or the
 * end - flushes (@corked).
 */
#include <linux/ktime.h>
#include <linux/net.h>

#include "flight.h"
#include "pin.h"
#include "release.h"
#include "sink.h"
#include "socket.h"
#include "stats.h"
#include "transfer.h"
#include "window.h"

/* Windows in a slice: some milliseconds of a fast link, so that a worker comes
 * round to others.
 */
#define SLICE_WINDOWS	8

#define BACKOFF_MAX	(HZ / 8)
#define RELEASE_POLL_MAX HZ

/* Receipt and global counter in one. The receipt has one writer at a time. */
#define count(t, name, n) do {						\
	u64 n_ = (n);							\
									\
	WRITE_ONCE((t)->receipt.name, (t)->receipt.name + n_);		\
	skiff_stats_add(name, n_);					\
} while (0)

/* The transfer no longer waits for what it waited for. */
void skiff_engine_wait_over(struct skiff_transfer *t)
{
	u64 ns;

	if (!t->waiting)
		return;
	ns = ktime_get_ns() - t->waiting_since;
	switch (t->waiting) {
	case SKIFF_SLICE_TURN:
		count(t, turn_wait_ns, ns);
		break;
	case SKIFF_SLICE_ROOM:
		count(t, room_wait_ns, ns);
		break;
	case SKIFF_SLICE_DISK:
		count(t, disk_wait_ns, ns);
		break;
	}
	t->waiting = 0;
}

static int wait_for(struct skiff_transfer *t, int what)
{
	if (t->waiting == what)
		return what;
	skiff_engine_wait_over(t);
	t->waiting = what;
	t->waiting_since = ktime_get_ns();
	switch (what) {
	case SKIFF_SLICE_TURN:
		count(t, turn_waits, 1);
		break;
	case SKIFF_SLICE_ROOM:
		count(t, room_waits, 1);
		break;
	case SKIFF_SLICE_DISK:
		count(t, disk_waits, 1);
		break;
	}
	return what;
}

static void flush(struct skiff_transfer *t)
{
	if (!t->corked)
		return;
	skiff_sink_flush(t->socket);
	t->corked = false;
}

static int wait_for_disk(struct skiff_transfer *t)
{
	flush(t);
	return wait_for(t, SKIFF_SLICE_DISK);
}

/* The socket took nothing. Usually it is full, and will say when it is not;
 * but it also says so for want of memory, and then, with room left, nobody
 * would wake us.
 */
static int wait_for_room(struct skiff_transfer *t)
{
	if (skiff_socket_has_room(t->socket))
		t->backoff = clamp(t->backoff * 2, 1, BACKOFF_MAX);
	else
		t->backoff = 0;
	return wait_for(t, SKIFF_SLICE_ROOM);
}

static void took(struct skiff_transfer *t, struct skiff_part *part,
		 const struct skiff_send *send, size_t n)
{
	skiff_engine_wait_over(t);
	t->corked = send->flags;
	if (!t->receipt.first_ns)
		WRITE_ONCE(t->receipt.first_ns, ktime_get_ns());
	part->pos += n;
	t->progress = jiffies;
	t->backoff = 0;
	count(t, windows, 1);
	count(t, bytes_queued, n);
}

static void took_copy(struct skiff_transfer *t, size_t n)
{
	count(t, bytes_copied, n);
	count(t, copied_socket, n);
}

static void took_pages(struct skiff_transfer *t,
		       const struct skiff_tally *tally)
{
	if (tally->copied) {
		count(t, bytes_copied, tally->copied);
		count(t, copied_no_page_cache, tally->copied);
	}
	count(t, bytes_by_ref, tally->bytes - tally->copied);
	count(t, folios, tally->folios);
	if (tally->frags)
		count(t, frags, tally->frags);
	count(t, segments, tally->runs);
	if (tally->run_max > t->receipt.segment_max)
		WRITE_ONCE(t->receipt.segment_max, tally->run_max);
}

static unsigned int more(const struct skiff_transfer *t,
			 const struct skiff_part *part, size_t len)
{
	return part->pos + len < part->end ||
	       t->current_part + 1 < t->nr_parts ? MSG_MORE : 0;
}

/* Send bytes of a MEMORY piece. Returns as skiff_sink_send(). */
static ssize_t send_memory(struct skiff_transfer *t, struct skiff_part *part,
			   size_t want)
{
	struct skiff_send send = {
		.socket = t->socket,
		.memory = part->memory + part->pos,
		.want = want,
		.flags = more(t, part, want),
		.rung = SKIFF_RUNG_COPY,
	};
	ssize_t n = skiff_sink_send(&send);

	if (n <= 0)
		return n;
	took(t, part, &send, n);
	count(t, bytes_copied, n);
	count(t, copied_memory, n);
	return n;
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

static ssize_t send_window(struct skiff_transfer *t, struct skiff_part *part,
			   struct skiff_window *w, size_t want)
{
	struct skiff_send send = {
		.socket = t->socket,
		.window = w,
		.want = min_t(size_t, want, w->bytes),
		.rung = t->want_rung,
		.no_copy = t->zerocopy,
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
	send.flags = more(t, part, send.want);
	n = skiff_sink_send(&send);
	if (n <= 0)
		return n;
	took(t, part, &send, n);
	note_rung(t, &send);
	if (send.rung == SKIFF_RUNG_UBUF)
		skiff_flight_add(t, n);
	if (send.rung == SKIFF_RUNG_COPY)
		took_copy(t, n);
	else
		took_pages(t, &send.tally);
	return n;
}

/* Send what a fill brought in pages of its own. */
static ssize_t send_filled(struct skiff_transfer *t, struct skiff_part *part,
			   size_t want)
{
	struct skiff_range *range = &t->fill.range;
	ssize_t n = send_window(t, part, range->pages, want);

	if (!range->pages->bytes) {
		skiff_window_free(range->pages);
		range->pages = NULL;
	}
	return n;
}

/* The file has no byte at the part's position. */
static int end_of_file(struct skiff_part *part)
{
	if (!part->open_ended)
		return -ENODATA;
	part->end = part->pos;
	return 1;
}

/* Send bytes of a FILE piece. Returns as skiff_sink_send(), or sets *cold when
 * the file has to be waited for.
 */
static ssize_t send_file(struct skiff_transfer *t, struct skiff_part *part,
			 size_t want, bool *cold)
{
	bool past_marker = part->pos == t->fill_pos;
	struct skiff_window *w;
	ssize_t n;

	if (t->fill.range.pages)
		return send_filled(t, part, want);

	*cold = true;
	if (!part->source->gather)
		return 0;
	w = skiff_window_alloc();
	if (!w)
		return -ENOMEM;
	n = part->source->gather(part->file, part->pos, want, past_marker, w);
	if (n != -EAGAIN)
		*cold = false;
	if (n > 0)
		n = send_window(t, part, w, want);
	else if (!n)
		n = end_of_file(part);
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
	t->backoff = clamp(t->backoff * 2, 1, BACKOFF_MAX);
	return wait_for(t, SKIFF_SLICE_ROOM);
}

/* Returns > 0 to go on, an errno to end with, or 0 with what to wait for in
 * *wait.
 */
static ssize_t send_some(struct skiff_transfer *t, struct skiff_part *part,
			 int *wait)
{
	int room = skiff_socket_room(t->socket);
	bool cold = false;
	size_t want;
	ssize_t n;

	if (room <= 0 && t->corked && skiff_socket_is_idle(t->socket))
		flush(t);
	if (room <= 0 && !skiff_socket_has_room(t->socket)) {
		/* Has told the protocol that we wait. */
		t->backoff = 0;
		*wait = wait_for(t, SKIFF_SLICE_ROOM);
		return 0;
	}
	if (t->use_ubuf && !skiff_pin_allowed(t->context, t->user)) {
		*wait = wait_for_pins(t);
		return 0;
	}
	want = clamp_t(size_t, max(room, 0), PAGE_SIZE, SKIFF_WINDOW_BYTES);
	want = min_t(loff_t, want, part->end - part->pos);

	n = part->memory ? send_memory(t, part, want) :
			   send_file(t, part, want, &cold);
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

static struct skiff_part *next_part(struct skiff_transfer *t)
{
	while (t->current_part < t->nr_parts) {
		struct skiff_part *part = &t->parts[t->current_part];

		if (part->pos < part->end)
			return part;
		t->current_part++;
		t->fill_pos = -1;
	}
	return NULL;
}

static int collect(struct skiff_transfer *t)
{
	int n = skiff_fill_collect(t);

	if (n == -EAGAIN)
		return SKIFF_SLICE_DISK;
	if (t->waiting == SKIFF_SLICE_DISK)
		skiff_engine_wait_over(t);
	if (!n)
		n = end_of_file(&t->parts[t->current_part]);
	return n < 0 ? n : 0;
}

static bool is_first(struct skiff_transfer *t)
{
	if (t->waiting != SKIFF_SLICE_TURN && t->progress)
		return true;
	if (!skiff_socket_is_turn(t))
		return false;
	skiff_engine_wait_over(t);
	t->progress = jiffies ?: 1;
	return true;
}

/* On a worker, keep out of the way of another thread's lock. */
static bool must_keep_off(struct skiff_transfer *t)
{
	if (!(current->flags & PF_KTHREAD) || !skiff_sink_is_busy(t->socket))
		return false;
	t->backoff = clamp(t->backoff * 2, 1, BACKOFF_MAX);
	return true;
}

/* Every byte is queued. */
static int settle(struct skiff_transfer *t)
{
	int ret;

	if (!t->to_release)
		return 0;
	if (!t->passed_on) {
		skiff_transfer_queued(t);
		WRITE_ONCE(t->receipt.state, SKIFF_STATE_QUEUED);
		skiff_socket_pass_on(t);
		t->backoff = 0;
	}
	ret = skiff_release_check(t);
	if (ret)
		return min(ret, 0);
	t->backoff = clamp(t->backoff * 2, 1, RELEASE_POLL_MAX);
	return wait_for(t, SKIFF_SLICE_RELEASE);
}

static int run_slice(struct skiff_transfer *t)
{
	unsigned int i;
	int wait;

	if (atomic_read(&t->state) & SKIFF_DEAD)
		return -ECANCELED;
	if (t->passed_on)
		return settle(t);
	if (!is_first(t))
		return wait_for(t, SKIFF_SLICE_TURN);
	if (skiff_socket_error(t->socket))
		return skiff_socket_error(t->socket);
	wait = collect(t);
	if (wait)
		return wait;

	for (i = 0; i < SLICE_WINDOWS; i++) {
		struct skiff_part *part = next_part(t);
		ssize_t n;

		if (!part)
			return settle(t);
		if (atomic_read(&t->state) & SKIFF_DEAD)
			return -ECANCELED;
		if (must_keep_off(t))
			return wait_for(t, SKIFF_SLICE_ROOM);
		n = send_some(t, part, &wait);
		if (n < 0)
			return n;
		if (!n)
			return wait;
	}
	return next_part(t) ? SKIFF_SLICE_MORE : settle(t);
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
	if (t->abort && skiff_sink_abort(t->socket, ETIMEDOUT) == -EAGAIN) {
		t->backoff = 1;
		return wait_for(t, SKIFF_SLICE_ROOM);
	}
	return -ETIMEDOUT;
}
