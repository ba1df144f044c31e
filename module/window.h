/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_WINDOW_H
#define _SKIFF_WINDOW_H

#include <linux/bvec.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/uio.h>

/* With its header a window is one 4 KiB object; full, it holds 1020 KiB of
 * 4 KiB folios, and past 128 segments a longer one gains little.
 */
#define SKIFF_WINDOW_SEGMENTS	255
#define SKIFF_WINDOW_BYTES	(SKIFF_WINDOW_SEGMENTS * PAGE_SIZE)

/**
 * struct skiff_window - folios on their way from a source into a socket
 * @first: index of the first segment not yet sent
 * @nr: index after the last segment, at most
 * @max: so many
 * @lent: whether every segment is the file's own memory. A source that cannot
 *	say so clears it, and skiff_window_lent() looks at each folio.
 * @bytes: bytes in the segments not yet sent
 * @segments: each is a part of one folio, and owns one reference to it
 */
struct skiff_window {
	unsigned short first;
	unsigned short nr;
	unsigned short max;
	bool lent;
	unsigned int bytes;
	struct bio_vec segments[] __counted_by(max);
};

/**
 * struct skiff_tally - what a socket took of a window
 * @bytes: all of them
 * @copied: of these, not the file's own memory
 * @folios: segments that they are from
 * @frags: frags that were made of them, where that is known
 * @runs: physically contiguous runs
 * @run_max: bytes in the longest
 * @run: bytes in the last, which ends at
 * @end: this physical address
 * @last: segment that was counted last
 */
struct skiff_tally {
	size_t bytes;
	size_t copied;
	unsigned int folios;
	unsigned int frags;
	unsigned int runs;
	size_t run_max;
	size_t run;
	phys_addr_t end;
	const struct bio_vec *last;
};

struct skiff_window *skiff_window_alloc(size_t bytes);
void skiff_window_empty(struct skiff_window *w);
void skiff_window_free(struct skiff_window *w);

static inline void skiff_window_init(struct skiff_window *w, unsigned int max)
{
	w->first = 0;
	w->nr = 0;
	w->max = max;
	w->lent = true;
	w->bytes = 0;
}

static inline bool skiff_window_full(const struct skiff_window *w)
{
	return w->nr == w->max;
}

/* The window takes over the caller's reference to the page's folio. */
static inline void skiff_window_add(struct skiff_window *w, struct page *page,
				    unsigned int len, unsigned int offset)
{
	bvec_set_page(&w->segments[w->nr++], page, len, offset);
	w->bytes += len;
}

/* The first @len bytes of what is left. Valid until the window changes. */
static inline void skiff_window_iter(const struct skiff_window *w, size_t len,
				     struct iov_iter *iter)
{
	iov_iter_bvec(iter, ITER_SOURCE, w->segments + w->first,
		      w->nr - w->first, len);
}

size_t skiff_window_lent(const struct skiff_window *w);
void skiff_window_advance(struct skiff_window *w, size_t bytes,
			  struct skiff_tally *tally);

/* For each frag, hence inline: */

/* A page that a splice_read method made for us to hold a copy has no mapping.
 * Neither has a page that was truncated since, or the page of zeroes that
 * shmem gives for a hole; the first we cannot tell from a copy and call it
 * one, which errs on the side that promises less.
 */
static inline bool skiff_window_is_lent(const struct bio_vec *seg)
{
	return page_folio(seg->bv_page)->mapping ||
	       is_zero_pfn(page_to_pfn(seg->bv_page));
}

static inline void skiff_window_count(const struct skiff_window *w,
				      const struct bio_vec *seg, size_t n,
				      struct skiff_tally *tally)
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
	if (tally->last != seg) {
		tally->last = seg;
		tally->folios++;
	}
	if (!w->lent && !skiff_window_is_lent(seg))
		tally->copied += n;
}

/* The first @n bytes of the first segment are no longer the window's. Returns
 * whether that was all of it, and so the reference, too.
 */
static inline bool skiff_window_cut(struct skiff_window *w, size_t n)
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
 * skiff_window_hand_over() - make a frag of the first bytes
 * @w: the window, not empty
 * @most: bytes
 * @frag: receives what it is to be, within one folio, with a reference to that
 *	which is the caller's: the window's own if it has nothing left there
 * @tally: added to
 */
static inline void skiff_window_hand_over(struct skiff_window *w, size_t most,
					  struct bio_vec *frag,
					  struct skiff_tally *tally)
{
	struct bio_vec *seg = &w->segments[w->first];
	size_t n = min_t(size_t, most, seg->bv_len);

	bvec_set_page(frag, nth_page(seg->bv_page, seg->bv_offset / PAGE_SIZE),
		      n, offset_in_page(seg->bv_offset));
	skiff_window_count(w, seg, n, tally);
	tally->frags++;
	if (!skiff_window_cut(w, n))
		folio_get(page_folio(frag->bv_page));
}

#endif
