// SPDX-License-Identifier: GPL-2.0-only
/*
 * direct: O_DIRECT reads past the page cache, several at a time.
 *
 * A piece has a ring of reads (read.c). fill() and ahead() start them, in the
 * order of the file; gather() takes from those that are done, from the oldest on.
 * So to the engine the ring is what the page cache is to keep: what can be had
 * without sleeping.
 *
 * Owner. @head is the read that has the next byte to be sent, @tail the place of
 * the next to start, and those from @idle to before @head were sent. The runner
 * moves @head, a fill moves the others, and frees reads; there is one fill at a
 * time (fill.c). A fill that the transfer waits for also moves @head when it
 * starts anew: nobody gathers then. When the piece, or the transfer, has come to
 * its end and no fill is under way, the ring is emptied. No lock.
 *
 * Pages are used again once as many other reads were sent as there are to be
 * under way: by then the network has let go of most. So a ring has twice what it
 * needs to keep the disk busy, and no more. Where pins are short, pages are used
 * again at once: who has some goes on, whatever others hold.
 *
 * Errors. A read that fails says nothing of the bytes before the bad one, so it
 * is done again in halves, down to a page. One that ends short is done again
 * from there, unless that is the end of the file.
 */
#include <linux/minmax.h>
#include <linux/slab.h>

#include "direct.h"
#include "pin.h"
#include "read.h"
#include "source.h"
#include "transfer.h"
#include "window.h"

#define READS	16U	/* in a ring */

/**
 * struct skiff_direct - the ring of a piece
 * @t: the transfer, which outlives this
 * @reads: from @idle to before @tail; elsewhere NULL
 * @idle: counts on for ever
 * @head: likewise
 * @tail: likewise
 * @next: where the read at @tail begins
 * @most: bytes in one read
 * @depth: reads that are to be there
 */
struct skiff_direct {
	struct skiff_transfer *t;
	struct skiff_read *reads[READS];
	unsigned int idle;
	unsigned int head;
	unsigned int tail;
	loff_t next;
	size_t most;
	unsigned int depth;
};

static struct skiff_read **place(struct skiff_direct *d, unsigned int i)
{
	return &d->reads[i % READS];
}

static struct skiff_read *take_idle(struct skiff_direct *d)
{
	struct skiff_read **at = place(d, d->idle), *read = *at;

	*at = NULL;
	WRITE_ONCE(d->idle, d->idle + 1);
	return read;
}

static bool may_pin(const struct skiff_direct *d)
{
	return skiff_pin_allowed(d->t->context, d->t->user);
}

/* One whose pages have lain still for long, or a new one. */
static struct skiff_read *find_read(struct skiff_direct *d)
{
	/* What the runner has done with it comes before: pairs with pass(). */
	unsigned int head = smp_load_acquire(&d->head);

	while (head - d->idle > d->depth)
		skiff_read_free(take_idle(d));
	if (head - d->idle == d->depth || (head != d->idle && !may_pin(d)))
		return take_idle(d);
	return skiff_read_alloc(d->t);
}

static int start_read(struct skiff_direct *d, struct file *file, size_t length)
{
	struct skiff_read *read = find_read(d);
	int err;

	if (!read)
		return -ENOMEM;
	err = skiff_read_prepare(read, file, d->next, length);
	if (err) {
		skiff_read_free(read);
		return err;
	}
	*place(d, d->tail) = read;
	WRITE_ONCE(d->next, d->next + read->length);
	/* All of it before the runner looks: pairs with direct_gather(). */
	smp_store_release(&d->tail, d->tail + 1);
	skiff_read_start(read);
	return 0;
}

/* After a failure reads are short; those that do well become longer again. */
static void lengthen(struct skiff_direct *d)
{
	const struct skiff_read *read = *place(d, d->tail - 1);

	if (read && skiff_read_is_done(read) && read->result == read->length)
		d->most = min(2 * d->most, SKIFF_READ_BYTES);
}

/* As many as there are to be, but where pins are short no more than one. */
static int start_reads(struct skiff_direct *d, const struct skiff_range *r)
{
	loff_t end = min(r->end, skiff_source_size(r->file));
	size_t window = r->ra.ra_pages << PAGE_SHIFT;
	int err = 0;

	lengthen(d);
	d->depth = clamp(DIV_ROUND_UP(window, SKIFF_READ_BYTES), 2U, READS / 2);
	while (!err && d->tail - READ_ONCE(d->head) < d->depth &&
	       d->next < end) {
		u64 left = round_up((u64)end - d->next, PAGE_SIZE);

		if (d->tail != READ_ONCE(d->head) && !may_pin(d))
			break;
		err = start_read(d, r->file, min_t(u64, d->most, left));
	}
	return d->tail == d->head ? err : 0;
}

