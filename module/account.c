// SPDX-License-Identifier: GPL-2.0-only
/*
 * The account of a transfer: its receipt, and its share of the global counters.
 *
 * Written by whoever runs the transfer, one value at a time, so that others may
 * read while it changes.
 */
#include <linux/ktime.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "account.h"
#include "read.h"
#include "sink.h"
#include "stats.h"
#include "trace.h"
#include "transfer.h"

/* Receipt and global counter in one. The receipt has one writer at a time. */
#define count(t, name, n) do {						\
	u64 n_ = (n);							\
									\
	WRITE_ONCE((t)->receipt.name, (t)->receipt.name + n_);		\
	skiff_stats_add(name, n_);					\
} while (0)

/* The transfer no longer waits for what it waited for. */
void skiff_account_wait_over(struct skiff_transfer *t)
{
	u64 ns;

	if (!t->waiting)
		return;
	ns = ktime_get_ns() - t->waiting_since;
	switch (t->waiting) {
	case SKIFF_SLICE_TURN:
		count(t, turn_wait_ns, ns);
		trace_skiff_turn_wait(t, ns);
		break;
	case SKIFF_SLICE_ROOM:
		count(t, room_wait_ns, ns);
		trace_skiff_room_wait(t, ns);
		break;
	case SKIFF_SLICE_DISK:
		count(t, disk_wait_ns, ns);
		trace_skiff_disk_wait(t, ns);
		break;
	case SKIFF_SLICE_RELEASE:
		count(t, release_wait_ns, ns);
		trace_skiff_release_wait(t, ns);
		break;
	}
	t->waiting = 0;
}

/* It waits for @what, if it did not already. Returns @what. */
int skiff_account_wait(struct skiff_transfer *t, int what)
{
	if (t->waiting == what)
		return what;
	skiff_account_wait_over(t);
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
	case SKIFF_SLICE_RELEASE:
		count(t, release_waits, 1);
		break;
	}
	return what;
}

/* Bytes that the socket was to copy: why? */
static void count_by_socket(struct skiff_transfer *t, bool no_sg, size_t n)
{
	if (t->receipt.reason != SKIFF_REASON_REQUESTED &&
	    (no_sg || t->receipt.reason == SKIFF_REASON_NO_SG))
		count(t, copied_no_sg, n);
	else
		count(t, copied_socket, n);
}

static void count_copied(struct skiff_transfer *t, size_t memory,
			 size_t no_page_cache, size_t socket, bool no_sg)
{
	if (memory)
		count(t, copied_memory, memory);
	if (no_page_cache)
		count(t, copied_no_page_cache, no_page_cache);
	if (socket)
		count_by_socket(t, no_sg, socket);
	memory += no_page_cache + socket;
	if (memory)
		count(t, bytes_copied, memory);
}

static void count_by_ref(struct skiff_transfer *t, enum skiff_rung rung,
			 size_t n)
{
	count(t, bytes_by_ref, n);
	if (rung == SKIFF_RUNG_UBUF)
		count(t, ref_ubuf, n);
	else
		count(t, ref_splice, n);
}

static void count_pages(struct skiff_transfer *t,
			const struct skiff_tally *tally)
{
	count(t, folios, tally->folios);
	if (tally->frags)
		count(t, frags, tally->frags);
	count(t, segments, tally->runs);
	if (tally->run_max > t->receipt.segment_max)
		WRITE_ONCE(t->receipt.segment_max, tally->run_max);
}

/* Bytes that TCP has sent again since the connection began. */
static u64 resent(const struct skiff_transfer *t)
{
	const struct sock *sk = t->socket->sk;

	return sk_is_tcp(sk) ? READ_ONCE(tcp_sk(sk)->bytes_retrans) : 0;
}

/**
 * skiff_account_sent() - the socket took bytes
 * @t: the transfer
 * @send: what it took
 * @n: bytes
 * @memory: of these, of MEMORY pieces
 */
