// SPDX-License-Identifier: GPL-2.0-only
/*
 * keep: the ordinary page cache; and drop, which leaves nothing in it.
 *
 * gather() never sleeps: it takes folios that are uptodate and present, and
 * stops at the first that is not. Where it passes the read-ahead marker it says
 * so: to go on reading ahead allocates and submits I/O, which is for ahead() to
 * do beside. That clears the marker, so that each costs this once, wherever it
 * was left from. (The bit means something else while a folio is written back.)
 *
 * fill() may sleep. It starts read-ahead by the transfer's own state, then
 * reads the folio into an iterator that discards: the file system takes its own
 * locks, waits for the folio and reads it if read-ahead did not, and the CPU
 * copies nothing. It is asked for the whole folio, because one that is only
 * partially uptodate (a block was written into a page that was not cached) is
 * as good as read to who asks for that part, but cannot be sent; and not for
 * more, because the wait is for one folio. With IOCB_WAITQ the wait is left to
 * an entry in the folio's wait queue, so that nobody sleeps for the disk; what
 * the file system may sleep for all the same are its locks, its metadata and
 * memory. O_DIRECT on the descriptor is not for these reads.
 *
 * What a fill brings into the page cache is looked up (brought.c), as the receipt
 * says it. For drop it is left in the transfer's trail (trail.c), which takes it
 * out again unless somebody touched it. That somebody must not be we: drop marks
 * no folio accessed, and takes back the mark of its own read.
 *
 * References: gather() hands the look-up's reference to the window. No lock is
 * held across anything. A folio may be truncated or reclaimed once it is
 * looked up; its memory is ours until the reference is put, and what it held
 * when the size was looked at was file content: the size is read after the
 * folio was found uptodate, so that bytes beyond the end of the file, which a
 * concurrent write may be exposing, are never sent.
 */
#include <linux/ktime.h>
#include <linux/pagemap.h>
#include <linux/pagevec.h>
#include <linux/swap.h>
#include <linux/uio.h>

#include "brought.h"
#include "source.h"
#include "trail.h"
#include "window.h"

static bool is_poisoned(struct folio *folio)
{
	return folio_test_hwpoison(folio) ||
	       (folio_test_large(folio) && folio_test_has_hwpoisoned(folio));
}

/* Add what is left of @want in @folio from @pos on; takes over the reference
 * if it returns a positive count.
 */
static __always_inline ssize_t add_folio(struct file *file, struct folio *folio,
					 loff_t pos, size_t want,
					 struct skiff_window *w)
{
	size_t offset = offset_in_folio(folio, pos);
	size_t n = min(want, folio_size(folio) - offset);
	loff_t size;

	if (is_poisoned(folio))
		return -EIO;

	size = skiff_source_size(file);
	if (pos >= size)
		return 0;
	n = min_t(loff_t, n, size - pos);

	if (ARCH_IMPLEMENTS_FLUSH_DCACHE_PAGE &&
	    mapping_writably_mapped(file->f_mapping))
		flush_dcache_folio(folio);
	skiff_window_add(w, folio_page(folio, offset / PAGE_SIZE), n,
			 offset_in_page(offset));
	return n;
}

static bool is_marker(const struct folio *folio)
{
	return folio_test_readahead(folio) && !folio_test_writeback(folio);
}

static __always_inline ssize_t gather(struct file *file, loff_t pos,
				      size_t want, loff_t *marker,
				      struct skiff_window *w, bool mark)
{
	pgoff_t last = (pos + want - 1) >> PAGE_SHIFT;
	struct folio_batch batch __uninitialized;
	size_t done = 0;
	ssize_t n = -EAGAIN;
	unsigned int i;

