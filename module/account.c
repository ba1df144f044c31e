// SPDX-License-Identifier: GPL-2.0-only
/*
 * The account of a transfer: its receipt, and its share of the global counters.
 *
 * Written by whoever runs the transfer, one value at a time, so that others may
 * read while it changes.
 */
#include <linux/ktime.h>

#include "account.h"
#include "sink.h"
#include "stats.h"
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
