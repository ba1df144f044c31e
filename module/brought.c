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
 * folio_batch drains those of this CPU. (Those of another stay in use until that
 * has more to put there.)
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

/* Returns how many were settled by not being there, up to before @end. */
static unsigned int clear_absent(struct skiff_brought *b, pgoff_t end)
{
	struct address_space *mapping = b->file->f_mapping;
	pgoff_t next = b->start, gap = b->start;
	struct folio_batch batch;
	unsigned int i, n = 0;

	folio_batch_init(&batch);
	while (filemap_get_folios(mapping, &next, end - 1, &batch)) {
		for (i = 0; i < folio_batch_count(&batch); i++) {
			n += clear(b, gap, batch.folios[i]->index);
			gap = folio_next_index(batch.folios[i]);
		}
		folio_batch_release(&batch);
		cond_resched();
	}
	return n + clear(b, gap, end);
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

/**
 * skiff_brought_end() - look at it again after the read
 * @b: from begin()
 * @seen: count from this page on,
 * @end: up to before this one; nothing was brought from there on
 *
 * Return: pages that were there before
 */
unsigned int skiff_brought_end(struct skiff_brought *b, pgoff_t seen,
			       pgoff_t end)
{
	struct address_space *mapping = b->file->f_mapping;
	pgoff_t next = b->start, gap = b->start;
	struct folio_batch batch;
	unsigned int i, found = 0;

	clear(b, end, end_of(b));
	end = min(end, end_of(b));
	folio_batch_init(&batch);
	while (next < end &&
	       filemap_get_folios(mapping, &next, end - 1, &batch)) {
		for (i = 0; i < folio_batch_count(&batch); i++) {
			struct folio *folio = batch.folios[i];
			pgoff_t from = max(folio->index, seen);

			clear(b, gap, folio->index);
			gap = folio_next_index(folio);
			if (!test_bit(bit_of(b, folio), b->pages))
				found += min(gap, end) - min(from, min(gap, end));
			else if (is_hot(folio))
				__set_bit(bit_of(b, folio), b->hot);
		}
		folio_batch_release(&batch);
		cond_resched();
	}
	clear(b, gap, end);
	b->left = bitmap_weight(b->pages, b->nr);
	return found;
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

struct run {
	pgoff_t first;
	pgoff_t last;
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
		if (!nr || runs[nr - 1].last + 1 != folio->index)
			runs[nr++].first = folio->index;
		runs[nr - 1].last = next - 1;
	}
	return nr;
}

static void drop_present(struct skiff_brought *b, pgoff_t end,
			 unsigned int *spared)
{
	struct address_space *mapping = b->file->f_mapping;
	pgoff_t next = b->start + find_first_bit(b->pages, b->nr);
	struct run runs[PAGEVEC_SIZE];
	struct folio_batch batch;
	unsigned int i, nr;

	folio_batch_init(&batch);
	while (next < end &&
	       filemap_get_folios(mapping, &next, end - 1, &batch)) {
		nr = find_runs(b, end, &batch, runs, spared);
		folio_batch_release(&batch);
		for (i = 0; i < nr; i++)
			invalidate_mapping_pages(mapping, runs[i].first,
						 runs[i].last);
		cond_resched();
	}
}

/**
 * skiff_brought_drop() - drop pages that nobody uses
 * @b: what was brought
 * @end: nothing from this page on
 * @spared: added to: pages that were touched, and stay
 *
 * Return: pages that are gone. Those that are neither are @b->left.
 */
unsigned int skiff_brought_drop(struct skiff_brought *b, pgoff_t end,
				unsigned int *spared)
{
	unsigned int touched = 0, gone;

	end = min(end, end_of(b));
	if (end <= b->start)
		return 0;
	drop_present(b, end, &touched);
	gone = clear_absent(b, end);
	b->left -= touched + gone;
	*spared += touched;
	return gone;
}

void skiff_brought_free(struct skiff_brought *b)
{
	kvfree(b);
}
