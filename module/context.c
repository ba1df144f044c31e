// SPDX-License-Identifier: GPL-2.0-only
/*
 * A context: one open of /dev/skiff, its transfers and their completions.
 *
 * A transfer that goes on after its first slice is listed, so that it is found
 * by cancel and close; one that ends in that slice never was. A completion is
 * the transfer itself, moved to @ended, so that nothing has to be allocated
 * when a transfer ends. SUBMIT reserves a slot before it accepts; the slot is
 * free again when the completion was taken. So @ended never holds more than
 * the limit, and nothing accepted is ever lost. A transfer of a ring, which
 * keeps its completion itself, has a slot until it ends.
 *
 * References: @running and @ended own one to each transfer on them. Transfers
 * own one to the context, for their whole life, so that a receipt read much
 * later can tell whose it is.
 *
 * Close: runs in release(), when no ioctl, read or poll is under way and none
 * can begin. It cancels what runs, and waits until each has ended: an engine
 * slice does not sleep for a disk or a peer, so this is short. Then it ends the
 * trails that linger (trail.c), and waits for those that a worker has just got:
 * never for one that is still queued, behind jobs that may never end. A task
 * that is being killed does not wait; its transfers still end, on the workers
 * that run them, and nobody is left to see when.
 */
#include <linux/cred.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "context.h"
#include "receipt.h"
#include "trail.h"
#include "transfer.h"
#include "user.h"

/* Trails that linger at the most; what more there would be is spared. */
#define TRAILS_MAX	1024

unsigned int skiff_context_transfers = 16384;
module_param_named(context_transfers, skiff_context_transfers, uint, 0444);
MODULE_PARM_DESC(context_transfers,
		 "Transfers of one context whose completion was not taken, at the most");

struct skiff_context *skiff_context_create(void)
{
	struct skiff_context *ctx = kzalloc(sizeof(*ctx), GFP_KERNEL_ACCOUNT);

	if (!ctx)
		return NULL;
	ctx->user = skiff_user_find(current_uid());
	if (!ctx->user) {
		kfree(ctx);
		return NULL;
	}
	refcount_set(&ctx->ref, 1);
	spin_lock_init(&ctx->lock);
	INIT_LIST_HEAD(&ctx->running);
	INIT_LIST_HEAD(&ctx->ended);
	INIT_LIST_HEAD(&ctx->trails);
	mutex_init(&ctx->take);
	init_waitqueue_head(&ctx->wait);
	return ctx;
}

void skiff_context_put(struct skiff_context *ctx)
{
	if (!refcount_dec_and_test(&ctx->ref))
		return;
	skiff_user_put(ctx->user);
	kfree(ctx);
}

bool skiff_context_reserve(struct skiff_context *ctx)
{
	bool ok;

	spin_lock(&ctx->lock);
	ok = ctx->nr_slots < skiff_context_transfers;
	ctx->nr_slots += ok;
	spin_unlock(&ctx->lock);
	return ok;
}

void skiff_context_unreserve(struct skiff_context *ctx)
{
	spin_lock(&ctx->lock);
	ctx->nr_slots--;
	spin_unlock(&ctx->lock);
}

/* @t goes on, where others can find it to cancel it; the list takes a reference.
 * A transfer that ends where it began was never on the list.
 */
void skiff_context_add(struct skiff_context *ctx, struct skiff_transfer *t)
{
	if (t->listed)
		return;
	t->listed = true;
	skiff_transfer_get(t);
	spin_lock(&ctx->lock);
	list_add_tail(&t->in_context, &ctx->running);
	ctx->nr_running++;
	spin_unlock(&ctx->lock);
}

/* @t has ended. Its place, and the list's reference, become its completion, or
 * end here if it owes none, or owes it to nobody.
 */
void skiff_context_end(struct skiff_context *ctx, struct skiff_transfer *t)
{
	bool listed = t->listed, owed;

	if (!listed && !t->owes_completion && !t->in_ring)
		return;
	spin_lock(&ctx->lock);
	owed = t->owes_completion && !ctx->closed;
	if (owed) {
		if (!listed)
			skiff_transfer_get(t);
		list_move_tail(&t->in_context, &ctx->ended);
		ctx->nr_ended++;
	} else {
		list_del_init(&t->in_context);
		ctx->nr_slots -= t->in_ring;
	}
	ctx->nr_running -= listed;
	spin_unlock(&ctx->lock);
	/* Whoever waits looks at the counts after it has queued itself. */
	if (wq_has_sleeper(&ctx->wait))
		wake_up_all(&ctx->wait);
	if (listed && !owed)
		skiff_transfer_put(t);
}

/**
 * skiff_context_add_trail() - a trail lingers, where close finds it
 * @ctx: the context
 * @trail: the trail; receives what is to become of it
 *
 * It rests for a while, or is given one try by its job, unless the context is
 * being closed by who will then end it. That is under the lock, so that close
 * finds the work or the job with the trail.
 */
