/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernels about commands of io_uring.
 *
 * 6.1 cannot cancel a command, so a ring with a stalled one could not go away:
 * there skiff has none, and SKIFF_HAS_URING is 0.
 */
#ifndef _SKIFF_COMPAT_URING_H
#define _SKIFF_COMPAT_URING_H

#include <linux/version.h>

#if IS_ENABLED(CONFIG_IO_URING) && LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#define SKIFF_HAS_URING 1
#else
#define SKIFF_HAS_URING 0
#endif

#if SKIFF_HAS_URING
#include <linux/io_uring/cmd.h>

static inline const struct skiff_uring *
skiff_uring_payload(const struct io_uring_cmd *cmd)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
	return io_uring_sqe_cmd(cmd->sqe, struct skiff_uring);
#else
	return io_uring_sqe_cmd(cmd->sqe);
#endif
}

static inline void skiff_uring_done(struct io_uring_cmd *cmd, s32 res, u64 res2,
				    unsigned int issue_flags)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
	io_uring_cmd_done32(cmd, res, res2, issue_flags);
#else
	io_uring_cmd_done(cmd, res, res2, issue_flags);
#endif
}

/* Whether this thread may complete it here: in some rings only their own may. */
static inline bool skiff_uring_may_complete(struct io_uring_cmd *cmd)
{
	return !(cmd_to_io_kiocb(cmd)->ctx->flags &
		 IORING_SETUP_DEFER_TASKRUN) ||
	       current == io_uring_cmd_get_task(cmd);
}

/* Define @name to call @func(cmd, issue_flags) as a task work. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
#define SKIFF_URING_TASK_WORK(name, func)				\
static void name(struct io_tw_req req, io_tw_token_t token)		\
{									\
	func(io_uring_cmd_from_tw(req), IO_URING_CMD_TASK_WORK_ISSUE_FLAGS); \
}
#else
#define SKIFF_URING_TASK_WORK(name, func)				\
static void name(struct io_uring_cmd *cmd, unsigned int issue_flags)	\
{									\
	func(cmd, issue_flags);						\
}
#endif

#endif /* SKIFF_HAS_URING */

#endif
