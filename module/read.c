// SPDX-License-Identifier: GPL-2.0-only
/*
 * A direct read, and the pages that it reads to.
 *
 * State. prepare() sets READING; then it is started. It ends by a call of
 * read_done() in any context, hard interrupt among them, maybe before
 * read_iter() has returned; a file system that did all at once returns the
 * result instead, and the starter calls it. read_done() exchanges the state for
 * DONE and looks at what was there:
 *   READING    nobody waits, but maybe a SEND sleeps
 *   WAITED     a fill has returned -EIOCBQUEUED, and is told
 *   ABANDONED  the transfer ended, or began anew: the read is on its own, and
 *              reaped by a work, as nothing may be freed here
 * From the exchange on it is its owner's again, and not touched. (A fill that is
 * to be told keeps the owner from ending.)
 *
 * Pages are allocated zeroed for one transfer, and used again for it only: for
 * the next read, those that nobody else refers to are kept, others (the network
 * has them yet) are put and replaced. A window takes a reference for each
 * segment. Nobody can come to have one by looking a page up: they are in no
 * mapping. They are charged to the submitter's memory cgroup, and counted as
 * pinned (pin.c) while they are the read's.
 *
 * References: a read under way owns one to the file, as direct I/O needs that
 * until its end. An abandoned one also owns one to the transfer, for the account
 * of pins, and one to the module. So a disk that does not answer holds the file
 * open, as it does with any direct read; nobody waits for it.
 *
 * Unload: read_done() may be in its tail when the module reference of its
 * transfer is put. In an interrupt that is waited for by rmmod itself
 * (synchronize_rcu()), in a task by skiff_flight_exit() (RCU tasks).
 */
#include <linux/file.h>
#include <linux/gfp.h>
#include <linux/ktime.h>
#include <linux/magic.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/wait_bit.h>

#include "account.h"
#include "pin.h"
#include "read.h"
#include "transfer.h"
#include "window.h"

#define PAGES_ORDER	5	/* first tried: more than a frag can have */

enum read_state {
	READING,
	WAITED,
	DONE,
	ABANDONED,
};

static void count_pins(struct skiff_read *read, long bytes)
{
	skiff_pin_add(read->t->context, read->t->user, bytes);
}

static void put_page_at(struct skiff_read *read, unsigned int i)
{
	read->bytes -= read->pages[i].bv_len;
	count_pins(read, -(long)read->pages[i].bv_len);
	put_page(read->pages[i].bv_page);
	read->pages[i] = read->pages[--read->nr];
}

/* The network has these yet. Whoever put the last reference but ours has read
 * what was there before we let the disk write to it.
 */
static void put_used_pages(struct skiff_read *read)
{
	unsigned int i = read->nr;

	while (i--)
		if (page_count(read->pages[i].bv_page) > 1)
			put_page_at(read, i);
	smp_acquire__after_ctrl_dep();
}

/* One that is not larger than @bytes, if it need not be. */
static struct page *get_page_for(size_t bytes, unsigned int *order)
{
	gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_COMP;

	for (*order = min(ilog2(bytes >> PAGE_SHIFT), PAGES_ORDER); *order;
	     --*order) {
		struct page *page = alloc_pages(gfp | __GFP_NORETRY |
						__GFP_NOWARN, *order);

		if (page)
			return page;
	}
	return alloc_page(gfp);
}

/* Whether it has pages for @bytes, or fewer. */
static bool get_pages(struct skiff_read *read, size_t bytes)
{
	unsigned int order;

	put_used_pages(read);
	while (read->bytes < bytes && read->nr < SKIFF_READ_PAGES) {
		struct page *page = get_page_for(bytes - read->bytes, &order);

		if (!page)
			break;
		bvec_set_page(&read->pages[read->nr++], page,
			      PAGE_SIZE << order, 0);
		read->bytes += PAGE_SIZE << order;
		count_pins(read, PAGE_SIZE << order);
	}
	return read->bytes;
}

void skiff_read_free(struct skiff_read *read)
{
	if (!read)
		return;
	while (read->nr)
		put_page_at(read, read->nr - 1);
	kfree(read);
}

static void reap(struct work_struct *work)
{
	struct skiff_read *read = container_of(work, struct skiff_read, reap);
	struct skiff_transfer *t = read->t;

	fput(read->iocb.ki_filp);
	skiff_read_free(read);
	skiff_transfer_put(t);
	module_put(THIS_MODULE);
}

/**
 * skiff_read_is_told() - whether the file system tells if a read was direct
 * @file: one that can be read directly
 *
 * It clears IOCB_DIRECT when it goes on through the page cache. btrfs does that
 * without a word, for what is compressed or inline.
 */
bool skiff_read_is_told(const struct file *file)
{
	const struct inode *inode = file->f_mapping->host;

	return S_ISBLK(inode->i_mode) ||
	       inode->i_sb->s_magic == EXT4_SUPER_MAGIC ||
	       inode->i_sb->s_magic == XFS_SUPER_MAGIC;
}

