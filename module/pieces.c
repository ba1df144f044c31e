// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pieces of a transfer: which bytes come next, and getting hold of them.
 *
 * Owner: whoever runs the transfer. References: a window gets one for each
 * folio or page that it is given.
 */
#include <linux/mm.h>

#include "account.h"
#include "direct.h"
#include "pieces.h"
#include "transfer.h"
#include "window.h"

/* Whether there is a byte left to send; then the current part has one. */
bool skiff_pieces_left(struct skiff_transfer *t)
{
	while (t->current_part < t->nr_parts) {
		struct skiff_part *part = &t->parts[t->current_part];

		if (part->pos < part->end)
			return true;
		t->current_part++;
	}
	return false;
}

/* @n, or how many bytes are left if that is less. */
size_t skiff_pieces_at_most(const struct skiff_transfer *t, size_t n)
{
	loff_t left = 0;
	unsigned int i;

	for (i = t->current_part; i < t->nr_parts; i++) {
		left += min_t(loff_t, n, t->parts[i].end - t->parts[i].pos);
		if (left >= n)
			return n;
	}
	return left;
}

/* Whether the next @n bytes are all that is left. */
bool skiff_pieces_are_last(const struct skiff_transfer *t, size_t n)
{
	unsigned int i;

	for (i = t->current_part; i < t->nr_parts; i++) {
		const struct skiff_part *part = &t->parts[i];

		if (part->end - part->pos > n)
			return false;
		n -= part->end - part->pos;
	}
	return true;
}

/* The next @n bytes of the parts are sent. Returns how many of them were of
 * MEMORY pieces.
 */
size_t skiff_pieces_pass(struct skiff_transfer *t, size_t n)
{
	size_t memory = 0;

	while (n) {
		struct skiff_part *part = &t->parts[t->current_part];
		size_t here = min_t(loff_t, n, part->end - part->pos);

		if (part->memory)
			memory += here;
		part->pos += here;
		if (part->file)
			skiff_account_passed(t, t->current_part);
		n -= here;
		if (part->pos == part->end)
			t->current_part++;
	}
	return memory;
}

/* The current file has no byte where it is: 1 if that is its end, or an errno. */
int skiff_pieces_end_of_file(struct skiff_transfer *t)
{
	struct skiff_part *part = &t->parts[t->current_part];

	if (!part->open_ended)
		return -ENODATA;
	part->end = part->pos;
	return 1;
}

/* Whether what comes next would stay pinned for as long as the peer likes. */
bool skiff_pieces_pin(const struct skiff_transfer *t)
{
	const struct skiff_part *part = &t->parts[t->current_part];

	if (t->use_ubuf || part->memory)
		return t->use_ubuf;
	if (part->direct)
		return skiff_direct_needs_pages(part->direct);
	return !part->source->gather && !t->fill.range.pages;
}

static ssize_t gather_memory(const struct skiff_part *part, size_t want,
			     struct skiff_window *w)
{
	const void *from = part->memory + part->pos;
	struct page *page = virt_to_page(from);

	get_page(page);
	skiff_window_add(w, page, want, offset_in_page(from));
	return want;
}

static ssize_t gather_file(struct skiff_transfer *t, unsigned int i,
			   size_t want, struct skiff_window *w)
{
	struct skiff_part *part = &t->parts[i];
	loff_t marker = -1;
	ssize_t n;

	if (!part->source->gather)
		return -EAGAIN;
	n = part->source->gather(part, want, &marker, w);
	/* With all of the rest at hand there is nothing to read ahead. */
	if (marker >= 0 && n < part->end - part->pos) {
		t->marker = marker;
		t->marked_part = i;
	}
	return n;
}

/* The next bytes that can be had without sleeping, of as many parts as there is
 * room for. Returns how many, or what the source says to the first.
 */
ssize_t skiff_pieces_gather(struct skiff_transfer *t, size_t want,
			    struct skiff_window *w)
{
	ssize_t n = -EAGAIN;
	unsigned int i;

	for (i = t->current_part; i < t->nr_parts && !skiff_window_full(w); i++) {
		struct skiff_part *part = &t->parts[i];
		size_t here = min_t(loff_t, want, part->end - part->pos);

		if (!here)
			continue;
		if (part->memory)
			n = gather_memory(part, here, w);
		else
			n = gather_file(t, i, here, w);
		if (n > 0)
			want -= n;
		/* What is not lent keeps its window for itself. */
		if (n < (ssize_t)here || !want || !w->lent)
			break;
	}
	return w->bytes ?: n;
}
