// SPDX-License-Identifier: GPL-2.0-only
/*
 * pipe: pages that the file's own splice_read method gives.
 *
 * The method wants a pipe; splice_direct_to_actor() lends the one that every
 * task has for sendfile(2), fills it and calls our actor, which moves the
 * pages to a window. Nothing here touches the socket: reading may sleep for as
 * long as the file system likes, without holding up anybody's bytes.
 *
 * References: the pipe's buffer owns one, which the pipe drops when the actor
 * returns; the window takes its own. A page may be a page-cache folio or one
 * that was made to hold a copy; the window is marked so that it looks.
 */
#include <linux/pagemap.h>
#include <linux/pipe_fs_i.h>
#include <linux/splice.h>

#include "source.h"
#include "window.h"

static int take_buffer(struct pipe_inode_info *pipe, struct pipe_buffer *buf,
		       struct splice_desc *sd)
{
	struct skiff_window *w = sd->u.data;

	if (skiff_window_full(w))
		return 0;
	get_page(buf->page);
	skiff_window_add(w, buf->page, sd->len, buf->offset);
	return sd->len;
}

static int take_pipe(struct pipe_inode_info *pipe, struct splice_desc *sd)
{
	return __splice_from_pipe(pipe, sd, take_buffer);
}

static ssize_t pipe_fill(struct skiff_range *r)
{
	struct skiff_window *w = skiff_window_alloc(r->want);
	struct splice_desc sd = {
		.total_len = min_t(size_t, r->want, SKIFF_WINDOW_BYTES),
		.pos = r->pos,
		.u.data = w,
	};
	ssize_t n;

	if (!w)
		return -ENOMEM;
	w->lent = false;

	n = splice_direct_to_actor(r->file, &sd, take_pipe);
	/* Pages taken before an error are good, and the error will be met
	 * again behind them. A file system that would rather not wait cannot
	 * be asked in another way: it said that it failed.
	 */
	if (w->bytes) {
		r->pages = w;
		return w->bytes;
	}
	skiff_window_free(w);
	return n == -EAGAIN ? -EIO : n;
}

/**
 * skiff_source_pipe_lend() - see that this worker has the pipe of a task
 * @file: any that can be spliced from
 *
 * It is made by the first splice, charged to the credentials of that moment,
 * and smaller for a user who has many. A worker keeps it for all users, so it
 * is to be its own: called before the submitter's credentials are taken on.
 */
void skiff_source_pipe_lend(struct file *file)
{
	struct splice_desc nothing = {};

	if (!current->splice_pipe && file->f_op->splice_read)
		splice_direct_to_actor(file, &nothing, take_pipe);
}

const struct skiff_source skiff_source_pipe = {
	.fill = pipe_fill,
};
