// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a transfer: who runs it, when, and how it ends.
 *
 * State word. A transfer is run by one thread at a time: whoever sets
 * SKIFF_RUNNING. It is born with the bit set, held by its submitter, who runs
 * the first slice inline. Everybody else - wake-ups of the socket, fills,
 * cancel, the next in line - calls skiff_transfer_kick(), which sets
 * SKIFF_AGAIN and, if nobody runs it, queues the engine's work. The runner
 * clears AGAIN before each slice and RUNNING only if AGAIN is still clear, so
 * no event is lost: it either is seen by a slice that began after it, or finds
 * RUNNING clear and queues. A runner that finds AGAIN set goes to the end of the
 * queue, so that no run is longer than a slice. kick() takes no lock but the work queue's own and
 * may be called from any context. SKIFF_DEAD is set together with AGAIN; the
 * next slice ends the transfer. ENDED is the last bit; RUNNING stays set with
 * it, so that nobody runs it any more.
 *
 * A transfer without thread waits in one of three ways: in line (the one before
 * kicks it), for room (its socket's wait entry kicks the first in line), for a
 * fill (which kicks it). @work, a delayed work, is the kick's vehicle and also
 * the clock: a runner that waits for room or disk sets it to the deadline.
 *
 * SEND keeps RUNNING for its whole life and sleeps on @sleeper, where kicks
 * wake it.
 *
 * References (@ref):
 *   the run      from alloc to finish(), which is the last step of the end
 *   the table    of ids, from accept until it drops out of the recent ones
 *   the context  on its list, from accept until the completion is taken
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
 * The end (end(), by the runner) settles in this order: flush a corked tail;
 * ENDED; leave the line, which starts the next transfer; let files go; then
 * finish(): the completion. So when a completion can be seen, all files have
 * been let go.
 *
 * A run that goes on without its submitter (skiff_transfer_detach()) takes the submitter's
 * credentials and memory cgroup, and a reference to the module, which is put in
 * process context with the device open, or in a work function of a queue that
 * exit destroys. Before that the submitter's thread and open device are enough.
 *
 * Letting files go. In the submitter's or another user's thread fput() does
 * what close(2) would. From a kernel thread the last fput() of anything goes to
 * one work item that serves the whole machine, where a socket with SO_LINGER
 * would sleep in everybody's way. So a worker drops only references that are
 * not the last; those that are go to a queue of their own, which may sleep;
 * a positive linger time is cleared first, as the kernel does for a task that exits:
 * the close(2) that it was meant for is over.
 */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fsnotify.h>
#include <linux/memcontrol.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "compat/file.h"
#include "context.h"
#include "flight.h"
#include "receipt.h"
#include "sink.h"
#include "socket.h"
#include "stats.h"
#include "transfer.h"
#include "uring.h"
#include "user.h"

/* A header, a range and a trailer. */
#define FEW_PARTS	3

static struct kmem_cache *cache;
static struct workqueue_struct *queue;
static struct workqueue_struct *put_queue;

static void work_fn(struct work_struct *work);
static void put_work_fn(struct work_struct *work);

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
	atomic_set(&t->flights, 1);
	INIT_LIST_HEAD(&t->turn);
	INIT_LIST_HEAD(&t->in_context);
	INIT_LIST_HEAD(&t->recent);
	INIT_DELAYED_WORK(&t->work, work_fn);
	INIT_WORK(&t->put_work, put_work_fn);
	skiff_fill_setup(t);
	init_waitqueue_head(&t->sleeper);
	return t;
}

void skiff_transfer_put(struct skiff_transfer *t)
{
	if (!refcount_dec_and_test(&t->ref))
		return;
	skiff_user_put(t->user);
	skiff_context_put(t->context);
	dispose(t, t->nr_parts);
}

/* The submitter returns, and the transfer goes on by itself, in its name. */
void skiff_transfer_detach(struct skiff_transfer *t)
{
	if (t->detached)
		return;
	t->detached = true;
	t->refused = skiff_engine_ask(t);
	t->cred = get_current_cred();
	t->memcg = get_mem_cgroup_from_mm(current->mm);
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
	skiff_context_add(t->context, t);
	note_access(t);
	skiff_stats_add(transfers_accepted, 1);
}

/* The files are gone. Everything that others may see of the end. */
static void finish(struct skiff_transfer *t)
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

