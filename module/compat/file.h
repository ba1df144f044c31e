/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between kernels about struct file. */
#ifndef _SKIFF_COMPAT_FILE_H
#define _SKIFF_COMPAT_FILE_H

#include <linux/fs.h>
#include <linux/version.h>

/* Whether the file offers asynchronous buffered reads (IOCB_WAITQ). */
static inline bool skiff_file_reads_async(const struct file *file)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	return file->f_op->fop_flags & FOP_BUFFER_RASYNC;
#else
	return file->f_mode & FMODE_BUF_RASYNC;
#endif
}

/* Drop a reference unless it is the last one; whether it was dropped. */
static inline bool skiff_file_put_unless_last(struct file *file)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	return false;
#else
	return atomic_long_add_unless(&file->f_count, -1, 1);
#endif
}

#endif
