/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_SOURCE_H
#define _SKIFF_SOURCE_H

#include <linux/fs.h>
#include <linux/skiff.h>

struct skiff_direct;
struct skiff_trail;
struct skiff_window;
struct wait_page_queue;

/**
 * struct skiff_part - a piece of a transfer
 * @file: of a FILE piece, referenced; else NULL
 * @source: of @file
 * @memory: of a MEMORY piece: its bytes, in pages of the transfer's own
 * @pos: next byte: position in @file, or index into @memory
 * @end: byte after the last
 * @open_ended: @end is not a promise: the file may end anywhere, without error
 * @ra: read-ahead state in @file
 * @seen: first page of the page cache that the receipt does not count yet
 * @direct: of the source direct: what was read
 *
 * Owned by who runs the transfer.
 */
struct skiff_part {
	struct file *file;
	const struct skiff_source *source;
	const void *memory;
	loff_t pos;
	loff_t end;
	bool open_ended;
	struct file_ra_state ra;
	pgoff_t seen;
	struct skiff_direct *direct;
};

/**
 * struct skiff_range - what a fill is to make available
 * @file: the file
 * @part: index of the piece that it is for
 * @pos: its first byte
 * @want: bytes that the transfer could send; a hint
 * @end: byte after the last of the piece
 * @ra: this transfer's own read-ahead state in this file: the descriptor's
 *	belongs to its owner, and to the other transfers from it (a file system
 *	that reads the one folio of a fill still looks at that)
 * @folio: whom to tell when a folio that is being read is ready; NULL: sleep
 * @pages: for a source without gather(): the bytes, from @pos on
 * @ahead_ns: when read-ahead was started last in this file, or 0
 * @read_ns: when the read was started that fill() waited for, or 0
 * @seen: as in struct skiff_part
 * @next: receives the page up to which @found and @read count
 * @found: receives pages in the page cache between @seen and @next that were
 *	there before
 * @read: receives pages that were brought into the page cache
 * @waited: receives pages in the folio that has to be waited for
 * @trail: of the source drop: where to leave a note of what was read
 * @sent_part: index of the part that is being sent, and
 * @sent: its next byte, some time ago
 * @direct: of the source direct
 * @in_vain: other fills at @pos were of no avail
 */
struct skiff_range {
	struct file *file;
	unsigned int part;
	loff_t pos;
	size_t want;
	loff_t end;
	struct file_ra_state ra;
	struct wait_page_queue *folio;
	struct skiff_window *pages;
	u64 ahead_ns;
	u64 read_ns;
	pgoff_t seen;
	pgoff_t next;
	unsigned int found;
	unsigned int read;
	unsigned int waited;
	struct skiff_trail *trail;
	unsigned int sent_part;
	loff_t sent;
	struct skiff_direct *direct;
	bool in_vain;
};

/**
 * struct skiff_source - where windows come from
 * @policy: what it does to the page cache
 * @cached: what it gathers is folios of the page cache
 * @gather: add to the window what can be had at @part->pos without sleeping, up
 *	to @want bytes. Returns bytes added; 0 at the end of the file; -EAGAIN
 *	when fill() has to run first; an errno. If more is to be read ahead, sets
 *	*marker to the position for that. NULL: only fill() has anything.
 * @fill: may sleep. Make @pos available to gather(), or put bytes in
 *	range->pages. Returns > 0; 0 at the end of the file; -EIOCBQUEUED: it
 *	will be available when range->folio is told, or skiff_fill_told() is
 *	called, once; an errno, -EAGAIN not being one.
 * @ahead: may sleep, but does not wait. Start the read-ahead that the marker
 *	at @pos stands for.
 */
struct skiff_source {
	enum skiff_policy policy;
	bool cached;
	ssize_t (*gather)(struct skiff_part *part, size_t want, loff_t *marker,
			  struct skiff_window *w);
	ssize_t (*fill)(struct skiff_range *range);
	void (*ahead)(struct skiff_range *range);
};

extern const struct skiff_source skiff_source_keep;
extern const struct skiff_source skiff_source_drop;
extern const struct skiff_source skiff_source_direct;
extern const struct skiff_source skiff_source_pipe;
extern const struct skiff_source skiff_source_read;

void skiff_source_pipe_lend(struct file *file);
int skiff_source_choose(struct file *file, const struct skiff_request *req,
			const struct skiff_piece *piece,
			const struct skiff_source **source,
			enum skiff_reason *reason);
void skiff_source_init(void);

/* Bytes that @file has now, as far as its inode knows. For a block device the
 * inode of the descriptor knows nothing; that of the mapping does.
 */
static inline loff_t skiff_source_size(const struct file *file)
{
	return i_size_read(file->f_mapping->host);
}

#endif
