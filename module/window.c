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
 * skiff_window_add(). On the rung UBUF it becomes that of a frag, without
 * another one being taken, unless the folio is cut. Else the socket takes
 * references of its own (MSG_SPLICE_PAGES) or copies, and skiff_window_advance()
 * drops the window's once a segment is sent. skiff_window_free() drops those of
 * what was not sent.
 */
#include <linux/pagemap.h>
#include <linux/pfn.h>
#include <linux/slab.h>

#include "window.h"

/**
 * skiff_window_alloc() - an empty window
 * @bytes: what it is to hold; up to SKIFF_WINDOW_BYTES it can, wherever in a
 *	page they begin
 */
struct skiff_window *skiff_window_alloc(size_t bytes)
{
	unsigned int max = min_t(size_t, DIV_ROUND_UP(bytes, PAGE_SIZE) + 1,
				 SKIFF_WINDOW_SEGMENTS);
	struct skiff_window *w;

	BUILD_BUG_ON(struct_size(w, segments, SKIFF_WINDOW_SEGMENTS) > SZ_4K);

	w = kmalloc(struct_size(w, segments, max), GFP_KERNEL);
	if (w)
		skiff_window_init(w, max);
	return w;
}

static void put_segment(const struct bio_vec *seg)
{
	folio_put(page_folio(seg->bv_page));
}

/* Put what was not sent. */
void skiff_window_empty(struct skiff_window *w)
{
	for (; w->first < w->nr; w->first++)
		put_segment(&w->segments[w->first]);
}

void skiff_window_free(struct skiff_window *w)
{
	if (!w)
		return;
	skiff_window_empty(w);
	kfree(w);
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
	for (i = w->first; i < w->nr && skiff_window_is_lent(&w->segments[i]); i++)
		n += w->segments[i].bv_len;
	return n;
}

/**
 * skiff_window_advance() - forget the first @bytes, which are sent
 * @w: the window
 * @bytes: at most w->bytes
 * @tally: added to
 */
void skiff_window_advance(struct skiff_window *w, size_t bytes,
			  struct skiff_tally *tally)
{
	while (bytes) {
		struct bio_vec *seg = &w->segments[w->first];
		size_t n = min_t(size_t, bytes, seg->bv_len);

		skiff_window_count(w, seg, n, tally);
		if (skiff_window_cut(w, n))
			put_segment(seg);
		bytes -= n;
	}
}
