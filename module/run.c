// SPDX-License-Identifier: GPL-2.0-only
/*
 * Running a transfer: who does, when, and where.
 *
 * State word. A transfer is run by one thread at a time: whoever sets
 * SKIFF_RUNNING. It is born with the bit set, held by its submitter, who runs
 * the first slice inline. Everybody else - wake-ups of the socket, fills,
 * cancel, the next in line - calls skiff_transfer_kick(), which sets
 * SKIFF_AGAIN and, if nobody runs it, queues the engine's work. The runner
 * clears AGAIN before each slice and RUNNING only if AGAIN is still clear, so
 * no event is lost: it either is seen by a slice that began after it, or finds
 * RUNNING clear and queues. A runner that finds AGAIN set goes to the end of
 * the queue, so that no run is longer than a slice. kick() takes no lock but
 * the work queue's own and may be called from any context. SKIFF_DEAD is set
 * together with AGAIN; the next slice ends the transfer. ENDED is the last
 * bit; RUNNING stays set with it, so that nobody runs it any more.
 *
 * A transfer without thread waits in one of three ways: in line (the one
 * before kicks it), for room (its socket's wait entry kicks the first in
 * line), for a fill (which kicks it). @work, a delayed work, is the kick's
 * vehicle and also the clock: a runner that waits for room or disk sets it to
 * the deadline.
 *
 * SEND keeps RUNNING for its whole life and sleeps on @sleeper, where kicks
 * wake it.
 */
#include <linux/cred.h>
#include <linux/memcontrol.h>
#include <linux/sched/mm.h>
#include <net/sock.h>

#include "context.h"
#include "receipt.h"
#include "run.h"
#include "stats.h"
#include "transfer.h"

/* A slice does not sleep for anybody, so more would not do more. */
#define WORKERS_MAX	64

static struct workqueue_struct *queue;

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

/* Have a work done there after so many jiffies. */
void skiff_run_later(struct delayed_work *work, unsigned long delay)
{
	queue_delayed_work(queue, work, delay);
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
	unsigned long now = jiffies, end = t->progress + t->deadline;

	return time_before(now, end) ? end - now : 0;
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
		return wait ? min_t(unsigned long, wait, t->backoff) :
			      t->backoff;
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
		skiff_transfer_end(t, slice);
		return;
	}
	skiff_transfer_detach(t);
	if (slice == SKIFF_SLICE_MORE) {
		to_end_of_queue(t);
		return;
	}
	/* Before the timer is set, the expiry of which must not be forgotten. */
	if (backs_off(t, slice))
		clear_again(t);
	arm(t, slice);
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
	skiff_transfer_end(t, -EFAULT);
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
		skiff_context_add(t->context, t);
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
	skiff_transfer_end(t, err == -ERESTARTSYS ? -EINTR : err);
	if (t->receipt.bytes_queued || err == -ENODATA)
		return 0;
	return err;
}

/* Once for the life of @t, before anybody but its submitter runs it. */
void skiff_run_setup(struct skiff_transfer *t)
{
	INIT_DELAYED_WORK(&t->work, work_fn);
}

int skiff_run_init(void)
{
	queue = alloc_workqueue("skiff", WQ_UNBOUND | WQ_FREEZABLE | WQ_SYSFS,
				WORKERS_MAX);
	return queue ? 0 : -ENOMEM;
}

void skiff_run_exit(void)
{
	destroy_workqueue(queue);
}
