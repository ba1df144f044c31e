// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands of io_uring: a request handed in by a ring, its end told by a CQE.
 *
 * A command is io_uring's object: it owns a reference to the device's file, so
 * that while there is one the context is open and the module stays. A transfer
 * that came by a ring is like one of SUBMIT, but that its end is told to the
 * command instead of becoming a completion; its slot in the context is given
 * back by skiff_context_end(), just before.
 *
 * Three may want to complete the command, and exactly one must:
 *   the issuer   in whose thread uring_cmd() runs, if the transfer ended there
 *   the ender    finish() of the transfer, later, on a worker
 *   the cancel   by io_uring, when a ring goes away, or its task executes
 *                another program
 * They settle it by one word, @ring of the transfer:
 *   NULL   to begin with. The issuer runs the first slice, and only if the
 *          transfer did not end there puts the command in (cmpxchg).
 *   a command: whoever takes it out completes it.
 *   OVER   the ender leaves it (xchg), or the cancel that took the command out
 *          (cmpxchg). An issuer that finds it completes the command itself.
 * The cancel that finds NULL has come between the issuer's last two steps: it
 * does nothing, as io_uring asks again until the command is completed.
 *
 * References: the command owns one to its transfer (in its own memory, @pdu),
 * from before it can be cancelled until it is completed. io_uring calls the
 * cancel under uring_lock for any command on its list, also one the ender took
 * and whose task work has not run; completing takes it off the list under that
 * lock, and only then is the reference dropped.
 *
 * Who runs what, with which locks:
 *   issue    the submitter's thread, with uring_lock; or a worker of io_uring,
 *            without, which has the submitter's memory, descriptors and
 *            credentials; or the SQPOLL thread, with those of who made the ring
 *   ender    a worker of the engine, no lock. It may not complete a command
 *            itself, so it adds a task work; in process context, too
 *   task work: the thread that submitted, or a kernel thread if that has ended
 *   cancel: the thread that goes on without its rings, or a kernel thread
 *   both with uring_lock
 * So uring_lock is outside of all of ours. A slice holds the socket's lock and
 * those of file systems, but nothing that holds one of these waits for a ring.
 * The cancel takes no lock at all, but that of a work queue: it must not wait
 * for a slice, which may wait for the socket's lock in the submitter's thread.
 *
 * Cancel: completes the command at once, with ECANCELED, and tells the transfer
 * to end, which it does by itself, like one whose context was closed. It holds
 * its own references to the context and the module, and none to the file. In a
 * ring with DEFER_TASKRUN that a kernel thread takes down, only the ring's own
 * thread may post the CQE, by a task work.
 *
 * A stalled peer: the transfer's deadline ends it. Unload: while there is a
 * command, the file is open. io_uring lets go of the file after its call of
 * ours has returned: the task work and the cancel only put the command on a
 * list, which their caller works off; the issuer has uring_lock or, on a worker
 * of io_uring, a reference to the command of its own. After the ender's task
 * work may have run, the run's module reference keeps the module (transfer.c).
 */
#include <linux/uaccess.h>

#include "compat/uring.h"
#include "context.h"
#include "dev.h"
#include "submit.h"
#include "transfer.h"
#include "uring.h"

#if SKIFF_HAS_URING

#define OVER	((struct io_uring_cmd *)ERR_PTR(-ESTALE))

/**
 * struct pdu - our part of a command
 * @transfer: its transfer, referenced, from when it can be cancelled
 */
struct pdu {
	struct skiff_transfer *transfer;
};

static struct pdu *pdu_of(struct io_uring_cmd *cmd)
{
	return io_uring_cmd_to_pdu(cmd, struct pdu);
}

/* Complete the command. It is gone afterwards. */
static void done(struct io_uring_cmd *cmd, s32 error, unsigned int issue_flags)
{
	struct skiff_transfer *t = pdu_of(cmd)->transfer;
	u64 queued = READ_ONCE(t->receipt.bytes_queued);

	skiff_uring_done(cmd, error ?: min_t(u64, queued, INT_MAX), queued,
			 issue_flags);
	skiff_transfer_put(t);
}

