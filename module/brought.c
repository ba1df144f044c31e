// SPDX-License-Identifier: GPL-2.0-only
/*
 * Brought: which pages a read brought into the page cache, and taking them out
 * again.
 *
 * Read-ahead does not say what it did. So the page cache is looked at before
 * (begin) and after (end): what was not there and is there now was brought by
 * the read in between, or by somebody else in that same moment, who cannot have
 * used it yet.
 *
 * A page is dropped unless it was touched since: marked accessed, mapped,
 * written to, as far as the kernel still knows (reclaim makes it forget).
 * Nothing of ours marks it, see source_keep.c. Pages that the kernel takes for
 * hot from the start, since it had reclaimed them not long ago, bear the signs
 * of a second touch; they are remembered, and for them only the signs of
 * another touch count.
 *
 * A page that somebody holds a reference to is in use: by the network, which has
 * not let go of it, or by a reader. The kernel does not remove it then, so
 * there is no race to lose; it is left for the next time. The batches in which
 * the kernel puts new pages on its lists hold references, too: releasing a
 * folio_batch drains those of this CPU, on which the read was, too: watch() is
 * called there.
 *
 * Owner: one thread at a time (trail.c). Context: process, may sleep. No locks;
 * each folio is referenced while it is looked at.
 */
#include <linux/bitmap.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/pagevec.h>
#include <linux/slab.h>

#include "brought.h"

#define TRIES_MAX	8

static pgoff_t end_of(const struct skiff_brought *b)
{
	return b->start + b->nr;
}

/* Settle the pages from @from to before @to. Returns how many of them were not. */
static unsigned int clear(struct skiff_brought *b, pgoff_t from, pgoff_t to)
{
	unsigned long bit, last;
	unsigned int n = 0;

	from = max(from, b->start);
	to = min(to, end_of(b));
	if (from >= to)
		return 0;
	last = to - b->start;
	bit = from - b->start;
	for_each_set_bit_from(bit, b->pages, last) {
		__clear_bit(bit, b->pages);
		n++;
	}
	return n;
}

/* The bit that stands for a folio: that of its first page in the range. */
static unsigned long bit_of(const struct skiff_brought *b,
			    const struct folio *folio)
{
	return max(folio->index, b->start) - b->start;
}

static void clear_present(struct skiff_brought *b)
{
	struct address_space *mapping = b->file->f_mapping;
	pgoff_t next = b->start;
	struct folio_batch batch;
	unsigned int i;

	folio_batch_init(&batch);
	while (filemap_get_folios(mapping, &next, end_of(b) - 1, &batch)) {
		for (i = 0; i < folio_batch_count(&batch); i++) {
			struct folio *folio = batch.folios[i];

			clear(b, folio->index, folio_next_index(folio));
		}
		folio_batch_release(&batch);
		cond_resched();
	}
}

/* Where the pages that are there from @index on end, or @end. */
static pgoff_t end_of_run(struct skiff_brought *b, pgoff_t index, pgoff_t end)
{
	XA_STATE(xas, &b->file->f_mapping->i_pages, index);
	pgoff_t run = index, first;
	void *entry;

	rcu_read_lock();
	xas_for_each(&xas, entry, end - 1) {
		unsigned int order;

		if (xas_retry(&xas, entry))
			continue;
		order = xas_get_order(&xas);
		first = round_down(xas.xa_index, 1UL << order);
		if (xa_is_value(entry) || first > run)
			break;
		run = first + (1UL << order);
	}
	rcu_read_unlock();
	return min(run, end);
}

/* Where those that are not there end: the first page from @index on that is. */
static pgoff_t end_of_gap(struct skiff_brought *b, pgoff_t index, pgoff_t end)
{
	struct folio_batch batch;
	pgoff_t next = index;

	folio_batch_init(&batch);
	if (!filemap_get_folios(b->file->f_mapping, &next, end - 1, &batch))
		return end;
	next = max(index, batch.folios[0]->index);
	folio_batch_release(&batch);
	return min(next, end);
}