static void forget_linger(struct file *file)
{
	struct socket *sock = sock_from_file(file);

	if (!sock || !sock->sk)
		return;
	lock_sock(sock->sk);
	/* Zero means reset at close: that is not a wait, and stays. */
	if (sock->sk->sk_lingertime)
		sock_reset_flag(sock->sk, SOCK_LINGER);
	release_sock(sock->sk);
}

static void put_work_fn(struct work_struct *work)
{
	struct skiff_transfer *t = container_of(work, struct skiff_transfer,
						put_work);
	unsigned int i;

	for (i = 0; i < t->nr_parts; i++)
		if (t->parts[i].file)
			__fput_sync(t->parts[i].file);
	if (t->put_socket) {
		forget_linger(t->put_socket);
		__fput_sync(t->put_socket);
	}
	finish(t);
}

/* Whether @file was put, or is for put_work. */
static bool put_file(struct file *file)
{
	if (!(current->flags & PF_KTHREAD)) {
		fput(file);
		return true;
	}
	return skiff_file_put_unless_last(file);
}

static bool put_files(struct skiff_transfer *t)
{
	bool all = true;
	unsigned int i;

	for (i = 0; i < t->nr_parts; i++) {
		struct skiff_part *part = &t->parts[i];

		if (part->file && put_file(part->file))
			part->file = NULL;
		all &= !part->file;
	}
	if (t->put_socket && put_file(t->put_socket))
		t->put_socket = NULL;
	return all && !t->put_socket;
}

/* The first to say so is right. */
static void note_release(struct skiff_transfer *t, u64 now)
{
	cmpxchg64(&t->receipt.released_ns, 0, now);
}

/* Nothing more is queued from @now on. The runner says so, maybe twice. */
void skiff_transfer_queued(struct skiff_transfer *t, u64 now)
{
	if (t->receipt.queued_ns)
		return;
	if (t->corked)
		skiff_sink_flush(t->socket);
	t->corked = false;
	WRITE_ONCE(t->receipt.queued_ns, now);
	skiff_flight_depart(t);
	if (atomic_dec_and_test(&t->flights) && t->flew)
		note_release(t, now);
}

/* A flight of @t landed. By the one work that sees to landings. */
void skiff_transfer_landed(struct skiff_transfer *t, u64 orphaned_skbs,
			   u64 orphaned_bytes)
{
	struct skiff_receipt *r = &t->receipt;

	if (orphaned_skbs) {
		WRITE_ONCE(r->orphaned_skbs, r->orphaned_skbs + orphaned_skbs);
		WRITE_ONCE(r->orphaned_bytes,
			   r->orphaned_bytes + orphaned_bytes);
		skiff_stats_add(orphaned_skbs, orphaned_skbs);
		skiff_stats_add(orphaned_bytes, orphaned_bytes);
	}
	if (!atomic_dec_and_test(&t->flights))
		return;
	note_release(t, ktime_get_ns());
	if (t->to_release)
		skiff_transfer_kick(t);
}

/* One send, and that was all: the last byte was queued with the first. */
static u64 time_of_end(const struct skiff_transfer *t, int error)
{
	if (t->receipt.windows == 1 && !error && !t->to_release)
		return t->receipt.first_ns;
	return ktime_get_ns();
}

static void end(struct skiff_transfer *t, int error)
{
	u64 now = time_of_end(t, error);

	skiff_transfer_queued(t, now);
	skiff_engine_wait_over(t);
	if (t->to_release && !error)
		note_release(t, now);
	WRITE_ONCE(t->receipt.end_ns, now);
	WRITE_ONCE(t->receipt.error, error);
	WRITE_ONCE(t->receipt.state, SKIFF_STATE_ENDED);

	atomic_or(SKIFF_ENDED, &t->state);
	t->put_socket = skiff_socket_leave(t);
	if (t->detached && cancel_delayed_work(&t->work))
		skiff_transfer_put(t);
	skiff_fill_drop(t);
	release(t);

	if (put_files(t))
		finish(t);
	else
		queue_work(put_queue, &t->put_work);
}

/* A pending work owns a reference; one that is moved keeps its own. */
static void queue_run(struct skiff_transfer *t, unsigned long delay)
{
	skiff_transfer_get(t);
	if (mod_delayed_work(queue, &t->work, delay))
		skiff_transfer_put(t);
}

/**
 * skiff_transfer_kick() - something that it may have waited for happened
 * @t: referenced by the caller, or protected by a lock that it leaves under
 *
 * Any context.
 */
