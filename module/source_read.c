// SPDX-License-Identifier: GPL-2.0-only
/*
 * read: a file that can only be read into a buffer.
 *
 * The buffer is pages of our own, which then go to the socket by reference:
 * one copy, where read(2) and write(2) make two. They are zeroed, belong to
 * one transfer and are never used again, so that a peer or another user cannot
 * come to see what they held before or will hold after.
 */
#include <linux/gfp.h>
#include <linux/uio.h>

#include "source.h"
#include "window.h"

#define READ_PAGES	16U

static bool add_own_pages(struct skiff_window *w, unsigned int nr)
{
	while (nr--) {
		struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);

		if (!page)
			return w->nr;
		skiff_window_add(w, page, PAGE_SIZE, 0);
	}
	return true;
}

static void keep_bytes(struct skiff_window *w, size_t bytes)
{
	while (w->bytes > bytes) {
		struct bio_vec *last = &w->segments[w->nr - 1];
		unsigned int cut = min_t(size_t, last->bv_len, w->bytes - bytes);

		last->bv_len -= cut;
		w->bytes -= cut;
		if (!last->bv_len) {
			put_page(last->bv_page);
			w->nr--;
		}
	}
}

static ssize_t read_fill(struct skiff_range *r)
{
	size_t want = min_t(size_t, r->want, READ_PAGES * PAGE_SIZE);
	struct skiff_window *w = skiff_window_alloc(want);
	struct kiocb iocb;
	struct iov_iter iter;
	ssize_t n = -ENOMEM;

	if (!w)
		return n;
	w->lent = false;
	if (add_own_pages(w, DIV_ROUND_UP(want, PAGE_SIZE))) {
		want = min_t(size_t, want, w->bytes);
		init_sync_kiocb(&iocb, r->file);
		iocb.ki_pos = r->pos;
		iov_iter_bvec(&iter, ITER_DEST, w->segments, w->nr, want);
		n = r->file->f_op->read_iter(&iocb, &iter);
	}
	if (n <= 0) {
		skiff_window_free(w);
		return n == -EAGAIN ? -EIO : n;
	}
	keep_bytes(w, n);
	r->pages = w;
	return n;
}

const struct skiff_source skiff_source_read = {
	.fill = read_fill,
};
