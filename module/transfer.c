// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a transfer: how it begins, who refers to it, and how it ends.
 *
 * References (@ref):
 *   the run      from alloc to finish(), which is the last step of the end
 *   the table    of ids, from accept until it drops out of the recent ones
 *   the context  on its list, from when it goes on until the completion is taken
 *   its socket   each transfer in the line of an object that it owns (socket.c)
 *   a queued work (@work), a fill under way, each look-up
 * Transfers of few pieces have a cache of their own: a flood of small ones goes
 * in and out of it without bothering anybody else.
 *
 * Release. @flights counts flights that have not landed, and one more until the
 * runner has queued the last byte, or gives up: whoever brings it to zero knows
 * when the network let go of all of them. A transfer that is to end only then
 * is run once more by each landing.
 *
 * The end (by the runner) settles in this order: flush a corked tail; ENDED;
 * leave the line, which starts the next transfer; let files go; then finish():
 * the completion. So when a completion can be seen, all files have been let
 * go.
 *
 * A run that goes on without its submitter (skiff_transfer_detach()) takes the
 * submitter's credentials and memory cgroup, and a reference to the module,
 * which is put in process context with the device open, or in a work function
 * of a queue that exit destroys. Before that the submitter's thread and open
 * device are enough.
 */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fsnotify.h>
#include <linux/memcontrol.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "account.h"
#include "context.h"
#include "files.h"
#include "flight.h"
#include "receipt.h"
#include "run.h"
#include "sink.h"
#include "socket.h"
#include "stats.h"
#include "trace.h"
#include "transfer.h"
#include "uring.h"
#include "user.h"

/* A header and a range. */
#define FEW_PARTS	2

static struct kmem_cache *cache;

static void dispose(struct skiff_transfer *t, unsigned int nr_parts)
{
	if (nr_parts <= FEW_PARTS)
		kmem_cache_free(cache, t);
	else
		kfree(t);
}

/* Who opened a context usually is who uses it. */
static struct skiff_user *submitter(struct skiff_context *ctx)
{
	if (uid_eq(ctx->user->uid, current_uid()))
		return skiff_user_get(ctx->user);
	return skiff_user_find(current_uid());
}

/**
 * skiff_transfer_alloc() - a transfer that nobody knows of yet
 * @ctx: whose
 * @nr_parts: zeroed parts
 *
 * Return: it, with one reference, or NULL
 */
struct skiff_transfer *skiff_transfer_alloc(struct skiff_context *ctx,
					    unsigned int nr_parts)
{
	struct skiff_transfer *t;

	if (nr_parts <= FEW_PARTS)
		t = kmem_cache_zalloc(cache, GFP_KERNEL_ACCOUNT);
	else
		t = kzalloc(struct_size(t, parts, nr_parts),
			    GFP_KERNEL_ACCOUNT);
	if (!t)
		return NULL;
	t->user = submitter(ctx);
	if (!t->user) {
		dispose(t, nr_parts);
		return NULL;
	}
	t->nr_parts = nr_parts;
	refcount_set(&t->ref, 1);
	atomic_set(&t->state, SKIFF_RUNNING);
	refcount_inc(&ctx->ref);
	t->context = ctx;
	t->marker = -1;
	t->fill.tried = -1;
	atomic_set(&t->flights, 1);
	init_waitqueue_head(&t->sleeper);
	INIT_LIST_HEAD(&t->turn);
	INIT_LIST_HEAD(&t->in_context);
	INIT_LIST_HEAD(&t->recent);
	return t;
}

static void free_extras(struct skiff_transfer *t)
{
	unsigned int i;

	for (i = 0; i < t->nr_parts; i++)
		kfree(t->parts[i].direct);
	kfree(t->trail);
}

void skiff_transfer_put(struct skiff_transfer *t)
{
	if (!refcount_dec_and_test(&t->ref))
		return;
	skiff_user_put(t->user);
	skiff_context_put(t->context);
	if (t->has_extras)
		free_extras(t);
	dispose(t, t->nr_parts);
}

/* The submitter returns, and the transfer goes on by itself, in its name. */
void skiff_transfer_detach(struct skiff_transfer *t)
{
	if (t->detached)
		return;
	t->detached = true;
	/* For all that may run or end it elsewhere. */
	skiff_run_setup(t);
	skiff_files_setup(t);
	skiff_fill_setup(t);
	skiff_engine_ask(t);
	t->cred = get_current_cred();
	t->memcg = get_mem_cgroup_from_mm(current->mm);
	skiff_context_add(t->context, t);
	__module_get(THIS_MODULE);
}

/* What the run needed, but for files and the socket. */
static void release(struct skiff_transfer *t)
{
	if (t->detached) {
		put_cred(t->cred);
		mem_cgroup_put(t->memcg);
	}
	if (t->memory)
		page_frag_free(t->memory);
	t->memory = NULL;
}

/* Undo alloc, for a transfer that was not accepted. */
void skiff_transfer_discard(struct skiff_transfer *t)
{
	unsigned int i;

	for (i = 0; i < t->nr_parts; i++)
		if (t->parts[i].file)
			fput(t->parts[i].file);
	release(t);
	skiff_transfer_put(t);
}