/* What is there is of no use. No fill is under way, or this is one that waits. */
static void empty(struct skiff_direct *d)
{
	for (; d->head != d->tail; d->head++) {
		struct skiff_read **at = place(d, d->head);

		if (skiff_read_abandon(*at))
			*at = NULL;
		else
			skiff_read_count(*at);
	}
	while (d->idle != d->tail)
		skiff_read_free(take_idle(d));
}

/* A fill that waits starts anew where the next byte is, if the oldest read does
 * not have it, nor will.
 */
static void find_place(struct skiff_direct *d, loff_t pos)
{
	if (d->head != d->tail) {
		struct skiff_read *read = *place(d, d->head);

		if (!skiff_read_is_done(read))
			return;
		if (read->pos <= pos && pos < read->pos + read->result)
			return;
		if (read->result <= 0)
			d->most = max(round_down(read->length / 2, PAGE_SIZE),
				      PAGE_SIZE);
	}
	empty(d);
	d->next = round_down(pos, PAGE_SIZE);
}

static ssize_t direct_fill(struct skiff_range *r)
{
	struct skiff_direct *d = r->direct;
	int err;

	if (r->pos >= skiff_source_size(r->file))
		return 0;
	if (r->in_vain && d->most == PAGE_SIZE)
		return -EIO;
	find_place(d, r->pos);
	err = start_reads(d, r);
	if (err)
		return err;
	/* The file became shorter just now. */
	if (d->head == d->tail)
		return 0;
	return skiff_read_wait(*place(d, d->head), r);
}

static void direct_ahead(struct skiff_range *r)
{
	start_reads(r->direct, r);
}

/* Returns bytes that @read has from @pos on, or as gather(). */
static ssize_t bytes_at(const struct skiff_part *part,
			const struct skiff_read *read, loff_t pos)
{
	loff_t size = skiff_source_size(part->file), end;

	if (read->result < 0)
		return read->length > PAGE_SIZE ? -EAGAIN : read->result;
	/* It may be shorter than it was when this was read. */
	if (pos >= size)
		return 0;
	end = min(read->pos + (loff_t)read->result, size);
	return pos < read->pos || pos >= end ? -EAGAIN : end - pos;
}

/* The runner leaves reads behind of which all bytes were sent. */
static void pass(struct skiff_direct *d, loff_t pos, unsigned int tail)
{
	while (d->head != tail) {
		struct skiff_read *read = *place(d, d->head);

		if (!skiff_read_is_done(read) || pos < read->pos + (loff_t)read->length)
			break;
		skiff_read_count(read);
		/* Its pages were taken before: pairs with find_read(). */
		smp_store_release(&d->head, d->head + 1);
	}
}

/* A window is of one kind. */
static bool may_join(const struct skiff_window *w, const struct skiff_read *read)
{
	return !w->nr || w->lent == (read->told != SKIFF_TOLD_BUFFERED);
}

static ssize_t direct_gather(struct skiff_part *part, size_t want,
			     loff_t *marker, struct skiff_window *w)
{
	struct skiff_direct *d = part->direct;
	unsigned int i, tail = smp_load_acquire(&d->tail); /* see start_read() */
	size_t done = 0;
	ssize_t n = -EAGAIN;
	loff_t next;

	pass(d, part->pos, tail);
	for (i = d->head; i != tail && done < want; i++) {
		struct skiff_read *read = *place(d, i);
		size_t had = w->bytes;

		n = -EAGAIN;
		if (!skiff_read_is_done(read) || skiff_window_full(w) ||
		    !may_join(w, read))
			break;
		skiff_read_count(read);
		n = bytes_at(part, read, part->pos + done);
		if (n <= 0)
			break;
		w->lent = read->told != SKIFF_TOLD_BUFFERED;
		skiff_read_take(read, part->pos + done, min_t(size_t, n, want - done), w);
		done += w->bytes - had;
	}
	next = READ_ONCE(d->next);
	if (tail - d->head <= d->depth / 2 && next < part->end &&
	    next < skiff_source_size(part->file))
		*marker = next;
	return done ?: min(n, 0);
}

/**
 * skiff_direct_create() - the ring of a piece
 * @t: the transfer
 *
 * Return: it, or NULL
 */
struct skiff_direct *skiff_direct_create(struct skiff_transfer *t)
{
	struct skiff_direct *d = kzalloc(sizeof(*d), GFP_KERNEL_ACCOUNT);

	if (d) {
		d->t = t;
		d->most = SKIFF_READ_BYTES;
	}
	return d;
}

/* Whether the next byte needs pages that are not there. By the runner. */
bool skiff_direct_needs_pages(const struct skiff_direct *d)
{
	return d->head == READ_ONCE(d->tail) && d->head == READ_ONCE(d->idle);
}

/* Nothing more is wanted of it, and no fill is under way. */
void skiff_direct_end(struct skiff_direct *d)
{
	if (d)
		empty(d);
}

const struct skiff_source skiff_source_direct = {
	.policy = SKIFF_POLICY_DIRECT,
	.gather = direct_gather,
	.fill = direct_fill,
	.ahead = direct_ahead,
};
