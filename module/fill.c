// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fill: making the next bytes of a file available, by what may sleep.
 *
 * Whoever runs the transfer (holds SKIFF_RUNNING) prepares the one fill that it
 * has and has a worker do it (worker.c), which may sleep in the file system for
 * as long as that likes. The transfer may end meanwhile: the fill refers to
 * everything it needs by itself - the file, the credentials, the memory cgroup,
 * the transfer's memory and the module - and never touches the socket. So
 * cancel and close do not wait for it, and a hung file system holds up nobody
 * but itself.
 *
 * Waiting for the disk takes no thread. If the source says -EIOCBQUEUED, an
 * entry of ours is in the wait queue of a folio that is being read, and cannot
 * be taken out; it is called once, when the folio is unlocked, in any context,
 * maybe before the source has returned. So worker and wake-up meet (@met), and
 * who comes second settles: the worker itself, the wake-up by @work on the
 * engine's queue, as it may neither sleep nor drop the last of anything. The
 * first touches nothing any more. The entry is part of the transfer's memory,
 * which the fill refers to; the file is let go before, so that a disk which
 * does not answer pins no file that its user closed.
 *
 * Hand-over: @busy is set before the job is queued. settle() clears it with
 * release when the result is in place, then kicks the transfer. Pages in a
 * result that nobody will collect are dropped by whoever comes last: settle()
 * after clearing @busy looks for SKIFF_ENDED, the end after setting SKIFF_ENDED
 * looks for @busy; with a full barrier between each pair at least one of them
 * sees the other, and xchg() lets only one of them drop (discard()).
 *
 * The end of the transfer also revokes the job (skiff_fill_drop()). If that was
 * not begun, its references are dropped at once, in the name of the worker that
 * will not come; the transfer still has its own, so that none is the last. If
 * it is run, the worker is killed, and lets go when the file system lets go of
 * it. A fill that waits for a folio holds nothing but memory.
 *
 * rmmod is refused while a fill is under way: it owns a module reference, which
 * settle() puts, in a worker, a work of the engine's queue or the end of a
 * transfer. Exit waits for the tails of all three.
 *
 * A fill either is what the transfer waits for, or it only reads ahead (@ahead)
 * while the transfer goes on. There is one at a time: a transfer that runs into
 * the end of what is there waits for its read-ahead to be started, then for the
 * bytes.
 *
 * SEND calls the same code in its own thread, which lends it all references.
 */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/ktime.h>
#include <linux/memcontrol.h>
#include <linux/module.h>
#include <linux/sched/mm.h>

#include "account.h"
#include "direct.h"
#include "pin.h"
#include "stats.h"
#include "trace.h"
#include "trail.h"
#include "transfer.h"
#include "window.h"
#include "worker.h"

static void prepare_next(struct skiff_transfer *t)
{
	skiff_range_prepare(t, t->current_part, t->parts[t->current_part].pos, false);
}

/* The second of worker and wake-up. */
static bool have_met(struct skiff_fill *f)
{
	return atomic_inc_return(&f->met) == 2;
}

/* What the fill waits for is there. Any context; once for each -EIOCBQUEUED. */
void skiff_fill_told(struct skiff_range *range)
{
	struct skiff_fill *f = container_of(range, struct skiff_fill, range);

	if (have_met(f))
		skiff_transfer_queue_work(&f->work);
}

static int folio_unlocked(struct wait_queue_entry *entry, unsigned int mode,
			  int sync, void *key)
{
	struct wait_page_queue *folio =
		container_of(entry, struct wait_page_queue, wait);
	struct skiff_fill *f = container_of(folio, struct skiff_fill, folio);

	if (!wake_page_match(folio, key))
		return 0;
	list_del_init(&entry->entry);
	skiff_fill_told(&f->range);
	return 1;
}

static void expect_wake_up(struct skiff_fill *f)
{
	f->folio.wait.func = folio_unlocked;
	f->folio.wait.private = NULL;
	f->folio.wait.flags = 0;
	INIT_LIST_HEAD(&f->folio.wait.entry);
	atomic_set(&f->met, 0);
	f->range.folio = &f->folio;
}