/**
 * skiff_brought_begin() - look at the page cache before a read
 * @file: the file
 * @start: first page that it may bring
 * @nr: pages from there on, beyond which it brings none
 *
 * Return: what is not there, or NULL for want of memory
 */
struct skiff_brought *skiff_brought_begin(struct file *file, pgoff_t start,
					  unsigned int nr)
{
	size_t longs = BITS_TO_LONGS(nr);
	struct skiff_brought *b;

	b = kvzalloc(struct_size(b, pages, 2 * longs), GFP_KERNEL_ACCOUNT);
	if (!b)
		return NULL;
	b->file = file;
	b->start = start;
	b->nr = nr;
	b->hot = b->pages + longs;
	bitmap_set(b->pages, 0, nr);
	clear_present(b);
	return b;
}

static bool is_hot(const struct folio *folio)
{
	return folio_test_active(folio) || folio_test_workingset(folio);
}

/* Of the pages from @from to before @to, which are there: how many were before? */
static unsigned int count_found(const struct skiff_brought *b, pgoff_t from,
				pgoff_t to)
{
	unsigned long bit, last = to - b->start;
	unsigned int n = to - from;

	bit = from - b->start;
	for_each_set_bit_from(bit, b->pages, last)
		n--;
	return n;
}

/* Behind the last page before @to that was brought, or 0 if there is none. */
static pgoff_t end_of_brought(const struct skiff_brought *b, pgoff_t to)
{
	unsigned long nr = to - b->start, bit = find_last_bit(b->pages, nr);

	return bit < nr ? b->start + bit + 1 : 0;
}

/**
 * skiff_brought_end() - look at it again after the read
 * @b: from begin()
 * @seen: count from this page on,
 * @next: up to before this one; receives a later one if more was brought
 *
 * Return: pages that were there before
 */
unsigned int skiff_brought_end(struct skiff_brought *b, pgoff_t seen,
			       pgoff_t *next)
{
	pgoff_t index = b->start, end = end_of(b), run, from, cut;
	unsigned int found = 0, later = 0;

	while (index < end) {
		run = end_of_run(b, index, end);
		cut = end_of_brought(b, run);
		/* What was found before that counts, too. */
		if (cut > *next) {
			*next = cut;
			found += later;
			later = 0;
		}
		from = clamp(seen, index, run);
		cut = clamp(*next, from, run);
		found += count_found(b, from, cut);
		later += count_found(b, cut, run);

		index = run < end ? end_of_gap(b, run, end) : end;
		clear(b, run, index);
		cond_resched();
	}
	b->left = bitmap_weight(b->pages, b->nr);
	return found;
}

/**
 * skiff_brought_watch() - pages that were brought are to be dropped later
 * @b: what was brought, just now
 */
void skiff_brought_watch(struct skiff_brought *b)
{
	struct address_space *mapping = b->file->f_mapping;
	pgoff_t next = b->start + find_first_bit(b->pages, b->nr);
	struct folio_batch batch;
	unsigned int i;

	folio_batch_init(&batch);
	while (filemap_get_folios(mapping, &next, end_of(b) - 1, &batch)) {
		for (i = 0; i < folio_batch_count(&batch); i++)
			if (is_hot(batch.folios[i]))
				__set_bit(bit_of(b, batch.folios[i]), b->hot);
		folio_batch_release(&batch);
		cond_resched();
	}
}

static bool is_touched(const struct skiff_brought *b, const struct folio *folio)
{
	if (folio_test_referenced(folio) || folio_mapped(folio) ||
	    folio_test_dirty(folio) || folio_test_writeback(folio))
		return true;
	return is_hot(folio) && !test_bit(bit_of(b, folio), b->hot);
}

/* The caller has a reference, and so has the page cache for each page. */
static bool is_in_use(const struct folio *folio)
{
	return folio_ref_count(folio) > 1 + folio_nr_pages(folio) +
					folio_has_private(folio);
}

/* Pages in a row, counted from the first of what was brought. */
struct run {
	unsigned int first;
	unsigned int last;
};

