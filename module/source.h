/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_SOURCE_H
#define _SKIFF_SOURCE_H

#include <linux/fs.h>
#include <linux/skiff.h>

struct skiff_window;
struct wait_page_queue;

/**
 * struct skiff_range - what a fill is to make available
 * @file: the file
 * @pos: its first byte
 * @want: bytes that the transfer could send; a hint
 * @ra: this transfer's own read-ahead state in this file: the descriptor's
 *	belongs to its owner, and to the other transfers from it (a file system
 *	that reads the one folio of a fill still looks at that)
 * @folio: whom to tell when a folio that is being read is ready; NULL: sleep
 * @pages: for a source without gather(): the bytes, from @pos on
 * @ahead_ns: when read-ahead was started last in this file, or 0
 * @read_ns: when the read was started that fill() waited for, or 0
 */
struct skiff_range {
	struct file *file;
	loff_t pos;
	size_t want;
	struct file_ra_state ra;
	struct wait_page_queue *folio;
	struct skiff_window *pages;
	u64 ahead_ns;
	u64 read_ns;
};

/**
 * struct skiff_source - where windows come from
 * @gather: add to the window what can be had at @pos without sleeping, up to
 *	@want bytes. Returns bytes added; 0 at the end of the file; -EAGAIN when
 *	fill() has to run first; an errno. If there is a read-ahead marker among
 *	them, *marker is set to its position. NULL: only fill() has anything.
 * @fill: may sleep. Make @pos available to gather(), or put bytes in
 *	range->pages. Returns > 0; 0 at the end of the file; -EIOCBQUEUED: it
 *	will be available when range->folio is told, once; an errno, -EAGAIN
 *	not being one.
 * @ahead: may sleep, but does not wait. Start the read-ahead that the marker
 *	at @pos stands for.
 */
struct skiff_source {
	ssize_t (*gather)(struct file *file, loff_t pos, size_t want,
			  loff_t *marker, struct skiff_window *w);
	ssize_t (*fill)(struct skiff_range *range);
	void (*ahead)(struct skiff_range *range);
};

extern const struct skiff_source skiff_source_keep;
extern const struct skiff_source skiff_source_pipe;
extern const struct skiff_source skiff_source_read;

void skiff_source_pipe_lend(struct file *file);
int skiff_source_choose(struct file *file, u32 rung,
			const struct skiff_source **source,
			enum skiff_reason *reason);

/* Bytes that @file has now, as far as its inode knows. For a block device the
 * inode of the descriptor knows nothing; that of the mapping does.
 */
static inline loff_t skiff_source_size(const struct file *file)
{
	return i_size_read(file->f_mapping->host);
}

#endif
