/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_BROUGHT_H
#define _SKIFF_BROUGHT_H

#include <linux/list.h>
#include <linux/types.h>

struct file;

/**
 * struct skiff_brought - pages that one read brought into the page cache
 * @node: in a trail, whose owner owns this
 * @file: the file; referenced while in a trail
 * @part: index of the piece that it was read for
 * @start: index of the first page
 * @nr: pages from there on
 * @left: pages that were brought and are not settled
 * @tries: times that dropping them was tried
 * @hot: bitmap: brought, and at once taken for hot by the kernel, which had
 *	dropped it not long ago
 * @pages: bitmap: the pages @left; before the read, those that were not there
 */
struct skiff_brought {
	struct list_head node;
	struct file *file;
	unsigned int part;
	pgoff_t start;
	unsigned int nr;
	unsigned int left;
	unsigned int tries;
	unsigned long *hot;
	unsigned long pages[];
};

struct skiff_brought *skiff_brought_begin(struct file *file, pgoff_t start,
					  unsigned int nr);
unsigned int skiff_brought_end(struct skiff_brought *b, pgoff_t seen,
			       pgoff_t *next);
void skiff_brought_watch(struct skiff_brought *b);
unsigned int skiff_brought_drop(struct skiff_brought *b, pgoff_t end, bool last,
				unsigned int *spared);
void skiff_brought_free(struct skiff_brought *b);

#endif
