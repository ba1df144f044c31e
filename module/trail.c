// SPDX-License-Identifier: GPL-2.0-only
/*
 * A trail: pages that a transfer brought into the page cache, until they are
 * out of it again.
 *
 * While the transfer runs, each fill notes what it brings, then, while the disk
 * is at work, drops what was sent and the network has let go of. So what is
 * there at once is what one window brings, what another is sent from, and what
 * the socket holds, however long the file is. Pages that stay in use are
 * somebody else's: there are only so many notes, and the oldest is given up for
 * a new one.
 *
 * When the transfer has ended, the network still holds its last bytes, and
 * nobody says on every rung when it does not. So the trail lingers: a job tries
 * again after a while, and a longer one, until nothing is left, or nothing could
 * be dropped for the length of the deadline, or the context is closed, in which
 * case it tries once more and gives up the rest (spared).
 *
 * Owner: the fill, which is one at a time (fill.c) and hands the trail from one
 * to the next by @busy; then, from skiff_trail_linger() on, whoever has the
 * pending work or the job; close takes it from either. So no lock is held while
 * the page cache is looked at.
 *
 * Close takes a trail from its timer, or from the queue of the workers, and ends
 * it itself. It waits for one only that a worker has got. Trails of transfers that
 * end while it waits for those are left to it; later ones, and those beyond what a
 * context may have, get one try by their job, for which nobody waits.
 *
 * References: each note owns one to the file. The lingering trail owns one to
 * the transfer, whose memory it is part of, and one to the module. Both are put
 * in a worker or in close.
 *
 * Context: process, and it may sleep, though dropping does not wait for the disk
 * or a lock: what is locked is in use. So close may wait for a job that runs.
 *
 * Unload: the job's and the work's tails are waited for by the exits of worker.c
 * and run.c.
 */
#include <linux/file.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "account.h"
#include "brought.h"
#include "context.h"
#include "run.h"
#include "trail.h"
#include "transfer.h"

#define NOTES_MAX	512
#define BACKOFF_MIN	DIV_ROUND_UP(HZ, 100)
#define BACKOFF_MAX	HZ

static void forget(struct skiff_trail *trail, struct skiff_brought *b)
{
	list_del(&b->node);
	trail->nr--;
	if (b->left)
		skiff_account_dropped(trail->t, 0, b->left);
	if (current->flags & PF_KTHREAD)
		__fput_sync(b->file);
	else
		fput(b->file);
	skiff_brought_free(b);
}

/**
 * skiff_trail_add() - note what a read brought
 * @trail: of the transfer that it was for
 * @b: what it brought; taken over
 * @part: index of the piece that it was read for
 */
void skiff_trail_add(struct skiff_trail *trail, struct skiff_brought *b,
		     unsigned int part)
{
	if (trail->nr == NOTES_MAX)
		forget(trail, list_first_entry(&trail->brought,
					       struct skiff_brought, node));
	get_file(b->file);
	b->part = part;
	list_add_tail(&b->node, &trail->brought);
	trail->nr++;
}

static pgoff_t pages_sent(const struct skiff_brought *b, unsigned int part,
			  loff_t sent)
{
	if (b->part != part)
		return b->part < part ? ULONG_MAX : 0;
	return sent >> PAGE_SHIFT;
}

/**
 * skiff_trail_drop() - drop what was sent, and is not in use any more
 * @trail: the trail
 * @part: index of the piece that is sent now,
 * @sent: up to before this byte; what was brought for later ones stays
 */
void skiff_trail_drop(struct skiff_trail *trail, unsigned int part, loff_t sent)
{
	struct skiff_brought *b, *next;

	list_for_each_entry_safe(b, next, &trail->brought, node) {
		unsigned int gone, spared = 0;

		gone = skiff_brought_drop(b, pages_sent(b, part, sent),
					  READ_ONCE(trail->closing), &spared);
		if (gone || spared) {
			skiff_account_dropped(trail->t, gone, spared);
			trail->progress = jiffies;
		}
		if (!b->left)
			forget(trail, b);
	}
}

