// SPDX-License-Identifier: GPL-2.0-only
/*
 * A request on its way in: from the caller's memory to an accepted transfer,
 * with what the caller is told.
 *
 * take() is common to all ways that return at once. A transfer that it hands
 * out is accepted, holds a slot of the context, and its caller knows its id; it
 * has not run yet. What it owes at its end is set before it starts: until then
 * the slot is the caller's to give back.
 *
 * Context: the submitter's thread, with the device open.
 */
#include <linux/file.h>
#include <linux/uaccess.h>

#include "context.h"
#include "request.h"
#include "socket.h"
#include "stats.h"
#include "submit.h"
#include "transfer.h"

/* Check the request and make it a transfer with its place in line; NULL if it
 * was only a probe.
 */
static struct skiff_transfer *accept(struct skiff_context *ctx,
				     struct skiff_request *req)
{
	struct file *socket = fget(req->socket);
	struct skiff_transfer *t;
	int err;

	if (!socket)
		return ERR_PTR(-EBADF);
	err = skiff_socket_check(socket);
	t = err ? ERR_PTR(err) : skiff_request_build(ctx, req, socket);
	if (IS_ERR(t))
		goto put;

	if (req->flags & SKIFF_REQUEST_PROBE) {
		skiff_transfer_discard(t);
		t = NULL;
		goto put;
	}
	skiff_transfer_accept(t, socket);
	req->out_id = t->id;
	return t;
put:
	fput(socket);
	return t;
}

static struct skiff_transfer *accept_with_slot(struct skiff_context *ctx,
					       struct skiff_request *req)
{
	struct skiff_transfer *t;

	if (!skiff_context_reserve(ctx))
		return ERR_PTR(-EBUSY);
	t = accept(ctx, req);
	if (IS_ERR_OR_NULL(t))
		skiff_context_unreserve(ctx);
	return t;
}

static int copy_in(struct skiff_request *req,
		   const struct skiff_request __user *from, u32 size_max)
{
	u32 size;
	int err;

	if (get_user(size, &from->size))
		return -EFAULT;
	if (size < offsetofend(struct skiff_request, out_policy) ||
	    size > size_max)
		return -EINVAL;
	err = copy_struct_from_user(req, sizeof(*req), from, size);
	/* It may have changed in between. */
	req->size = size;
	return err;
}

/* Tell the submitter before the transfer runs: it knows the id of everything
 * that it may find a completion of.
 */
static int report(struct skiff_request __user *to,
		  const struct skiff_request *req)
{
	size_t from = offsetof(struct skiff_request, out_id);

	return copy_to_user((void __user *)to + from, (void *)req + from,
			    min_t(size_t, req->size, sizeof(*req)) - from) ?
		       -EFAULT :
		       0;
}

/**
 * skiff_submit_take() - take a request in
 * @ctx: for whom
 * @from: the request; its out_ members are written
 * @size_max: of it
 * @t: if this returns 0: the transfer, or NULL if the request was a probe, or
 *	why it was refused
 *
 * Return: 0, or an errno if the request cannot be read or written
 */
int skiff_submit_take(struct skiff_context *ctx,
		      struct skiff_request __user *from, u32 size_max,
		      struct skiff_transfer **t)
{
	struct skiff_request req;
	int err = copy_in(&req, from, size_max);

	if (err)
		return err;
	req.out_id = 0;
	req.out_queued = 0;
	req.out_rung = SKIFF_RUNG_AUTO;
	req.out_reason = SKIFF_REASON_BEST;
	*t = accept_with_slot(ctx, &req);
	req.out_error = PTR_ERR_OR_ZERO(*t);
	if (IS_ERR(*t))
		skiff_stats_add(requests_refused, 1);

	err = report(from, &req);
	if (err && !IS_ERR_OR_NULL(*t)) {
		skiff_transfer_withdraw(*t);
		skiff_context_unreserve(ctx);
	}
	return err;
}

/* Returns 1 if it was accepted, 0 if not (out_error says why), or an errno of
 * the whole command.
 */
static int submit_one(struct skiff_context *ctx,
		      struct skiff_request __user *from, u32 stride)
{
	struct skiff_transfer *t;
	int err = skiff_submit_take(ctx, from, stride, &t);

	if (err)
		return err;
	if (IS_ERR(t))
		return 0;
	if (t) {
		t->owes_completion = true;
		skiff_transfer_start(t);
	}
	return 1;
}

/* ioctl(SKIFF_SUBMIT) */
int skiff_submit_batch(struct skiff_context *ctx, struct skiff_submit *s)
{
	void __user *from = u64_to_user_ptr(s->requests);
	u32 i;

	if (s->flags || s->reserved || !s->nr || s->nr > SKIFF_MAX_BATCH ||
	    s->stride < offsetofend(struct skiff_request, out_policy) ||
	    s->stride > PAGE_SIZE || s->stride % sizeof(u64))
		return -EINVAL;

	s->out_accepted = 0;
	for (i = 0; i < s->nr; i++) {
		int n = submit_one(ctx, from + (size_t)i * s->stride,
				   s->stride);

		if (n < 0)
			return n;
		s->out_accepted += n;
		cond_resched();
	}
	return 0;
}

/* ioctl(SKIFF_SEND) */
int skiff_submit_send(struct skiff_context *ctx, struct skiff_request *req)
{
	struct skiff_transfer *t;
	bool nonblock;
	int err;

	req->out_id = 0;
	req->out_queued = 0;
	req->out_error = 0;
	req->out_rung = SKIFF_RUNG_AUTO;
	req->out_reason = SKIFF_REASON_BEST;
	t = accept(ctx, req);
	if (IS_ERR_OR_NULL(t)) {
		if (t)
			skiff_stats_add(requests_refused, 1);
		return PTR_ERR_OR_ZERO(t);
	}
	skiff_transfer_get(t);
	nonblock = t->socket->file->f_flags & O_NONBLOCK;
	err = skiff_transfer_send(t, nonblock);
	req->out_queued = t->receipt.bytes_queued;
	req->out_error = t->receipt.error;
	skiff_transfer_put(t);
	return err;
}
