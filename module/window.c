// SPDX-License-Identifier: GPL-2.0-only
/*
 * A window: folios on their way from a source into a socket.
 *
 * Owner: one thread at a time. A slice of the engine fills a window from the
 * page cache, sends it and frees it before it returns, so that a transfer that
 * waits holds no folio. Pages that a file system gave (pipe, read) arrive in a
 * window that its fill owns until the transfer has sent the last of it.
 *
 * References: a source takes one to each folio and hands it over with
 * skiff_window_add(). The socket takes references of its own (MSG_SPLICE_PAGES)
 * or copies. skiff_window_advance() drops the window's once a segment is sent,
 * skiff_window_free() those of what was not.
 */
#include <linux/pagemap.h>
#include <linux/pfn.h>
#include <linux/slab.h>

#include "window.h"

struct skiff_window *skiff_window_alloc(void)
{
	struct skiff_window *w;

	BUILD_BUG_ON(sizeof(*w) > SZ_4K);

	w = kmalloc(sizeof(*w), GFP_KERNEL);
	if (w) {
		w->first = 0;
		w->nr = 0;
		w->bytes = 0;
		w->lent = true;
	}
	return w;
}

static void put_segment(const struct bio_vec *seg)
{
	folio_put(page_folio(seg->bv_page));
}

void skiff_window_free(struct skiff_window *w)
{
	if (!w)
		return;
	for (; w->first < w->nr; w->first++)
		put_segment(&w->segments[w->first]);
	kfree(w);
}

/* A page that a splice_read method made for us to hold a copy has no mapping.
 * Neither has a page that was truncated since, or the page of zeroes that
 * shmem gives for a hole; the first we cannot tell from a copy and call it
 * one, which errs on the side that promises less.
 */
static bool is_lent(const struct bio_vec *seg)
{
	return page_folio(seg->bv_page)->mapping ||
	       is_zero_pfn(page_to_pfn(seg->bv_page));
}

/**
 * skiff_window_lent() - bytes up to the first segment that is a copy
 * @w: the window
 */
size_t skiff_window_lent(const struct skiff_window *w)
{
	unsigned int i;
	size_t n = 0;

	if (w->lent)
		return w->bytes;
	for (i = w->first; i < w->nr && is_lent(&w->segments[i]); i++)
		n += w->segments[i].bv_len;
	return n;
}

/**
 * skiff_window_advance() - forget the first @bytes, which are sent
 * @w: the window
 * @bytes: at most w->bytes
 * @tally: receives what they were
 */
void skiff_window_advance(struct skiff_window *w, size_t bytes,
			  struct skiff_tally *tally)
{
	phys_addr_t end = 0;
	size_t run = 0;

	*tally = (struct skiff_tally){ .bytes = bytes };
	w->bytes -= bytes;

	while (bytes) {
		struct bio_vec *seg = &w->segments[w->first];
		phys_addr_t start = PFN_PHYS(page_to_pfn(seg->bv_page)) +
				    seg->bv_offset;
		size_t n = min_t(size_t, bytes, seg->bv_len);

		if (!run || start != end) {
			tally->runs++;
			run = 0;
		}
		run += n;
		end = start + n;
		tally->run_max = max(tally->run_max, run);
		tally->folios++;
		if (!w->lent && !is_lent(seg))
			tally->copied += n;

		bytes -= n;
		if (n < seg->bv_len) {
			seg->bv_offset += n;
			seg->bv_len -= n;
			break;
		}
		put_segment(seg);
		w->first++;
	}
}