	folio_batch_init(&batch);
	while (done < want && !skiff_window_full(w)) {
		pgoff_t next = (pos + done) >> PAGE_SHIFT;

		if (!filemap_get_folios_contig(file->f_mapping, &next, last,
					       &batch))
			break;

		for (i = 0; i < folio_batch_count(&batch); i++) {
			struct folio *folio = batch.folios[i];

			n = -EAGAIN;
			if (done == want || skiff_window_full(w) ||
			    !folio_test_uptodate(folio))
				break;
			if (is_marker(folio))
				*marker = folio_pos(folio);
			n = add_folio(file, folio, pos + done, want - done, w);
			if (n <= 0)
				break;
			if (mark)
				folio_mark_accessed(folio);
			done += n;
		}
		/* The window has the references of the folios before i. */
		if (i < folio_batch_count(&batch)) {
			for (; i < folio_batch_count(&batch); i++)
				folio_put(batch.folios[i]);
			break;
		}
		folio_batch_reinit(&batch);
		n = -EAGAIN;
	}
	return done ?: n;
}

static ssize_t keep_gather(struct skiff_part *part, size_t want,
			   loff_t *marker, struct skiff_window *w)
{
	return gather(part->file, part->pos, want, marker, w, true);
}

static ssize_t drop_gather(struct skiff_part *part, size_t want,
			   loff_t *marker, struct skiff_window *w)
{
	return gather(part->file, part->pos, want, marker, w, false);
}

/* No more at once than a window: the kernel would make it longer for that. */
static unsigned long pages_at_once(const struct skiff_range *r)
{
	unsigned long nr = DIV_ROUND_UP(offset_in_page(r->pos) + r->want,
					PAGE_SIZE);

	return min_t(unsigned long, nr, max(r->ra.ra_pages, 1U));
}

static void start_next(struct skiff_range *r, struct folio *folio)
{
	DEFINE_READAHEAD(ractl, r->file, &r->ra, r->file->f_mapping,
			 folio->index);

	r->ahead_ns = ktime_get_ns();
	page_cache_async_ra(&ractl, folio, pages_at_once(r));
}

/* The next window begins where the last one ends, or the first page is missing
 * within as many pages from here as it may have. In a file system with large
 * folios, the kernel that meets a page which is there begins to count its window
 * anew from that.
 */
static struct skiff_brought *look(struct skiff_range *r)
{
	pgoff_t first = r->pos >> PAGE_SHIFT;
	pgoff_t last_end = r->ra.start + r->ra.size;
	unsigned int most = max(r->ra.ra_pages, 1U);

	/* The batches that new pages are in are this CPU's until note(). */
	if (r->trail)
		migrate_disable();
	return skiff_brought_begin(r->file, first,
				   max(first + 1 + most, last_end) + 2 * most -
				   first);
}

/* What was brought since, up to before page @end or that of the window; or as many
 * pages as were asked for: what the kernel takes for a random read it reads
 * without a window.
 */
static void note(struct skiff_range *r, struct skiff_brought *b, pgoff_t end)
{
	pgoff_t asked = (r->pos >> PAGE_SHIFT) + pages_at_once(r);

	r->next = max3(end, asked, (pgoff_t)(r->ra.start + r->ra.size));
	if (b) {
		r->found = skiff_brought_end(b, r->seen, &r->next);
		r->read = b->left;
	}
	if (r->trail && r->read) {
		skiff_brought_watch(b);
		skiff_trail_add(r->trail, b, r->part);
	} else {
		skiff_brought_free(b);
	}
	if (r->trail)
		migrate_enable();
}

static void drop_sent(struct skiff_range *r)
{
	if (r->trail)
		skiff_trail_drop(r->trail, r->sent_part, r->sent);
}

static void keep_ahead(struct skiff_range *r)
{
	struct folio *folio = filemap_get_folio(r->file->f_mapping,
						r->pos >> PAGE_SHIFT);
	struct skiff_brought *b;

	if (IS_ERR(folio))
		return;
	if (is_marker(folio)) {
		b = look(r);
		start_next(r, folio);
		note(r, b, 0);
		drop_sent(r);
	}
	folio_put(folio);
}

/**
 * struct target - the folio at the first byte
 * @there: whether there is one; else the page where it would be
 * @marked: somebody marked it accessed
 * @pos: its first byte
 * @size: its bytes
 */
struct target {
	bool there;
	bool marked;
	loff_t pos;
	size_t size;
};

static void describe(struct target *target, struct folio *folio)
{
	target->there = true;
	target->marked = folio_test_referenced(folio);
	target->pos = folio_pos(folio);
	target->size = folio_size(folio);
}