void skiff_context_add_trail(struct skiff_context *ctx,
			     struct skiff_trail *trail)
{
	spin_lock(&ctx->lock);
	trail->counted = !ctx->swept && ctx->nr_trails < TRAILS_MAX;
	trail->closing = ctx->closed || !trail->counted;
	trail->left = trail->counted && ctx->closed;
	if (trail->counted) {
		list_add(&trail->in_context, &ctx->trails);
		ctx->nr_trails++;
	}
	if (!trail->closing)
		skiff_trail_rest(trail);
	else if (!trail->left)
		skiff_worker_queue(&trail->job);
	spin_unlock(&ctx->lock);
}

/* For close: any that lingers, with a reference to its transfer, or NULL. */
struct skiff_trail *skiff_context_take_trail(struct skiff_context *ctx)
{
	struct skiff_trail *trail;

	spin_lock(&ctx->lock);
	trail = list_first_entry_or_null(&ctx->trails, struct skiff_trail,
					 in_context);
	ctx->swept = !trail;
	if (trail) {
		list_del_init(&trail->in_context);
		skiff_transfer_get(trail->t);
	}
	spin_unlock(&ctx->lock);
	return trail;
}

/* Its files are let go. */
void skiff_context_end_trail(struct skiff_context *ctx,
			     struct skiff_trail *trail)
{
	spin_lock(&ctx->lock);
	list_del_init(&trail->in_context);
	ctx->nr_trails -= trail->counted;
	spin_unlock(&ctx->lock);
	if (wq_has_sleeper(&ctx->wait))
		wake_up_all(&ctx->wait);
}

/**
 * skiff_context_cancel() - tell transfers to end
 * @ctx: the context
 * @id: of the transfer, or
 * @all: each that runs
 *
 * Return: how many were told
 */
int skiff_context_cancel(struct skiff_context *ctx, u64 id, bool all)
{
	struct skiff_transfer *t;
	int nr = 0;

	spin_lock(&ctx->lock);
	list_for_each_entry(t, &ctx->running, in_context) {
		if (!all && t->id != id)
			continue;
		skiff_transfer_cancel(t);
		nr++;
	}
	spin_unlock(&ctx->lock);
	return nr;
}

unsigned int skiff_context_nr_ended(struct skiff_context *ctx)
{
	return READ_ONCE(ctx->nr_ended);
}

static struct skiff_transfer *first_ended(struct skiff_context *ctx)
{
	struct skiff_transfer *t;

	spin_lock(&ctx->lock);
	t = list_first_entry_or_null(&ctx->ended, struct skiff_transfer,
				     in_context);
	spin_unlock(&ctx->lock);
	return t;
}

static void forget(struct skiff_context *ctx, struct skiff_transfer *t)
{
	spin_lock(&ctx->lock);
	list_del_init(&t->in_context);
	ctx->nr_ended--;
	ctx->nr_slots--;
	spin_unlock(&ctx->lock);
	skiff_transfer_put(t);
}

/**
 * skiff_context_take() - take completions that are there
 * @ctx: the context
 * @to: user memory for them
 * @nr: at the most so many
 *
 * Return: how many were taken, or -EFAULT or -EINTR if none was. What did not
 * arrive in user memory is not taken.
 */
ssize_t skiff_context_take(struct skiff_context *ctx,
			   struct skiff_completion __user *to, size_t nr)
{
	struct skiff_transfer *t;
	ssize_t done = 0;

	if (mutex_lock_interruptible(&ctx->take))
		return -EINTR;
	/* @take keeps the first one where it is while it is copied. */
	while (done < nr && (t = first_ended(ctx))) {
		struct skiff_completion c;

		skiff_receipt_completion(t, &c);
		if (copy_to_user(to + done, &c, sizeof(c))) {
			done = done ?: -EFAULT;
			break;
		}
		forget(ctx, t);
		done++;
	}
	mutex_unlock(&ctx->take);
	return done;
}

/* Until it is 0. The last close may come from a descriptor in flight, in the
 * worker that closes files for the whole machine: that does not wait.
 */
static void wait_until(struct skiff_context *ctx, const unsigned int *nr)
{
	if (!(current->flags & PF_KTHREAD))
		(void)wait_event_killable(ctx->wait, !READ_ONCE(*nr));
}

void skiff_context_close(struct skiff_context *ctx)
{
	struct skiff_transfer *t;

	spin_lock(&ctx->lock);
	ctx->closed = true;
	spin_unlock(&ctx->lock);

	skiff_context_cancel(ctx, 0, true);
	/* Whether this waits or not: from here on nothing is added. */
	wait_until(ctx, &ctx->nr_running);
	skiff_trail_close(ctx);
	wait_until(ctx, &ctx->nr_trails);
	while ((t = first_ended(ctx)))
		forget(ctx, t);
	skiff_context_put(ctx);
}