/* Nothing more is dropped. The caller owns the trail. */
static void end(struct skiff_trail *trail)
{
	struct skiff_transfer *t = trail->t;
	struct skiff_brought *b, *next;

	list_for_each_entry_safe(b, next, &trail->brought, node)
		forget(trail, b);
	skiff_context_end_trail(t->context, trail);
	skiff_transfer_put(t);
	module_put(THIS_MODULE);
}

static void drop_all(struct skiff_trail *trail)
{
	skiff_trail_drop(trail, UINT_MAX, 0);
}

static void run_job(struct skiff_job *job)
{
	drop_all(container_of(job, struct skiff_trail, job));
}

/* Have the job queued after a while. */
void skiff_trail_rest(struct skiff_trail *trail)
{
	trail->backoff = clamp(trail->backoff * 2, BACKOFF_MIN, BACKOFF_MAX);
	skiff_run_later(&trail->work, trail->backoff);
}

static bool is_over(const struct skiff_trail *trail)
{
	return !trail->nr || READ_ONCE(trail->closing) ||
	       time_after_eq(jiffies, trail->progress + trail->t->deadline);
}

static void job_done(struct skiff_job *job)
{
	struct skiff_trail *trail = container_of(job, struct skiff_trail, job);
	struct skiff_transfer *t = trail->t;

	if (is_over(trail)) {
		end(trail);
		return;
	}
	/* Close may take it from now on, and end it. */
	skiff_transfer_get(t);
	skiff_trail_rest(trail);
	smp_mb(); /* pending, then the look: pairs with take_from_job() */
	if (READ_ONCE(trail->closing) && cancel_delayed_work(&trail->work))
		end(trail);
	skiff_transfer_put(t);
}

static void work_fn(struct work_struct *work)
{
	skiff_worker_queue(&container_of(to_delayed_work(work),
					 struct skiff_trail, work)->job);
}

/**
 * skiff_trail_create() - a transfer is to leave nothing in the page cache
 * @t: the transfer
 *
 * Return: 0 or -ENOMEM
 */
int skiff_trail_create(struct skiff_transfer *t)
{
	struct skiff_trail *trail;

	if (t->trail)
		return 0;
	trail = kzalloc(sizeof(*trail), GFP_KERNEL_ACCOUNT);
	if (!trail)
		return -ENOMEM;
	trail->t = t;
	INIT_LIST_HEAD(&trail->brought);
	INIT_LIST_HEAD(&trail->in_context);
	INIT_DELAYED_WORK(&trail->work, work_fn);
	trail->job.run = run_job;
	trail->job.done = job_done;
	trail->job.user = t->user;
	INIT_LIST_HEAD(&trail->job.node);
	t->trail = trail;
	return 0;
}

/* @t has ended, and no fill is under way. */
void skiff_trail_linger(struct skiff_transfer *t)
{
	struct skiff_trail *trail = t->trail;

	if (!trail || !trail->nr)
		return;
	skiff_transfer_get(t);
	__module_get(THIS_MODULE);
	trail->progress = jiffies;
	skiff_context_add_trail(t->context, trail);
}

/* Whether it is the closer's, and no job's. */
static bool take_from_job(struct skiff_trail *trail)
{
	if (trail->left)
		return true;
	WRITE_ONCE(trail->closing, true);
	smp_mb(); /* before the look: pairs with job_done() */
	/* If the work is just queuing the job, that is waited for. */
	return cancel_delayed_work_sync(&trail->work) ||
	       skiff_worker_revoke(&trail->job);
}

/* The trails of a context that is being closed end now, or as soon as the worker
 * is through that has them, for which the caller may wait.
 */
void skiff_trail_close(struct skiff_context *ctx)
{
	struct skiff_trail *trail;

	while ((trail = skiff_context_take_trail(ctx))) {
		struct skiff_transfer *t = trail->t;

		if (take_from_job(trail)) {
			drop_all(trail);
			end(trail);
		}
		skiff_transfer_put(t);
	}
}