static struct folio *read_first(struct skiff_range *r)
{
	pgoff_t index = r->pos >> PAGE_SHIFT;
	DEFINE_READAHEAD(ractl, r->file, &r->ra, r->file->f_mapping, index);

	r->ahead_ns = ktime_get_ns();
	page_cache_sync_ra(&ractl, pages_at_once(r));
	return filemap_get_folio(r->file->f_mapping, index);
}

/* The first byte is needed. Somebody, most likely our own read-ahead, may be
 * reading it already; else that starts here. It may be what bears the marker for
 * the next window: if that were left there, the read of the folio would read
 * ahead by the descriptor's state.
 */
static struct target read_ahead(struct skiff_range *r)
{
	struct folio *folio = filemap_get_folio(r->file->f_mapping,
						r->pos >> PAGE_SHIFT);
	struct target target = {
		.pos = round_down(r->pos, PAGE_SIZE),
		.size = PAGE_SIZE,
	};

	if (IS_ERR(folio)) {
		folio = read_first(r);
		r->read_ns = r->ahead_ns;
	} else {
		r->read_ns = folio_test_uptodate(folio) ? 0 : r->ahead_ns;
	}
	if (!IS_ERR(folio)) {
		if (is_marker(folio))
			start_next(r, folio);
		describe(&target, folio);
		folio_put(folio);
	}
	r->ra.prev_pos = r->pos;
	return target;
}

static void take_back_mark(const struct skiff_range *r)
{
	struct folio *folio = filemap_get_folio(r->file->f_mapping,
						r->pos >> PAGE_SHIFT);

	if (IS_ERR(folio))
		return;
	folio_clear_referenced(folio);
	folio_put(folio);
}

static ssize_t read_folio(struct skiff_range *r, const struct target *target,
			  struct wait_page_queue *folio)
{
	struct kiocb iocb;
	struct iov_iter iter;

	init_sync_kiocb(&iocb, r->file);
	iocb.ki_flags &= ~IOCB_DIRECT;
	if (folio) {
		iocb.ki_flags |= IOCB_WAITQ;
		iocb.ki_waitq = folio;
	}
	iocb.ki_pos = target->pos;
	iov_iter_discard(&iter, ITER_DEST, target->size);
	return r->file->f_op->read_iter(&iocb, &iter);
}

static ssize_t read_target(struct skiff_range *r, const struct target *target)
{
	ssize_t n = -EAGAIN;

	if (r->read_ns || !target->there)
		r->waited = target->size >> PAGE_SHIFT;
	if (r->folio)
		n = read_folio(r, target, r->folio);
	/* Not read by read-ahead, or in vain: to wait for that, it must be
	 * read here. A second attempt that does not sleep would say the same.
	 */
	if (n == -EAGAIN)
		n = read_folio(r, target, NULL);
	if (r->trail && n > 0 && !target->marked)
		take_back_mark(r);
	return n == -EAGAIN ? -EIO : n;
}

static ssize_t keep_fill(struct skiff_range *r)
{
	struct skiff_brought *b;
	struct target target;
	pgoff_t end;
	ssize_t n;

	if (r->pos >= skiff_source_size(r->file))
		return 0;

	b = look(r);
	target = read_ahead(r);
	end = (target.pos + target.size) >> PAGE_SHIFT;
	/* Before the wait, in which others may touch it; but what is not there
	 * yet is brought by the read itself.
	 */
	if (target.there)
		note(r, b, end);
	/* The disk is at work. */
	drop_sent(r);
	n = read_target(r, &target);
	if (!target.there)
		note(r, b, end);
	return n;
}

const struct skiff_source skiff_source_keep = {
	.policy = SKIFF_POLICY_KEEP,
	.cached = true,
	.gather = keep_gather,
	.fill = keep_fill,
	.ahead = keep_ahead,
};

const struct skiff_source skiff_source_drop = {
	.policy = SKIFF_POLICY_DROP,
	.cached = true,
	.gather = drop_gather,
	.fill = keep_fill,
	.ahead = keep_ahead,
};
