// SPDX-License-Identifier: GPL-2.0-only
/*
 * A request: copied in, checked as a whole, made a transfer.
 *
 * Everything that can be refused is refused here, in the submitter's thread and
 * with its credentials, before anybody else can see the transfer: formats,
 * descriptors, ranges, what security modules and permission watchers say about
 * the reads (once, over the whole range; later reads do not ask again), and
 * whether there is a rung.
 *
 * The caller looked the socket up and keeps its reference. Files become the
 * transfer's as they are found, so that on any error discarding it is enough.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/moduleparam.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <net/sock.h>

#include "direct.h"
#include "pin.h"
#include "release.h"
#include "request.h"
#include "rung.h"
#include "trail.h"
#include "transfer.h"

unsigned int skiff_deadline_ms = 60000;

static int deadline_set(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 1, SKIFF_DEADLINE_MAX_MS);
}

static const struct kernel_param_ops deadline_ops = {
	.set = deadline_set,
	.get = param_get_uint,
};
module_param_cb(deadline_ms, &deadline_ops, &skiff_deadline_ms, 0644);
MODULE_PARM_DESC(deadline_ms,
		 "Milliseconds without progress that end a transfer which names no deadline");

#define SKIFF_REQUEST_FLAGS	(SKIFF_REQUEST_PROBE |		\
				 SKIFF_REQUEST_ZEROCOPY |	\
				 SKIFF_REQUEST_RELEASED |	\
				 SKIFF_REQUEST_ABORT |		\
				 SKIFF_REQUEST_FALLBACK)

static int check_format(const struct skiff_request *req)
{
	if (req->flags & ~SKIFF_REQUEST_FLAGS ||
	    req->policy > SKIFF_POLICY_AUTO ||
	    req->rung > SKIFF_RUNG_COPY ||
	    !req->nr_pieces || req->nr_pieces > SKIFF_MAX_PIECES ||
	    req->deadline_ms > SKIFF_DEADLINE_MAX_MS)
		return -EINVAL;
	if (req->rung == SKIFF_RUNG_COPY && req->flags & SKIFF_REQUEST_ZEROCOPY)
		return -EOPNOTSUPP;
	return 0;
}

/* Find the file and what may be done with it, without sleeping on it. */
static int check_file(const struct file *file)
{
	const struct inode *inode = file_inode(file);

	if (!(file->f_mode & FMODE_READ))
		return -EBADF;
	if (S_ISDIR(inode->i_mode))
		return -EISDIR;
	if (!S_ISREG(inode->i_mode) && !S_ISBLK(inode->i_mode))
		return -ESPIPE;
	if (!(file->f_mode & FMODE_LSEEK) || !(file->f_mode & FMODE_PREAD))
		return -ESPIPE;
	return 0;
}

/* 64 pieces may be longer than can be counted. */
static void request_bytes(struct skiff_transfer *t, u64 n)
{
	if (check_add_overflow(t->receipt.bytes_requested, n,
			       &t->receipt.bytes_requested))
		t->receipt.bytes_requested = U64_MAX;
}

/* The range of the part, and how many of its bytes are there now. */
static loff_t set_range(struct skiff_part *part, loff_t offset, loff_t length)
{
	loff_t size = skiff_source_size(part->file);

	part->pos = offset;
	part->end = offset + length;
	if (!length) {
		part->end = max(size, offset);
		/* Only where skiff looks into the page cache itself does the
		 * size bind: a file of /proc has none, and a network file's
		 * may be old. The file system's own methods know the end.
		 */
		if (!part->source->gather) {
			part->open_ended = true;
			if (!size)
				part->end = LLONG_MAX;
			return size ? part->end - offset : 0;
		}
	}
	return part->end - part->pos;
}

/* What a source needs besides the file. */
static int prepare_source(struct skiff_transfer *t, struct skiff_part *part)
{
	if (part->source->policy == SKIFF_POLICY_KEEP)
		return 0;
	t->has_extras = true;
	if (part->source == &skiff_source_drop)
		return skiff_trail_create(t);
	part->direct = skiff_direct_create(t);
	return part->direct ? 0 : -ENOMEM;
}

/* The one of all files, or AUTO if there are several. */
static void note_policy(struct skiff_transfer *t, enum skiff_policy policy,
			bool first)
{
	if (first)
		t->receipt.policy = policy;
	else if (t->receipt.policy != policy)
		t->receipt.policy = SKIFF_POLICY_AUTO;
}

static int add_file_piece(struct skiff_transfer *t, struct skiff_part *part,
			  const struct skiff_piece *piece,
			  const struct skiff_request *req)
{
	enum skiff_reason reason;
	loff_t pos = piece->offset;
	int err;

	part->file = fget(piece->fd);
	if (!part->file)
		return -EBADF;
	err = check_file(part->file);
	if (err)
		return err;
	err = skiff_source_choose(part->file, req, piece, &part->source,
				  &reason);
	if (err)
		return err;
	err = prepare_source(t, part);
	if (err)
		return err;
	note_policy(t, part->source->policy, !t->has_file);
	t->has_file = true;

	request_bytes(t, set_range(part, pos, piece->length));
	err = rw_verify_area(READ, part->file, &pos, part->end - pos);
	if (err)
		return err;

	file_ra_state_init(&part->ra, part->file->f_mapping);
	part->seen = part->pos >> PAGE_SHIFT;
	/* Of several files the one furthest down the ladder names the rung. */
	t->receipt.reason = max_t(u32, t->receipt.reason, reason);
	return 0;
}

/* Memory that the socket can be lent: a reference for each packet, and one that
 * page_frag_free() puts. Small ones share the page that the task has for its
 * own small sends; no byte of it is used twice.
 */
