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

static inline void count(const struct skiff_window *w, const struct bio_vec *seg,
		  size_t n, struct skiff_tally *tally)
{
	phys_addr_t start = PFN_PHYS(page_to_pfn(seg->bv_page)) +
			    seg->bv_offset;

	if (!tally->run || start != tally->end) {
		tally->runs++;
		tally->run = 0;
	}
	tally->run += n;
	tally->end = start + n;
	tally->run_max = max(tally->run_max, tally->run);
	tally->bytes += n;
	if (!w->lent && !is_lent(seg))
		tally->copied += n;
}

/* The first @n bytes of the first segment are no longer the window's. Returns
 * whether that was all of it, and so the reference, too.
 */
static bool cut(struct skiff_window *w, size_t n)
{
	struct bio_vec *seg = &w->segments[w->first];

	w->bytes -= n;
	if (n == seg->bv_len) {
		w->first++;
		return true;
	}
	seg->bv_offset += n;
	seg->bv_len -= n;
	return false;
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

		count(w, seg, n, tally);
		if (cut(w, n)) {
			tally->folios++;
			put_segment(seg);
		}
		bytes -= n;
	}
}

/**
 * skiff_window_hand_over() - make a frag of the first bytes
 * @w: the window, not empty
 * @most: bytes
 * @frag: receives what it is to be, within one folio, with a reference to that
 *	which is the caller's: the window's own if it has nothing left there
 * @tally: added to
 */
void skiff_window_hand_over(struct skiff_window *w, size_t most,
			    struct bio_vec *frag, struct skiff_tally *tally)
{
	struct bio_vec *seg = &w->segments[w->first];
	size_t n = min_t(size_t, most, seg->bv_len);

	bvec_set_page(frag, nth_page(seg->bv_page, seg->bv_offset / PAGE_SIZE),
		      n, offset_in_page(seg->bv_offset));
	count(w, seg, n, tally);
	tally->frags++;
	if (cut(w, n))
		tally->folios++;
	else
		folio_get(page_folio(frag->bv_page));
}
