// SPDX-License-Identifier: GPL-2.0-only
/*
 * Workers: threads for what may sleep in a file system, for ever if that is
 * how it behaves.
 *
 * Not a work queue, for three things that those cannot do. A thread here can be
 * killed: a watcher that does not answer, a server that is gone, a suspended
 * disk let go of a task that has a fatal signal, and of nothing else. A user
 * can only have so many at once; more of his jobs stand aside, and those of
 * others overtake them. And all of them together are bounded.
 *
 * A job is in one place at a time: with its user (skiff_user.waiting) while he
 * has his share, in the queue, with a worker (run), or with nobody. Admitted
 * ones, in the queue or with a worker, are counted in skiff_user.nr_fills until
 * their worker is free again, so a thread that cannot be killed costs its user
 * that part of his share and nobody else anything. The queue is first come,
 * first served.
 *
 * A worker is idle, in the list of those with the latest first, so that those
 * too many grow old; or it has a job. Whoever changes the one or the other list
 * matches them (match()). If jobs are left over, and there may be more threads,
 * a work hires: making a thread takes a context that may sleep. Another work
 * dismisses those that were idle for long: it takes them out of the list, so
 * that they are given nothing any more, then stops them.
 *
 * Killing. revoke() takes a job out of the queue or, if it is run, sends
 * SIGKILL, which a worker takes from the kernel alone. That is under the lock,
 * under which the worker also says that run() is over and forgets signals: none
 * can reach the next job, and done() is never disturbed. Nobody waits for a
 * worker: what it uses is its own, see fill.c.
 *
 * References: the queue and a worker borrow the job's; done() may drop the last
 * one. So the worker has one to the user, to give his share back after that.
 *
 * Lock: pool_lock, process context only. Inside it are a task's own locks (to
 * wake and to signal) and nothing of ours.
 *
 * Unload: each job owns a module reference, put in done(). When exit is called,
 * no worker has a job but, maybe, the tail of one. The works are cancelled,
 * which waits for their tails, then each thread is stopped, which waits until
 * it has returned to the kernel's own code.
 */
#include <linux/freezer.h>
#include <linux/kthread.h>
#include <linux/moduleparam.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "stats.h"
#include "user.h"
#include "worker.h"

#define IDLE_MAX	(10 * HZ)
#define HIRE_AGAIN	(HZ / 10)

/**
 * struct skiff_worker - a thread
 * @node: in @workers
 * @idle: in @idle_workers, or empty
 * @idle_since: jiffies
 * @job: to do, or NULL
 * @task: stopped by dismiss() or exit only, so valid until then
 */
struct skiff_worker {
	struct list_head node;
	struct list_head idle;
	unsigned long idle_since;
	struct skiff_job *job;
	struct task_struct *task;
};

static unsigned int workers_max = 64;
static unsigned int workers_per_user = 32;

static DEFINE_SPINLOCK(pool_lock); /* all below, and what worker.h says */
static LIST_HEAD(queue);
static LIST_HEAD(workers);
static LIST_HEAD(idle_workers);
static unsigned int nr_workers;

static void hire(struct work_struct *work);
static void dismiss(struct work_struct *work);
static DECLARE_DELAYED_WORK(hire_work, hire);
static DECLARE_DELAYED_WORK(dismiss_work, dismiss);

static int number_set(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 1, 4096);
}

static const struct kernel_param_ops number_ops = {
	.set = number_set,
	.get = param_get_uint,
};
module_param_cb(workers, &number_ops, &workers_max, 0644);
MODULE_PARM_DESC(workers, "Threads for what may sleep in a file system");
module_param_cb(workers_per_user, &number_ops, &workers_per_user, 0644);
MODULE_PARM_DESC(workers_per_user, "Of these, the most that one user has at once");

/* Give jobs to those who have none. */
static void match(void)
{
	struct skiff_worker *w;
	struct skiff_job *job;

	lockdep_assert_held(&pool_lock);
	while (!list_empty(&queue) && !list_empty(&idle_workers)) {
		w = list_first_entry(&idle_workers, struct skiff_worker, idle);
		job = list_first_entry(&queue, struct skiff_job, node);
		list_del_init(&w->idle);
		list_del_init(&job->node);
		job->worker = w;
		/* wait_for_job() has no lock when it looks. */
		WRITE_ONCE(w->job, job);
		wake_up_process(w->task);
	}
	if (!list_empty(&queue) && nr_workers < READ_ONCE(workers_max))
		schedule_delayed_work(&hire_work, 0);
}

/* Let in as many of the user's jobs as he may have. */
static void admit(struct skiff_user *user)
{
	struct skiff_job *job;

	lockdep_assert_held(&pool_lock);
	while (!list_empty(&user->waiting) &&
	       user->nr_fills < READ_ONCE(workers_per_user)) {
		job = list_first_entry(&user->waiting, struct skiff_job, node);
		list_move_tail(&job->node, &queue);
		job->admitted = true;
		user->nr_fills++;
	}
	match();
}