static void *get_memory(size_t size)
{
	struct page_frag *frag = &current->task_frag;
	struct page *page;
	void *memory;

	if (size > PAGE_SIZE) {
		page = alloc_pages(GFP_KERNEL_ACCOUNT | __GFP_COMP,
				   get_order(size));
		return page ? page_address(page) : NULL;
	}
	if (!skb_page_frag_refill(size, frag, GFP_KERNEL_ACCOUNT))
		return NULL;
	memory = page_address(frag->page) + frag->offset;
	frag->offset += size;
	get_page(frag->page);
	return memory;
}

static int add_memory_piece(struct skiff_transfer *t, struct skiff_part *part,
			    const struct skiff_piece *piece, size_t *used)
{
	void *to = t->memory + *used;

	if (piece->fd)
		return -EINVAL;
	part->memory = to;
	part->end = piece->length;
	*used += piece->length;
	request_bytes(t, piece->length);
	if (copy_from_user(to, u64_to_user_ptr(piece->offset), piece->length))
		return -EFAULT;
	return 0;
}

static int check_piece(const struct skiff_piece *piece)
{
	if (piece->kind > SKIFF_PIECE_MEMORY)
		return -EINVAL;
	if (piece->kind == SKIFF_PIECE_MEMORY)
		return piece->length <= SKIFF_MAX_MEMORY ? 0 : -EINVAL;
	if (piece->offset > LLONG_MAX ||
	    piece->length > LLONG_MAX - piece->offset)
		return -EINVAL;
	return 0;
}

static int check_pieces(const struct skiff_piece *pieces, unsigned int nr,
			size_t *memory)
{
	unsigned int i;
	int err;

	*memory = 0;
	for (i = 0; i < nr; i++) {
		err = check_piece(&pieces[i]);
		if (err)
			return err;
		if (pieces[i].kind == SKIFF_PIECE_MEMORY)
			*memory += pieces[i].length;
	}
	return *memory <= SKIFF_MAX_MEMORY ? 0 : -EINVAL;
}

static int add_pieces(struct skiff_transfer *t,
		      const struct skiff_piece *pieces,
		      const struct skiff_request *req)
{
	size_t memory, used = 0;
	unsigned int i;
	int err;

	err = check_pieces(pieces, t->nr_parts, &memory);
	if (err)
		return err;
	if (memory) {
		t->memory = get_memory(memory);
		if (!t->memory)
			return -ENOMEM;
	}
	for (i = 0; i < t->nr_parts && !err; i++) {
		struct skiff_part *part = &t->parts[i];

		if (pieces[i].kind == SKIFF_PIECE_FILE)
			err = add_file_piece(t, part, &pieces[i], req);
		else
			err = add_memory_piece(t, part, &pieces[i], &used);
	}
	return err;
}

/* What the socket must be able to tell, or bear. */
static int check_wishes(struct skiff_transfer *t, struct sock *sk,
			const struct skiff_request *req)
{
	t->to_release = req->flags & SKIFF_REQUEST_RELEASED;
	t->abort = req->flags & SKIFF_REQUEST_ABORT;
	if ((t->to_release || t->abort) && !skiff_release_is_known(sk))
		return -EOPNOTSUPP;
	return 0;
}

/* Whether it will hold what counts against the limits (pin.c). */
static bool pins(const struct skiff_transfer *t)
{
	unsigned int i;

	for (i = 0; i < t->nr_parts; i++)
		if (t->parts[i].source && (t->parts[i].direct ||
					   !t->parts[i].source->gather))
			return true;
	return t->use_ubuf;
}

static int fill_in(struct skiff_transfer *t, const struct skiff_request *req,
		   struct sock *sk)
{
	void __user *from = u64_to_user_ptr(req->pieces);
	struct skiff_piece few[4] __uninitialized, *pieces = few;
	int err;

	err = check_wishes(t, sk, req);
	if (err)
		return err;
	if (req->nr_pieces > ARRAY_SIZE(few)) {
		pieces = memdup_array_user(from, req->nr_pieces,
					   sizeof(*pieces));
		if (IS_ERR(pieces))
			return PTR_ERR(pieces);
	} else if (copy_from_user(few, from,
				  req->nr_pieces * sizeof(*few))) {
		return -EFAULT;
	}
	err = add_pieces(t, pieces, req);
	if (pieces != few)
		kfree(pieces);
	if (!err)
		err = skiff_rung_choose(t, sk, req);
	if (!err && pins(t) && !skiff_pin_allowed(t->context, t->user))
		err = -ENOBUFS;
	return err;
}

/**
 * skiff_request_build() - make a transfer of a request
 * @ctx: for whom
 * @req: the request; receives out_rung and out_reason
 * @socket: of a socket that skiff_socket_check() passed
 *
 * Return: a transfer that is not yet accepted, or an errno of the ABI
 */
struct skiff_transfer *skiff_request_build(struct skiff_context *ctx,
					   struct skiff_request *req,
					   struct file *socket)
{
	struct skiff_transfer *t;
	int err;

	err = check_format(req);
	if (err)
		return ERR_PTR(err);
	t = skiff_transfer_alloc(ctx, req->nr_pieces);
	if (!t)
		return ERR_PTR(-ENOMEM);
	err = fill_in(t, req, sock_from_file(socket)->sk);
	if (err) {
		skiff_transfer_discard(t);
		return ERR_PTR(err);
	}
	t->deadline = msecs_to_jiffies(req->deadline_ms ?: skiff_deadline_ms);
	t->ahead.fixed_kb = req->readahead_kb;
	t->receipt.cookie = req->cookie;
	req->out_rung = t->receipt.rung;
	req->out_reason = t->receipt.reason;
	req->out_policy = t->receipt.policy;
	return t;
}