static void done_ended(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	done(cmd, pdu_of(cmd)->transfer->receipt.error, issue_flags);
}

SKIFF_URING_TASK_WORK(ended_work, done_ended)

/**
 * skiff_uring_end() - tell the command, if there is one, that its transfer ended
 * @t: its receipt is final; the caller's module reference outlives the call
 */
void skiff_uring_end(struct skiff_transfer *t)
{
	struct io_uring_cmd *cmd;

	if (!t->in_ring)
		return;
	cmd = xchg(&t->ring, OVER);
	/* Lazy: one CQE for each task work, as that wants it. */
	if (cmd && cmd != OVER)
		io_uring_cmd_do_in_task_lazy(cmd, ended_work);
}

static void done_cancelled(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	done(cmd, -ECANCELED, issue_flags);
}

SKIFF_URING_TASK_WORK(cancelled_work, done_cancelled)

static void cancel(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	struct skiff_transfer *t = pdu_of(cmd)->transfer;

	if (cmpxchg(&t->ring, cmd, OVER) != cmd)
		return;
	skiff_transfer_cancel(t);
	if (skiff_uring_may_complete(cmd))
		done_cancelled(cmd, issue_flags);
	else
		io_uring_cmd_complete_in_task(cmd, cancelled_work);
}

/* Returns -EIOCBQUEUED if the command is, or will be, completed elsewhere. */
static int send(struct io_uring_cmd *cmd, struct skiff_context *ctx,
		void __user *from, unsigned int issue_flags)
{
	struct skiff_transfer *t;
	int err;

	err = skiff_submit_take(ctx, from, PAGE_SIZE, &t);
	if (err)
		return err;
	if (IS_ERR_OR_NULL(t))
		return PTR_ERR_OR_ZERO(t);

	pdu_of(cmd)->transfer = skiff_transfer_get(t);
	t->in_ring = true;
	skiff_transfer_start(t);

	if (READ_ONCE(t->ring) != OVER) {
		io_uring_cmd_mark_cancelable(cmd, issue_flags);
		if (!cmpxchg(&t->ring, NULL, cmd))
			return -EIOCBQUEUED;
	}
	/* The word, then the receipt: pairs with skiff_uring_end(). */
	smp_rmb();
	done_ended(cmd, issue_flags);
	return -EIOCBQUEUED;
}

static int run(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	const struct skiff_uring *payload = skiff_uring_payload(cmd);
	struct skiff_context *ctx = cmd->file->private_data;
	void __user *argument = u64_to_user_ptr(READ_ONCE(payload->argument));

	if (READ_ONCE(payload->reserved))
		return -EINVAL;
	switch (cmd->cmd_op) {
	case SKIFF_URING_SEND:
		return send(cmd, ctx, argument, issue_flags);
	case SKIFF_URING_CANCEL:
		return skiff_dev_command(ctx, SKIFF_CANCEL, argument);
	}
	return -ENOTTY;
}

/* All errnos go by done(): -EAGAIN, returned, would have the command issued
 * once more.
 */
int skiff_uring_cmd(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	int ret;

	if (issue_flags & IO_URING_F_CANCEL) {
		cancel(cmd, issue_flags);
		return 0;
	}
	ret = run(cmd, issue_flags);
	if (ret != -EIOCBQUEUED)
		skiff_uring_done(cmd, ret, 0, issue_flags);
	return -EIOCBQUEUED;
}

bool skiff_uring_works(void)
{
	return true;
}

#else

void skiff_uring_end(struct skiff_transfer *t)
{
}

int skiff_uring_cmd(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	return -EOPNOTSUPP;
}

bool skiff_uring_works(void)
{
	return false;
}

#endif
