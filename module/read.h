/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_READ_H
#define _SKIFF_READ_H

#include <linux/atomic.h>
#include <linux/bvec.h>
#include <linux/fs.h>
#include <linux/sizes.h>
#include <linux/workqueue.h>

struct skiff_range;
struct skiff_transfer;
struct skiff_window;

#define SKIFF_READ_BYTES	SZ_512K
#define SKIFF_READ_PAGES	(SKIFF_READ_BYTES >> PAGE_SHIFT)

/* What the file system says of a read that was to be direct. */
enum skiff_told {
	SKIFF_TOLD_DIRECT,
	SKIFF_TOLD_BUFFERED,
	SKIFF_TOLD_NOTHING,
};

/**
 * struct skiff_read - a direct read, and the pages that it reads to
 * @iocb: what the file system is given
 * @state: see read.c
 * @t: the transfer; referenced if abandoned
 * @waiter: whom to tell, if the state is WAITED
 * @length: bytes asked for, from @iocb.ki_pos as it was: @pos
 * @pos: likewise
 * @result: bytes, or an errno
 * @told: whether they came directly
 * @counted: the receipt has them
 * @since: when it was started
 * @reap: frees it, if it was abandoned
 * @bytes: in @pages
 * @nr: of @pages
 * @pages: each a compound page of our own, whole
 */
struct skiff_read {
	struct kiocb iocb;
	atomic_t state;
	struct skiff_transfer *t;
	struct skiff_range *waiter;
	size_t length;
	loff_t pos;
	ssize_t result;
	enum skiff_told told;
	bool counted;
	u64 since;
	struct work_struct reap;
	size_t bytes;
	unsigned int nr;
	struct bio_vec pages[SKIFF_READ_PAGES];
};

bool skiff_read_is_told(const struct file *file);

struct skiff_read *skiff_read_alloc(struct skiff_transfer *t);
void skiff_read_free(struct skiff_read *read);
int skiff_read_prepare(struct skiff_read *read, struct file *file, loff_t pos,
		       size_t length);
void skiff_read_start(struct skiff_read *read);
bool skiff_read_is_done(const struct skiff_read *read);
ssize_t skiff_read_wait(struct skiff_read *read, struct skiff_range *r);
bool skiff_read_abandon(struct skiff_read *read);
void skiff_read_count(struct skiff_read *read);
void skiff_read_take(const struct skiff_read *read, loff_t pos, size_t want,
		     struct skiff_window *w);

#endif