void skiff_account_sent(struct skiff_transfer *t, const struct skiff_send *send,
			size_t n, size_t memory)
{
	const struct skiff_tally *tally = &send->tally;

	skiff_account_wait_over(t);
	if (!t->receipt.first_ns) {
		WRITE_ONCE(t->receipt.first_ns, ktime_get_ns());
		t->resent = resent(t);
	}
	count(t, windows, 1);
	count(t, bytes_queued, n);
	if (send->encrypted)
		count(t, encrypted, n);
	if (send->device && send->device != t->receipt.device)
		WRITE_ONCE(t->receipt.device, send->device);
	if (send->rung == SKIFF_RUNG_COPY) {
		count_copied(t, memory, 0, n - memory, send->no_sg);
		return;
	}
	count_copied(t, memory, tally->copied, 0, false);
	if (n > memory + tally->copied)
		count_by_ref(t, send->rung, n - memory - tally->copied);
	count_pages(t, tally);
}

/* A fill brought pages into the page cache, @ahead: while there were others to
 * send. By the fill, not by the runner: these counters are nobody else's.
 */
void skiff_account_brought(struct skiff_transfer *t, unsigned int pages,
			   bool ahead)
{
	if (!pages)
		return;
	count(t, pages_read, pages);
	count(t, read_cache, (u64)pages << PAGE_SHIFT);
	if (ahead)
		count(t, pages_ahead, pages);
}

/**
 * skiff_account_found() - a fill is through
 * @t: the transfer
 * @r: what it found
 */
void skiff_account_found(struct skiff_transfer *t, const struct skiff_range *r)
{
	struct skiff_part *part = &t->parts[r->part];
	pgoff_t from = r->pos >> PAGE_SHIFT;

	if (r->waited)
		count(t, pages_waited, r->waited);
	if (!r->next)
		return;
	/* Read-ahead begins where the first page is missing. */
	if (from > part->seen)
		count(t, pages_valid, from - part->seen);
	if (r->found)
		count(t, pages_valid, r->found);
	part->seen = max3(part->seen, from, r->next);
}

/**
 * skiff_account_passed() - a part was sent up to its position
 * @t: the transfer
 * @index: of the part
 *
 * What was not read by a fill was there. While one is under way it is left to
 * that to say so.
 */
void skiff_account_passed(struct skiff_transfer *t, unsigned int index)
{
	struct skiff_part *part = &t->parts[index];
	pgoff_t next = DIV_ROUND_UP(part->pos, PAGE_SIZE);

	if (!part->source || !part->source->cached || next <= part->seen ||
	    (t->fill.range.part == index && t->fill.fresh))
		return;
	count(t, pages_valid, next - part->seen);
	part->seen = next;
}

/* What drop found when it came back. By who owns the trail, not by the runner:
 * these counters are nobody else's.
 */
void skiff_account_dropped(struct skiff_transfer *t, unsigned int dropped,
			   unsigned int spared)
{
	if (dropped)
		count(t, pages_dropped, dropped);
	if (spared)
		count(t, pages_spared, spared);
}

/* A direct read of the source direct brought @bytes. By the runner. */
void skiff_account_direct(struct skiff_transfer *t, enum skiff_told told,
			  size_t bytes)
{
	switch (told) {
	case SKIFF_TOLD_DIRECT:
		count(t, read_direct, bytes);
		break;
	case SKIFF_TOLD_BUFFERED:
		count(t, read_buffered, bytes);
		break;
	case SKIFF_TOLD_NOTHING:
		count(t, read_unknown, bytes);
		break;
	}
}

/* The network has let go of @bytes more. By the work that sees to landings; or by
 * the runner, when all have landed.
 */
void skiff_account_released(struct skiff_transfer *t, u64 bytes)
{
	count(t, bytes_released, bytes);
}

/* A worker was woken for it. By the fill. */
void skiff_account_fill(struct skiff_transfer *t)
{
	count(t, fills, 1);
}

/* The transfer ends, and is still at its socket. (A connection that ended, and
 * was made anew, counts from 0.)
 */
void skiff_account_end(struct skiff_transfer *t)
{
	u64 now = t->receipt.first_ns ? resent(t) : 0;

	skiff_account_wait_over(t);
	if (now > t->resent)
		count(t, retransmitted, now - t->resent);
}