static enum skiff_told what_is_told(const struct kiocb *iocb)
{
	if (!(iocb->ki_flags & IOCB_DIRECT))
		return SKIFF_TOLD_BUFFERED;
	return skiff_read_is_told(iocb->ki_filp) ? SKIFF_TOLD_DIRECT :
						      SKIFF_TOLD_NOTHING;
}

/* Any context. */
static void read_done(struct kiocb *iocb, long result)
{
	struct skiff_read *read = container_of(iocb, struct skiff_read, iocb);
	struct file *file = iocb->ki_filp;

	read->result = result;
	read->told = what_is_told(iocb);
	switch (atomic_xchg(&read->state, DONE)) {
	case ABANDONED:
		skiff_transfer_queue_work(&read->reap);
		return;
	case WAITED: /* and so the ring stays until the fill is told */
		skiff_fill_told(read->waiter);
		break;
	case READING: /* the address is all that is used */
		wake_up_var(&read->state);
		break;
	}
	fput(file);
}

/* Then what it has may be looked at. */
bool skiff_read_is_done(const struct skiff_read *read)
{
	return atomic_read_acquire(&read->state) == DONE;
}

/**
 * skiff_read_alloc() - a read that has no pages yet
 * @t: for whom
 *
 * Return: it, or NULL
 */
struct skiff_read *skiff_read_alloc(struct skiff_transfer *t)
{
	struct skiff_read *read = kzalloc(sizeof(*read), GFP_KERNEL_ACCOUNT);

	if (read)
		read->t = t;
	return read;
}

/**
 * skiff_read_prepare() - get ready to read
 * @read: not under way
 * @file: from where; a reference is taken
 * @pos: a multiple of the page size
 * @length: likewise, up to SKIFF_READ_BYTES; less is read if memory is short
 *
 * Return: 0, and it is to be started; or -ENOMEM
 */
int skiff_read_prepare(struct skiff_read *read, struct file *file, loff_t pos,
		       size_t length)
{
	if (!get_pages(read, length))
		return -ENOMEM;
	read->pos = pos;
	read->length = min(length, read->bytes);
	read->counted = false;
	read->since = ktime_get_ns();
	init_sync_kiocb(&read->iocb, get_file(file));
	read->iocb.ki_pos = pos;
	read->iocb.ki_flags |= IOCB_DIRECT;
	read->iocb.ki_complete = read_done;
	atomic_set(&read->state, READING);
	return 0;
}

/* Once started it may be done, and somebody else's, at any time. */
void skiff_read_start(struct skiff_read *read)
{
	struct file *file = read->iocb.ki_filp;
	struct iov_iter iter;
	ssize_t n;

	iov_iter_bvec(&iter, ITER_DEST, read->pages, read->nr, read->length);
	n = file->f_op->read_iter(&read->iocb, &iter);
	if (n != -EIOCBQUEUED)
		read_done(&read->iocb, n);
}

/**
 * skiff_read_wait() - wait until a read is done
 * @read: under way or done
 * @r: whom to tell, if it wants that
 *
 * Return: 1: it is; -EIOCBQUEUED: @r will be told; -EINTR: killed
 */
ssize_t skiff_read_wait(struct skiff_read *read, struct skiff_range *r)
{
	if (skiff_read_is_done(read))
		return 1;
	r->read_ns = read->since;
	if (!r->folio)
		return wait_var_event_killable(&read->state, skiff_read_is_done(read)) ?
		       -EINTR : 1;
	read->waiter = r;
	if (atomic_cmpxchg(&read->state, READING, WAITED) == READING)
		return -EIOCBQUEUED;
	return 1;
}

/**
 * skiff_read_abandon() - nobody wants the bytes any more
 * @read: started; nobody is to be told of it
 *
 * Return: whether it is on its own from now on; else it was done, and still is
 * the caller's
 */
bool skiff_read_abandon(struct skiff_read *read)
{
	INIT_WORK(&read->reap, reap);
	skiff_transfer_get(read->t);
	__module_get(THIS_MODULE);
	if (atomic_xchg(&read->state, ABANDONED) != DONE)
		return true;
	skiff_transfer_put(read->t);
	module_put(THIS_MODULE);
	return false;
}

/* What it brought is in the receipt from now on. By the runner. */
void skiff_read_count(struct skiff_read *read)
{
	if (!read->counted && read->result > 0)
		skiff_account_direct(read->t, read->told, read->result);
	read->counted = true;
}

/**
 * skiff_read_take() - add bytes to a window
 * @read: done
 * @pos: from here on, which it has
 * @want: bytes, which it has
 * @w: receives as many as it has room for
 */
void skiff_read_take(const struct skiff_read *read, loff_t pos, size_t want,
		     struct skiff_window *w)
{
	size_t skip = pos - read->pos;
	unsigned int i;

	for (i = 0; want && !skiff_window_full(w); i++) {
		const struct bio_vec *page = &read->pages[i];
		size_t n = min(want, page->bv_len - min_t(size_t, skip, page->bv_len));

		if (!n) {
			skip -= page->bv_len;
			continue;
		}
		get_page(page->bv_page);
		skiff_window_add(w, nth_page(page->bv_page, skip / PAGE_SIZE),
				 n, offset_in_page(skip));
		want -= n;
		skip = 0;
	}
}