/* What a read does besides reading, once for each piece and in the submitter's
 * thread, as it may start a journal's transaction. Reads that wait for the disk
 * see to the time of access by themselves.
 */
static void note_access(struct skiff_transfer *t)
{
	unsigned int i;

	for (i = 0; i < t->nr_parts; i++) {
		if (!t->parts[i].file)
			continue;
		file_accessed(t->parts[i].file);
		fsnotify_access(t->parts[i].file);
	}
}

/**
 * skiff_transfer_accept() - make a transfer known, and give it its place
 * @t: complete; the caller holds SKIFF_RUNNING and goes on to start, send or
 *	withdraw it
 * @socket: a checked socket's file; the reference is taken over
 */
void skiff_transfer_accept(struct skiff_transfer *t, struct file *socket)
{
	t->receipt.submit_ns = ktime_get_ns();
	skiff_socket_join(t, socket);
	skiff_receipt_add(t);
	note_access(t);
	skiff_stats_add(transfers_accepted, 1);
	trace_skiff_submit(t);
}

/* The files are gone. Everything that others may see of the end. */
void skiff_transfer_finish(struct skiff_transfer *t)
{
	bool detached = t->detached;

	skiff_stats_add(transfers_ended, 1);
	if (t->receipt.error == -ECANCELED)
		skiff_stats_add(transfers_cancelled, 1);
	else if (t->receipt.error)
		skiff_stats_add(transfers_failed, 1);

	skiff_receipt_retire(t);
	skiff_context_end(t->context, t);
	skiff_uring_end(t);
	skiff_transfer_put(t);
	if (detached)
		module_put(THIS_MODULE);
}

/* The first to say so is right: the last landing, or who waits for it. */
static void note_release(struct skiff_transfer *t, u64 now)
{
	if (!cmpxchg64(&t->receipt.released_ns, 0, now))
		trace_skiff_release(t);
}

/* All flights have: that is the release, if there was nothing but flights. */
static void note_landing(struct skiff_transfer *t, u64 now)
{
	if (t->receipt.bytes_queued && !t->blind)
		note_release(t, now);
}

/* Nothing more is queued from @now on. The runner says so, maybe twice. */
void skiff_transfer_queued(struct skiff_transfer *t, u64 now)
{
	if (t->receipt.queued_ns)
		return;
	if (t->corked) /* and if not now, then files.c */
		t->corked = !skiff_sink_flush(t->socket);
	WRITE_ONCE(t->receipt.queued_ns, now);
	skiff_flight_depart(t);
	if (atomic_dec_and_test(&t->flights))
		note_landing(t, now);
}

/* A flight of @t landed. By the one work that sees to landings. */
void skiff_transfer_landed(struct skiff_transfer *t, size_t bytes,
			   u64 orphaned_skbs, u64 orphaned_bytes)
{
	struct skiff_receipt *r = &t->receipt;

	skiff_account_released(t, bytes);
	if (orphaned_skbs) {
		WRITE_ONCE(r->orphaned_skbs, r->orphaned_skbs + orphaned_skbs);
		WRITE_ONCE(r->orphaned_bytes,
			   r->orphaned_bytes + orphaned_bytes);
		skiff_stats_add(orphaned_skbs, orphaned_skbs);
		skiff_stats_add(orphaned_bytes, orphaned_bytes);
	}
	if (!atomic_dec_and_test(&t->flights))
		return;
	note_landing(t, ktime_get_ns());
	if (t->to_release)
		skiff_transfer_kick(t);
}

/* One send, and that was all: the last byte was queued with the first. */
static u64 time_of_end(const struct skiff_transfer *t, int error)
{
	if (t->receipt.windows == 1 && !error && !t->to_release && !t->waiting)
		return t->receipt.first_ns;
	return ktime_get_ns();
}

void skiff_transfer_end(struct skiff_transfer *t, int error)
{
	u64 now = time_of_end(t, error);

	skiff_transfer_queued(t, now);
	skiff_account_end(t);
	if (t->to_release && !error) {
		note_release(t, now);
		skiff_account_released(t, t->receipt.bytes_queued -
					  t->receipt.bytes_released);
	}
	WRITE_ONCE(t->receipt.end_ns, now);
	WRITE_ONCE(t->receipt.error, error);
	WRITE_ONCE(t->receipt.state, SKIFF_STATE_ENDED);
	trace_skiff_complete(t);

	atomic_or(SKIFF_ENDED, &t->state);
	skiff_files_leave_socket(t);
	if (t->detached && cancel_delayed_work(&t->work))
		skiff_transfer_put(t);
	skiff_fill_drop(t);
	release(t);

	if (skiff_files_put(t))
		skiff_transfer_finish(t);
}

int skiff_transfer_init(void)
{
	const size_t size = struct_size((struct skiff_transfer *)NULL, parts,
					FEW_PARTS);

	cache = kmem_cache_create("skiff_transfer", size, 0, SLAB_ACCOUNT, NULL);
	return cache ? 0 : -ENOMEM;
}

/* Nobody knows of a transfer any more. */
void skiff_transfer_exit(void)
{
	kmem_cache_destroy(cache);
}