void skiff_transfer_kick(struct skiff_transfer *t)
{
	int old = atomic_fetch_or(SKIFF_AGAIN, &t->state);

	if (old & SKIFF_RUNNING) {
		if (wq_has_sleeper(&t->sleeper))
			wake_up(&t->sleeper);
	} else if (!(old & SKIFF_AGAIN)) {
		queue_run(t, 0);
	}
}

/* Tell it to end with ECANCELED. Any context. */
void skiff_transfer_cancel(struct skiff_transfer *t)
{
	atomic_or(SKIFF_DEAD, &t->state);
	skiff_transfer_kick(t);
}

/* Have a work done on the engine's queue, as soon as may be. Any context. */
void skiff_transfer_queue_work(struct work_struct *work)
{
	queue_work(queue, work);
}

static void clear_again(struct skiff_transfer *t)
{
	atomic_andnot(SKIFF_AGAIN, &t->state);
	/* Before the slice looks at what AGAIN may have stood for. */
	smp_mb__after_atomic();
}

/* Stop running it, unless something happened since clear_again(). */
static bool stop_running(struct skiff_transfer *t)
{
	int old = atomic_read(&t->state);

	do {
		if (old & SKIFF_AGAIN)
			return false;
	} while (!atomic_try_cmpxchg_release(&t->state, &old,
					     old & ~SKIFF_RUNNING));
	return true;
}

static unsigned long until_deadline(const struct skiff_transfer *t)
{
	unsigned long end = t->progress + t->deadline;

	return time_before(jiffies, end) ? end - jiffies : 0;
}

/* A socket that says room and takes nothing may also say it to us, in the very
 * send that it refuses: while that is backed off from, only the timer counts,
 * and cancel. What else happens is found when it expires.
 */
static bool backs_off(const struct skiff_transfer *t, int slice)
{
	return slice == SKIFF_SLICE_ROOM && t->backoff;
}

/* Be woken at the deadline, or earlier if the socket cannot be relied on. */
static unsigned long longest_wait(const struct skiff_transfer *t, int slice)
{
	unsigned long wait = until_deadline(t);

	if (slice == SKIFF_SLICE_TURN)
		return MAX_SCHEDULE_TIMEOUT;
	if ((slice == SKIFF_SLICE_ROOM || slice == SKIFF_SLICE_RELEASE) &&
	    t->backoff)
		return min_t(unsigned long, wait, t->backoff);
	return wait;
}

static void arm(struct skiff_transfer *t, int slice)
{
	if (slice == SKIFF_SLICE_DISK)
		skiff_fill_queue(t);
	if (slice != SKIFF_SLICE_TURN)
		queue_run(t, longest_wait(t, slice));
}

static void to_end_of_queue(struct skiff_transfer *t)
{
	atomic_fetch_andnot_release(SKIFF_RUNNING | SKIFF_AGAIN, &t->state);
	skiff_transfer_kick(t);
}

/* The caller holds SKIFF_RUNNING, and has not when this returns. */
static void run(struct skiff_transfer *t)
{
	int slice;

	clear_again(t);
	slice = skiff_engine_slice(t);
	if (slice <= 0) {
		end(t, slice);
		return;
	}
	skiff_transfer_detach(t);
	if (slice == SKIFF_SLICE_MORE) {
		to_end_of_queue(t);
		return;
	}
	arm(t, slice);
	if (backs_off(t, slice))
		clear_again(t);
	/* A cancel before that is seen here, one after it by stop_running(). */
	if (atomic_read(&t->state) & SKIFF_DEAD || !stop_running(t))
		to_end_of_queue(t);
}

/* A slice on a worker, in the name of the submitter. */
static void run_as_submitter(struct skiff_transfer *t)
{
	const struct cred *cred = get_cred(t->cred);
	const struct cred *old = override_creds(cred);
	struct mem_cgroup *memcg = t->memcg, *old_memcg;

	if (memcg)
		css_get(&memcg->css);
	old_memcg = set_active_memcg(memcg);

	WRITE_ONCE(t->receipt.slices_worker, t->receipt.slices_worker + 1);
	skiff_stats_add(slices_worker, 1);
	run(t);

	set_active_memcg(old_memcg);
	mem_cgroup_put(memcg);
	revert_creds(old);
	put_cred(cred);
}