/* What of a batch can go, in runs. Returns how many. */
static unsigned int find_runs(struct skiff_brought *b, pgoff_t end,
			      struct folio_batch *batch, struct run *runs,
			      unsigned int *spared)
{
	unsigned int i, nr = 0;

	for (i = 0; i < folio_batch_count(batch); i++) {
		struct folio *folio = batch->folios[i];
		pgoff_t next = folio_next_index(folio);

		if (!test_bit(bit_of(b, folio), b->pages))
			continue;
		/* What reaches further than the read did is not from it. */
		if (is_touched(b, folio) || next > end_of(b)) {
			*spared += clear(b, folio->index, next);
			continue;
		}
		if (next > end || is_in_use(folio))
			continue;
		if (!nr || runs[nr - 1].last + 1 != bit_of(b, folio))
			runs[nr++].first = bit_of(b, folio);
		runs[nr - 1].last = next - 1 - b->start;
	}
	return nr;
}

/* Returns up to before which page it came: where a whole batch is in use, there
 * is no point in going on, unless this is to be @thorough.
 */
static pgoff_t drop_present(struct skiff_brought *b, pgoff_t end, bool thorough,
			    unsigned int *spared)
{
	struct address_space *mapping = b->file->f_mapping;
	pgoff_t next = b->start + find_first_bit(b->pages, b->nr);
	struct run runs[PAGEVEC_SIZE];
	struct folio_batch batch;
	unsigned int i, nr = 1;

	folio_batch_init(&batch);
	while (next < end && (nr || thorough) &&
	       filemap_get_folios(mapping, &next, end - 1, &batch)) {
		nr = find_runs(b, end, &batch, runs, spared);
		folio_batch_release(&batch);
		for (i = 0; i < nr; i++)
			invalidate_mapping_pages(mapping,
						 b->start + runs[i].first,
						 b->start + runs[i].last);
		cond_resched();
	}
	return min(next, end);
}

/* Returns how many were settled by not being there, up to before @end. */
static unsigned int clear_absent(struct skiff_brought *b, pgoff_t end)
{
	pgoff_t index = b->start + find_first_bit(b->pages, b->nr), gap;
	unsigned int n = 0;

	while (index < end) {
		gap = end_of_gap(b, index, end);
		n += clear(b, index, gap);
		index = gap < end ? end_of_run(b, gap, end) : end;
	}
	return n;
}

/* The network lets go of pages in their order: as long as it has the first, there
 * is no point in looking at the others, unless that goes on for long, and the
 * first is somebody else's.
 */
static bool is_too_early(struct skiff_brought *b, pgoff_t end)
{
	pgoff_t first = b->start + find_first_bit(b->pages, b->nr);
	struct folio *folio;
	bool early;

	if (first >= end)
		return true;
	folio = filemap_get_folio(b->file->f_mapping, first);
	if (IS_ERR(folio))
		return false;
	early = folio_next_index(folio) > end ||
		(is_in_use(folio) && !is_touched(b, folio));
	folio_put(folio);
	return early;
}

/**
 * skiff_brought_drop() - drop pages that nobody uses
 * @b: what was brought
 * @end: nothing from this page on
 * @last: there will be no other time
 * @spared: added to: pages that were touched, and stay
 *
 * Return: pages that are gone. Those that are neither are @b->left.
 */
unsigned int skiff_brought_drop(struct skiff_brought *b, pgoff_t end, bool last,
				unsigned int *spared)
{
	unsigned int touched = 0, gone;
	bool thorough;

	end = min(end, end_of(b));
	if (end <= b->start)
		return 0;
	thorough = last || !(++b->tries % TRIES_MAX);
	if (!thorough && is_too_early(b, end))
		return 0;
	end = drop_present(b, end, thorough, &touched);
	gone = clear_absent(b, end);
	b->left -= touched + gone;
	*spared += touched;
	return gone;
}

void skiff_brought_free(struct skiff_brought *b)
{
	kvfree(b);
}