/* What the fill brought is pinned until the socket has taken it. */
static void pin_pages(struct skiff_fill *f)
{
	struct skiff_transfer *t = container_of(f, struct skiff_transfer, fill);

	if (!f->range.pages)
		return;
	f->pinned = f->range.pages->bytes;
	skiff_pin_add(t->context, t->user, f->pinned);
}

static void fill(struct skiff_fill *f)
{
	struct skiff_transfer *t = container_of(f, struct skiff_transfer, fill);
	u64 began = ktime_get_ns();

	if (f->ahead) {
		f->source->ahead(&f->range);
		f->result = 1;
	} else {
		f->result = f->source->fill(&f->range);
		pin_pages(f);
	}
	skiff_account_brought(t, f->range.read, f->ahead);
	trace_skiff_fill(t, ktime_get_ns() - began);
}

static void fill_as_submitter(struct skiff_fill *f)
{
	struct mem_cgroup *memcg = set_active_memcg(f->memcg);
	const struct cred *cred = override_creds(f->cred);

	fill(f);

	revert_creds(cred);
	set_active_memcg(memcg);
}

/* Drop the pages that a fill brought. */
void skiff_fill_put_pages(struct skiff_transfer *t)
{
	struct skiff_window *w = t->fill.range.pages;

	if (!w)
		return;
	t->fill.range.pages = NULL;
	skiff_pin_add(t->context, t->user, -(long)t->fill.pinned);
	skiff_window_free(w);
}

/* The transfer has ended, and no fill is under way: drop what fills brought.
 * Also called by two at once, of whom one does it.
 */
static void discard(struct skiff_transfer *t)
{
	unsigned int i;

	if (xchg(&t->fill.discarded, true))
		return;
	skiff_fill_put_pages(t);
	/* Of a fill whose result nobody looked at. */
	if (t->fill.fresh)
		skiff_account_found(t, &t->fill.range);
	t->fill.fresh = false;
	skiff_account_passed(t, t->fill.range.part);
	for (i = 0; i < t->nr_parts; i++)
		skiff_direct_end(t->parts[i].direct);
	skiff_trail_linger(t);
}

/* The result is there, unless @f did not begin. */
static void settle(struct skiff_fill *f)
{
	struct skiff_transfer *t = container_of(f, struct skiff_transfer, fill);

	f->ready_ns = ktime_get_ns();
	/* Pairs with skiff_fill_collect(). */
	smp_store_release(&f->busy, false);
	/* Not busy before the look at SKIFF_ENDED: pairs with skiff_fill_drop(). */
	smp_mb();
	if (skiff_transfer_has_ended(t))
		discard(t);
	else
		skiff_transfer_kick(t);

	skiff_transfer_put(t);
	module_put(THIS_MODULE);
}

static void run_job(struct skiff_job *job)
{
	struct skiff_fill *f = container_of(job, struct skiff_fill, job);

	skiff_account_fill(container_of(f, struct skiff_transfer, fill));
	if (f->ahead)
		skiff_stats_add(fills_ahead, 1);
	if (f->source == &skiff_source_pipe)
		skiff_source_pipe_lend(f->range.file);
	fill_as_submitter(f);
}

static void job_done(struct skiff_job *job)
{
	struct skiff_fill *f = container_of(job, struct skiff_fill, job);
	bool queued = f->result == -EIOCBQUEUED;

	/* A kernel thread's fput() would be left to one work item that serves
	 * the whole machine; this one may sleep, so it does it itself.
	 */
	__fput_sync(f->range.file);
	put_cred(f->cred);
	mem_cgroup_put(f->memcg);
	if (queued)
		f->result = 1;
	if (!queued || have_met(f))
		settle(f);
}

static void woken(struct work_struct *work)
{
	settle(container_of(work, struct skiff_fill, work));
}

/* Once for the life of @t, so that two fills of it never run at once. */
void skiff_fill_setup(struct skiff_transfer *t)
{
	struct skiff_job *job = &t->fill.job;

	job->run = run_job;
	job->done = job_done;
	job->user = t->user;
	INIT_LIST_HEAD(&job->node);
	INIT_WORK(&t->fill.work, woken);
}