/**
 * skiff_worker_queue() - have a job done
 * @job: with nobody; referenced until it is done or revoked
 */
void skiff_worker_queue(struct skiff_job *job)
{
	spin_lock(&pool_lock);
	job->admitted = false;
	list_add_tail(&job->node, &job->user->waiting);
	admit(job->user);
	spin_unlock(&pool_lock);
}

/**
 * skiff_worker_revoke() - a job is no longer wanted
 * @job: referenced by the caller
 *
 * Return: whether it was not begun, and will not be: neither run() nor done()
 * is called. Else both are, or were; run() is told to give up.
 */
bool skiff_worker_revoke(struct skiff_job *job)
{
	bool queued;

	spin_lock(&pool_lock);
	queued = !list_empty(&job->node);
	if (queued) {
		list_del_init(&job->node);
		if (job->admitted) {
			job->user->nr_fills--;
			admit(job->user);
		}
	} else if (job->worker) {
		send_sig(SIGKILL, job->worker->task, 1);
		skiff_stats_add(fills_killed, 1);
	}
	spin_unlock(&pool_lock);
	return queued;
}

static void do_job(struct skiff_worker *me)
{
	struct skiff_job *job = me->job;
	struct skiff_user *user = skiff_user_get(job->user);

	job->run(job);

	spin_lock(&pool_lock);
	job->worker = NULL;
	flush_signals(current);
	spin_unlock(&pool_lock);

	job->done(job);

	spin_lock(&pool_lock);
	me->job = NULL;
	me->idle_since = jiffies;
	list_add(&me->idle, &idle_workers);
	user->nr_fills--;
	admit(user);
	spin_unlock(&pool_lock);
	skiff_user_put(user);
}

/* Whether there is one; if not, the thread is to end. */
static bool wait_for_job(struct skiff_worker *me)
{
	for (;;) {
		set_current_state(TASK_IDLE | TASK_FREEZABLE);
		if (READ_ONCE(me->job) || kthread_should_stop())
			break;
		schedule();
		try_to_freeze();
	}
	__set_current_state(TASK_RUNNING);
	return me->job;
}

static int worker_fn(void *arg)
{
	struct skiff_worker *me = arg;

	set_freezable();
	allow_kernel_signal(SIGKILL);
	while (wait_for_job(me))
		do_job(me);
	return 0;
}

static bool hire_one(void)
{
	struct skiff_worker *w = kzalloc(sizeof(*w), GFP_KERNEL);

	if (!w)
		return false;
	w->task = kthread_create(worker_fn, w, "skiff_fill");
	if (IS_ERR(w->task)) {
		kfree(w);
		return false;
	}
	spin_lock(&pool_lock);
	nr_workers++;
	list_add(&w->node, &workers);
	w->idle_since = jiffies;
	list_add(&w->idle, &idle_workers);
	match();
	spin_unlock(&pool_lock);
	wake_up_process(w->task);
	skiff_stats_add(workers_started, 1);
	return true;
}

static bool are_short(void)
{
	bool few;

	spin_lock(&pool_lock);
	few = !list_empty(&queue) && nr_workers < READ_ONCE(workers_max);
	spin_unlock(&pool_lock);
	return few;
}

static void hire(struct work_struct *work)
{
	while (are_short()) {
		if (!hire_one()) {
			schedule_delayed_work(&hire_work, HIRE_AGAIN);
			break;
		}
	}
	schedule_delayed_work(&dismiss_work, IDLE_MAX);
}

/* It has put itself into a list of idle ones by then, the last that it does. */
static void stop(struct skiff_worker *w)
{
	kthread_stop(w->task);
	spin_lock(&pool_lock);
	list_del(&w->idle);
	spin_unlock(&pool_lock);
	kfree(w);
}

static void dismiss(struct work_struct *work)
{
	struct skiff_worker *w, *next;
	LIST_HEAD(leaving);

	spin_lock(&pool_lock);
	list_for_each_entry_safe_reverse(w, next, &idle_workers, idle) {
		if (time_before(jiffies, w->idle_since + IDLE_MAX))
			break;
		list_del(&w->node);
		list_move(&w->idle, &leaving);
		nr_workers--;
	}
	if (nr_workers)
		schedule_delayed_work(&dismiss_work, IDLE_MAX);
	spin_unlock(&pool_lock);

	list_for_each_entry_safe(w, next, &leaving, idle)
		stop(w);
}

/* No job is left: see above. */
void skiff_worker_exit(void)
{
	struct skiff_worker *w, *next;

	cancel_delayed_work_sync(&hire_work);
	cancel_delayed_work_sync(&dismiss_work);
	list_for_each_entry_safe(w, next, &workers, node)
		stop(w);
}
