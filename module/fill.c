// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fill: making the next bytes of a file available, by what may sleep.
 *
 * Whoever runs the transfer (holds SKIFF_RUNNING) prepares the one fill that it
 * has and hands it to a worker, which may sleep in the file system for as long
 * as that likes. The transfer may end meanwhile: the fill refers to everything
 * it needs by itself - the file, the credentials, the memory cgroup, the
 * transfer's memory and the module - and never touches the socket. So cancel
 * and close do not wait for it, and a hung file system holds up nobody but
 * itself.
 *
 * Waiting for the disk takes no thread. If the source says -EIOCBQUEUED, an
 * entry of ours is in the wait queue of a folio that is being read, and cannot
 * be taken out; it is called once, when the folio is unlocked, in any context,
 * maybe before the source has returned. So the two meet: whoever comes second
 * goes on, the worker at once, the wake-up by queueing the same work again. The
 * first touches nothing any more. The entry is part of the transfer's memory,
 * which the fill refers to; the file is let go before, so that a disk which
 * does not answer pins no file that its user closed.
 *
 * Hand-over: @busy is set before the work is queued. The worker clears it with
 * release when the result is in place, then kicks the transfer. Pages in a
 * result that nobody will collect are dropped by whoever comes last: the worker
 * after clearing @busy looks for SKIFF_ENDED, the end after setting SKIFF_ENDED
 * looks for @busy; with a full barrier between each pair at least one of them
 * sees the other, and xchg() lets only one of them drop.
 *
 * Workers are apart from the engine's, so that files that are slow to read
 * hold up no transfer that could send. rmmod is refused while a fill runs: it
 * owns a module reference, which is put inside the work function; exit destroys
 * the queue, which waits for that function's last instruction.
 *
 * SEND calls the same code in its own thread, which lends it all references.
 */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/memcontrol.h>
#include <linux/module.h>
#include <linux/sched/mm.h>

#include "transfer.h"
#include "window.h"

static struct workqueue_struct *queue;

static void prepare(struct skiff_transfer *t)
{
	struct skiff_part *part = &t->parts[t->current_part];
	struct skiff_fill *f = &t->fill;

	if (part->pos == t->fill_pos) {
		t->fill_tries++;
	} else {
		t->fill_pos = part->pos;
		t->fill_tries = 1;
	}

	WARN_ON_ONCE(f->range.pages);
	f->source = part->source;
	/* The page cache has the folio, but still not in a state that can be
	 * sent: partially uptodate, as after a small write into a hole, for
	 * which a read of one byte need not wait; or it was reclaimed at once.
	 * The file system's own splice method reads it whole and hands it out.
	 */
	if (t->fill_tries > 1 && part->file->f_op->splice_read)
		f->source = &skiff_source_pipe;

	f->range.file = part->file;
	f->range.pos = part->pos;
	f->range.want = min_t(loff_t, part->end - part->pos,
			      SKIFF_WINDOW_BYTES);
	f->range.ra = part->ra;
	f->fresh = true;
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
	f->woken = true;
	if (atomic_inc_return(&f->met) == 2)
		queue_work(queue, &f->work);
	return 1;
}

static void expect_wake_up(struct skiff_fill *f)
{
	f->folio.wait.func = folio_unlocked;
	f->folio.wait.private = NULL;
	f->folio.wait.flags = 0;
	INIT_LIST_HEAD(&f->folio.wait.entry);
	atomic_set(&f->met, 0);
	f->woken = false;
	f->range.folio = &f->folio;
}

static void fill(struct skiff_fill *f)
{
	struct mem_cgroup *memcg = set_active_memcg(f->memcg);
	const struct cred *cred = override_creds(f->cred);

	f->result = f->source->fill(&f->range);

	revert_creds(cred);
	set_active_memcg(memcg);
}

/* Also called by two at once; one gets the pages. */
static void drop_pages(struct skiff_fill *f)
{
	skiff_window_free(xchg(&f->range.pages, NULL));
}