static void work_fn(struct work_struct *work)
{
	struct skiff_transfer *t = container_of(to_delayed_work(work),
						struct skiff_transfer, work);

	atomic_or(SKIFF_AGAIN, &t->state);
	if (!(atomic_fetch_or(SKIFF_RUNNING, &t->state) & SKIFF_RUNNING))
		run_as_submitter(t);
	skiff_transfer_put(t);
}

static void count_inline(struct skiff_transfer *t)
{
	WRITE_ONCE(t->receipt.slices_inline, t->receipt.slices_inline + 1);
	skiff_stats_add(slices_inline, 1);
}

/* Run the first slice here, the rest as events come. */
void skiff_transfer_start(struct skiff_transfer *t)
{
	skiff_transfer_get(t);
	count_inline(t);
	run(t);
	if (skiff_transfer_has_ended(t) && !t->receipt.slices_worker)
		skiff_stats_add(transfers_inline, 1);
	else
		skiff_receipt_publish();
	skiff_transfer_put(t);
}

/* An accepted transfer that its submitter could not be told of. */
void skiff_transfer_withdraw(struct skiff_transfer *t)
{
	end(t, -EFAULT);
}

/* Sleep until kicked. Returns 0, or an errno to end with. */
static int sleep(struct skiff_transfer *t, int slice, long *timeo)
{
	long wait = min_t(unsigned long, *timeo, longest_wait(t, slice));
	int until = backs_off(t, slice) ? SKIFF_DEAD : SKIFF_AGAIN;
	long left;

	if (!*timeo)
		return -EAGAIN;
	left = wait_event_interruptible_timeout(t->sleeper,
						atomic_read(&t->state) & until,
						wait);
	if (left < 0)
		return sock_intr_errno(*timeo);
	if (*timeo != MAX_SCHEDULE_TIMEOUT)
		*timeo -= wait - left;
	return 0;
}

/* Run to the end, here. SO_SNDTIMEO limits each wait in which nothing moves, as
 * in sendfile(2).
 */
static int run_here(struct skiff_transfer *t, const long timeo)
{
	u64 queued = 0;
	long left = timeo;
	int slice, err = 0;

	while (!err) {
		clear_again(t);
		count_inline(t);
		slice = skiff_engine_slice(t);
		if (slice <= 0)
			return slice;
		if (t->receipt.bytes_queued != queued) {
			queued = t->receipt.bytes_queued;
			left = timeo;
		}
		if (slice == SKIFF_SLICE_DISK)
			skiff_fill_here(t);
		if (slice != SKIFF_SLICE_DISK && slice != SKIFF_SLICE_MORE) {
			err = sleep(t, slice, &left);
			continue;
		}
		cond_resched();
		if (signal_pending(current))
			err = sock_intr_errno(timeo);
	}
	return err;
}

/**
 * skiff_transfer_send() - run an accepted transfer to its end, here
 * @t: referenced by the caller
 * @nonblock: do not wait for room or turn
 *
 * Return: 0 if any byte was queued, or the file ended; else an errno
 */
int skiff_transfer_send(struct skiff_transfer *t, bool nonblock)
{
	int err;

	t->here = true;
	err = run_here(t, sock_sndtimeo(t->socket->sk, nonblock));
	end(t, err == -ERESTARTSYS ? -EINTR : err);
	if (t->receipt.bytes_queued || err == -ENODATA)
		return 0;
	return err;
}

int skiff_transfer_init(void)
{
	const size_t size = struct_size((struct skiff_transfer *)NULL, parts,
					FEW_PARTS);

	cache = kmem_cache_create("skiff_transfer", size, 0, SLAB_ACCOUNT, NULL);
	if (!cache)
		return -ENOMEM;
	queue = alloc_workqueue("skiff", WQ_UNBOUND | WQ_FREEZABLE, 0);
	if (!queue)
		goto err_queue;
	put_queue = alloc_workqueue("skiff_put", WQ_UNBOUND | WQ_FREEZABLE, 0);
	if (!put_queue)
		goto err_put_queue;
	return 0;

err_put_queue:
	destroy_workqueue(queue);
err_queue:
	kmem_cache_destroy(cache);
	return -ENOMEM;
}

void skiff_transfer_exit(void)
{
	destroy_workqueue(put_queue);
	destroy_workqueue(queue);
}

/* When nobody knows of a transfer any more. */
void skiff_transfer_exit_memory(void)
{
	kmem_cache_destroy(cache);
}