static void start(struct skiff_transfer *t)
{
	struct skiff_fill *f = &t->fill;

	skiff_transfer_detach(t);
	get_file(f->range.file);
	f->cred = get_cred(t->cred);
	f->memcg = t->memcg;
	if (f->memcg)
		css_get(&f->memcg->css);
	expect_wake_up(f);
	__module_get(THIS_MODULE);
	skiff_transfer_get(t);
	f->busy = true;
	skiff_worker_queue(&f->job);
}

/* In the thread of a SEND: in its name, and with its references. */
static void do_here(struct skiff_transfer *t)
{
	t->fill.range.folio = NULL;
	fill(&t->fill);
	t->fill.ready_ns = ktime_get_ns();
}

/**
 * skiff_fill_queue() - fill from the current position, on a worker
 * @t: held by the caller; kicked when it is done. No-op if one is under way, or
 *	has a result that was not collected.
 */
void skiff_fill_queue(struct skiff_transfer *t)
{
	/* Under way, or done since the slice looked, and not collected yet: its
	 * kick brings the transfer back.
	 */
	if (smp_load_acquire(&t->fill.busy) || t->fill.fresh)
		return;
	prepare_next(t);
	start(t);
}

/* Fill from the current position, here and now. */
void skiff_fill_here(struct skiff_transfer *t)
{
	prepare_next(t);
	do_here(t);
}

/**
 * skiff_fill_ahead() - start the read-ahead of a marker that was passed
 * @t: held by the caller, in a slice; goes on sending meanwhile
 *
 * If a fill is under way the marker is kept for later: it can only be one that
 * reads ahead, as the transfer would wait for any other.
 */
void skiff_fill_ahead(struct skiff_transfer *t)
{
	if (t->marker < 0 || t->marked_part < t->current_part ||
	    smp_load_acquire(&t->fill.busy)) /* pairs with settle() */
		return;
	skiff_fill_collect(t);
	/* The last window reached the end of the piece. */
	if (!skiff_range_left(&t->parts[t->marked_part], t->marker, true)) {
		t->marker = -1;
		return;
	}
	skiff_range_prepare(t, t->marked_part, t->marker, true);
	if (t->here) {
		do_here(t);
		skiff_fill_collect(t);
	} else {
		start(t);
	}
}

/* What the fill tells of the disk. */
static void learn(struct skiff_transfer *t)
{
	const struct skiff_range *r = &t->fill.range;
	u64 window = (u64)r->ra.size << PAGE_SHIFT;

	t->parts[r->part].ra = r->ra;
	skiff_account_found(t, r);
	if (window > t->receipt.readahead)
		WRITE_ONCE(t->receipt.readahead, window);
	if (r->read_ns && t->fill.result > 0)
		skiff_ahead_waited(&t->ahead, t->fill.ready_ns - r->read_ns);
}

/**
 * skiff_fill_collect() - look at what a fill brought
 * @t: held by the caller
 *
 * Return: 1: go on; 0: the file ends here; -EAGAIN: a fill is under way that
 * must be waited for; or the errno that it met
 */
int skiff_fill_collect(struct skiff_transfer *t)
{
	struct skiff_fill *f = &t->fill;

	if (smp_load_acquire(&f->busy)) /* pairs with settle() */
		return f->ahead ? 1 : -EAGAIN;
	if (!f->fresh)
		return 1;
	f->fresh = false;
	learn(t);
	return f->result > 0 ? 1 : f->result;
}

/* The transfer has ended, but has its references yet: nobody will collect. */
void skiff_fill_drop(struct skiff_transfer *t)
{
	struct skiff_fill *f = &t->fill;

	/* Nothing was ever read for it. */
	if (!f->source)
		return;
	/* SKIFF_ENDED before the look at @busy: pairs with settle(). */
	smp_mb();
	if (!READ_ONCE(f->busy)) {
		discard(t);
	} else if (skiff_worker_revoke(&f->job)) {
		fput(f->range.file);
		put_cred(f->cred);
		mem_cgroup_put(f->memcg);
		settle(f);
	}
}