/* Whether the result is there; if not, the wake-up will queue the work again,
 * or already has.
 */
static bool fill_and_let_go(struct skiff_fill *f)
{
	bool queued;

	if (f->source == &skiff_source_pipe)
		skiff_source_pipe_lend(f->range.file);
	fill(f);
	queued = f->result == -EIOCBQUEUED;

	/* A worker's fput() would be left to one work item that serves the
	 * whole machine; this worker may sleep, so it does it itself.
	 */
	__fput_sync(f->range.file);
	put_cred(f->cred);
	mem_cgroup_put(f->memcg);
	return !queued || atomic_inc_return(&f->met) == 2;
}

static void fill_work(struct work_struct *work)
{
	struct skiff_fill *f = container_of(work, struct skiff_fill, work);
	struct skiff_transfer *t = container_of(f, struct skiff_transfer, fill);

	if (!f->woken && !fill_and_let_go(f))
		return;
	if (f->result == -EIOCBQUEUED)
		f->result = 1;

	/* Pairs with skiff_fill_collect(). */
	smp_store_release(&f->busy, false);
	/* Not busy before the look at SKIFF_ENDED: pairs with skiff_fill_drop(). */
	smp_mb();
	if (skiff_transfer_has_ended(t))
		drop_pages(f);
	else
		skiff_transfer_kick(t);

	skiff_transfer_put(t);
	module_put(THIS_MODULE);
}

/* Once for the life of @t, so that two fills of it never run at once. */
void skiff_fill_setup(struct skiff_transfer *t)
{
	INIT_WORK(&t->fill.work, fill_work);
}

/**
 * skiff_fill_queue() - fill from the current position, on a worker
 * @t: held by the caller; kicked when it is done. No-op if one is under way, or
 *	has a result that was not collected.
 */
void skiff_fill_queue(struct skiff_transfer *t)
{
	struct skiff_fill *f = &t->fill;

	/* Under way, or done since the slice looked, and not collected yet: its
	 * kick brings the transfer back.
	 */
	if (smp_load_acquire(&f->busy) || f->fresh)
		return;
	prepare(t);
	get_file(f->range.file);
	f->cred = get_cred(t->cred);
	f->memcg = t->memcg;
	if (f->memcg)
		css_get(&f->memcg->css);
	expect_wake_up(f);
	__module_get(THIS_MODULE);
	skiff_transfer_get(t);
	f->busy = true;
	queue_work(queue, &f->work);
}

/* Fill from the current position, here and now. */
void skiff_fill_here(struct skiff_transfer *t)
{
	prepare(t);
	t->fill.range.folio = NULL;
	t->fill.result = t->fill.source->fill(&t->fill.range);
}

/**
 * skiff_fill_collect() - look at what a fill brought
 * @t: held by the caller
 *
 * Return: 1: go on; 0: the file ends here; -EAGAIN: a fill is under way; or
 * the errno that it met
 */
int skiff_fill_collect(struct skiff_transfer *t)
{
	struct skiff_fill *f = &t->fill;

	if (smp_load_acquire(&f->busy)) /* pairs with fill_work() */
		return -EAGAIN;
	if (!f->fresh)
		return 1;
	f->fresh = false;
	t->parts[t->current_part].ra = f->range.ra;
	return f->result > 0 ? 1 : f->result;
}

/* The transfer has ended: nobody will collect. */
void skiff_fill_drop(struct skiff_transfer *t)
{
	/* SKIFF_ENDED before the look at @busy: pairs with fill_work(). */
	smp_mb();
	if (!READ_ONCE(t->fill.busy))
		drop_pages(&t->fill);
}

int skiff_fill_init(void)
{
	queue = alloc_workqueue("skiff_fill", WQ_UNBOUND | WQ_FREEZABLE, 0);
	return queue ? 0 : -ENOMEM;
}

void skiff_fill_exit(void)
{
	destroy_workqueue(queue);
}
