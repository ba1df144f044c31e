// SPDX-License-Identifier: GPL-2.0-only
/*
 * A range: what a fill is to make available, and by which source.
 *
 * All that a fill needs to know is copied to it here, by the runner: the fill
 * goes on beside it, and looks at nothing of the transfer that changes.
 */
#include "direct.h"
#include "transfer.h"
#include "window.h"

/* Fills of one position, before another way is gone. */
#define TRIES_MAX	3

/* Whether it was asked for this very byte, and got it, in vain. */
static bool has_tried(struct skiff_fill *f, loff_t pos)
{
	f->tries = pos == f->tried ? f->tries + 1 : 0;
	f->tried = pos;
	return f->tries >= TRIES_MAX;
}

/* Bytes from where the next window begins to the end of the piece; read-ahead
 * begins where the last window ended.
 */
u64 skiff_range_left(const struct skiff_part *part, loff_t pos, bool ahead)
{
	loff_t next = (loff_t)(part->ra.start + part->ra.size) << PAGE_SHIFT;

	if (ahead)
		pos = max(pos, next);
	return max(part->end - pos, 0);
}

/**
 * skiff_range_prepare() - say what the next fill is to do
 * @t: held by the caller; no fill is under way
 * @index: of the piece,
 * @pos: from where on
 * @ahead: the transfer will not wait for it
 */
void skiff_range_prepare(struct skiff_transfer *t, unsigned int index,
			 loff_t pos, bool ahead)
{
	struct skiff_part *part = &t->parts[index];
	struct skiff_fill *f = &t->fill;

	WARN_ON_ONCE(f->range.pages);
	if (f->range.part != index) {
		if (f->range.part < t->current_part)
			skiff_direct_end(t->parts[f->range.part].direct);
		f->range.part = index;
		f->tried = -1;
		f->range.ahead_ns = 0;
	}
	t->marker = -1;
	f->ahead = ahead;
	f->source = part->source;
	f->range.in_vain = !ahead && has_tried(f, pos);
	/* The page cache loses the folio before it can be sent, again and again:
	 * memory is short. The file system's own splice method holds on to what
	 * it reads. (But with O_DIRECT it reads past the page cache, and takes
	 * no position that is not aligned.)
	 */
	if (f->range.in_vain && f->source->cached &&
	    part->file->f_op->splice_read && !(part->file->f_flags & O_DIRECT))
		f->source = &skiff_source_pipe;

	f->range.file = part->file;
	f->range.pos = pos;
	f->range.want = min_t(loff_t, part->end - pos, SKIFF_WINDOW_BYTES);
	f->range.end = part->end;
	f->range.read_ns = 0;
	f->range.seen = part->seen;
	f->range.next = 0;
	f->range.found = 0;
	f->range.read = 0;
	f->range.waited = 0;
	f->range.trail = part->source == &skiff_source_drop ? t->trail : NULL;
	f->range.sent_part = t->current_part;
	f->range.sent = t->parts[t->current_part].pos;
	f->range.direct = part->direct;
	f->range.ra = part->ra;
	/* All before it was sent: this is no random read. */
	if (part->ra.prev_pos >= 0)
		f->range.ra.prev_pos = pos - 1;
	skiff_ahead_set(&t->ahead, &f->range, skiff_range_left(part, pos, ahead),
			ahead ? 0 : t->room, t->receipt.bytes_queued);
	f->fresh = true;
}
