// SPDX-License-Identifier: GPL-2.0-only
/*
 * The account of a transfer: its receipt, and its share of the global counters.
 *
 * Written by whoever runs the transfer, one value at a time, so that others may
 * read while it changes.
 */
#include <linux/ktime.h>

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
	}
	return what;
}

static void count_copied(struct skiff_transfer *t, size_t memory,
			 size_t no_page_cache, size_t socket)
{
	if (memory)
		count(t, copied_memory, memory);
	if (no_page_cache)
		count(t, copied_no_page_cache, no_page_cache);
	if (socket)
		count(t, copied_socket, socket);
	memory += no_page_cache + socket;
	if (memory)
		count(t, bytes_copied, memory);
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
	if (!t->receipt.first_ns)
		WRITE_ONCE(t->receipt.first_ns, ktime_get_ns());
	count(t, windows, 1);
	count(t, bytes_queued, n);
	if (send->rung == SKIFF_RUNG_COPY) {
		count_copied(t, memory, 0, n - memory);
		return;
	}
	count_copied(t, memory, tally->copied, 0);
	if (n > memory + tally->copied)
		count(t, bytes_by_ref, n - memory - tally->copied);
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
	part->seen = max(part->seen, r->next);
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
