// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/skiff: the file operations, and the table of ioctls.
 *
 * Every command goes the same way: its structure is copied in with the size
 * that the caller gave, checked, run, and copied back as far as the caller's
 * size reaches. The device file is referenced for the length of each call, so
 * a context is never closed beside one.
 */
#include <linux/compat.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/uaccess.h>

#include "context.h"
#include "dev.h"
#include "receipt.h"
#include "request.h"
#include "submit.h"
#include "sysfs.h"
#include "transfer.h"
#include "uring.h"

union command {
	__u32 size;
	struct skiff_info info;
	struct skiff_submit submit;
	struct skiff_wait wait;
	struct skiff_cancel cancel;
	struct skiff_receipt receipt;
	struct skiff_request send;
};

static int info(struct skiff_context *ctx, union command *c)
{
	struct skiff_info *i = &c->info;

	if (i->flags)
		return -EINVAL;
	*i = (struct skiff_info){
		.size = i->size,
		.out_abi = SKIFF_ABI_VERSION,
		.out_rungs = BIT(SKIFF_RUNG_UBUF) | BIT(SKIFF_RUNG_SPLICE) |
			     BIT(SKIFF_RUNG_PIPE) | BIT(SKIFF_RUNG_COPY),
		.out_policies = BIT(SKIFF_POLICY_KEEP) | BIT(SKIFF_POLICY_DROP) |
				BIT(SKIFF_POLICY_DIRECT) | BIT(SKIFF_POLICY_AUTO),
		.out_max_pieces = SKIFF_MAX_PIECES,
		.out_max_batch = SKIFF_MAX_BATCH,
		.out_max_transfers = skiff_context_transfers,
		.out_max_memory = SKIFF_MAX_MEMORY,
		.out_deadline_ms = READ_ONCE(skiff_deadline_ms),
		.out_features = skiff_uring_works() ? SKIFF_FEATURE_URING : 0,
	};
	return 0;
}

static int submit(struct skiff_context *ctx, union command *c)
{
	return skiff_submit_batch(ctx, &c->submit);
}

static int send(struct skiff_context *ctx, union command *c)
{
	return skiff_submit_send(ctx, &c->send);
}

static bool has_ended(struct skiff_context *ctx, unsigned int min)
{
	return skiff_context_nr_ended(ctx) >= min;
}

static int wait(struct skiff_context *ctx, union command *c)
{
	struct skiff_wait *w = &c->wait;
	struct skiff_completion __user *to = u64_to_user_ptr(w->completions);
	ktime_t timeout = min_t(u64, w->timeout_ns, KTIME_MAX);
	ssize_t n;
	int err = 0;

	if (w->flags || w->reserved || !w->nr || w->min > w->nr ||
	    w->nr > INT_MAX / sizeof(*to))
		return -EINVAL;

	if (timeout)
		err = wait_event_interruptible_hrtimeout(ctx->wait,
							 has_ended(ctx, w->min),
							 timeout);
	n = skiff_context_take(ctx, to, w->nr);
	if (n < 0)
		return n;
	w->out_nr = n;
	return !n && err == -ERESTARTSYS ? -EINTR : 0;
}

static int cancel(struct skiff_context *ctx, union command *c)
{
	struct skiff_cancel *r = &c->cancel;
	bool all = r->flags & SKIFF_CANCEL_ALL;

	if (r->flags & ~SKIFF_CANCEL_ALL || r->reserved || (all && r->id))
		return -EINVAL;
	r->out_nr = skiff_context_cancel(ctx, r->id, all);
	return r->out_nr || all ? 0 : -ENOENT;
}

static int receipt(struct skiff_context *ctx, union command *c)
{
	struct skiff_transfer *t;
	int err = -ENOENT;

	if (c->receipt.flags)
		return -EINVAL;
	t = skiff_receipt_find(c->receipt.id);
	if (!t)
		return err;
	if (t->context == ctx) {
		c->receipt.size = min_t(u32, c->receipt.size,
					sizeof(c->receipt));
		skiff_receipt_read(t, &c->receipt);
		err = 0;
	}
	skiff_transfer_put(t);
	return err;
}

/**
 * struct entry - one ioctl
 * @run: does it
 * @min: size up to the last member that the first version had
 * @size: size that we know
 */
struct entry {
	int (*run)(struct skiff_context *ctx, union command *c);
	size_t min;
	size_t size;
};

#define ENTRY(cmd, func, type, last)				\
	[_IOC_NR(cmd)] = {					\
		.run = func,					\
		.min = offsetofend(struct type, last),		\
		.size = sizeof(struct type),			\
	}

static const struct entry entries[] = {
	ENTRY(SKIFF_INFO, info, skiff_info, out_deadline_ms),
	ENTRY(SKIFF_SUBMIT, submit, skiff_submit, reserved),
	ENTRY(SKIFF_WAIT, wait, skiff_wait, reserved),
	ENTRY(SKIFF_CANCEL, cancel, skiff_cancel, reserved),
	ENTRY(SKIFF_RECEIPT, receipt, skiff_receipt, id),
	ENTRY(SKIFF_SEND, send, skiff_request, out_policy),
};

/**
 * skiff_dev_command() - run a command
 * @ctx: of the open device
 * @cmd: SKIFF_INFO and so on
 * @user: its structure
 *
 * Return: 0 or an errno
 */
int skiff_dev_command(struct skiff_context *ctx, unsigned int cmd,
		      void __user *user)
{
	const struct entry *e;
	union command c __uninitialized;
	u32 size;
	int err;

	/* The size in the number is that of the caller's structure, which says
	 * so itself.
	 */
	if (_IOC_TYPE(cmd) != SKIFF_IOCTL_TYPE ||
	    _IOC_DIR(cmd) != (_IOC_READ | _IOC_WRITE) ||
	    _IOC_NR(cmd) >= ARRAY_SIZE(entries))
		return -ENOTTY;
	e = &entries[_IOC_NR(cmd)];

	if (get_user(size, (u32 __user *)user))
		return -EFAULT;
	if (size < e->min)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	/* Fills all of what the command knows, with zeroes if need be. */
	err = copy_struct_from_user(&c, e->size, user, size);
	if (err)
		return err;
	/* Also when it fails: some say in their structure how far they came. */
	err = e->run(ctx, &c);
	if (copy_to_user(user, &c, min_t(size_t, size, e->size)))
		return err ?: -EFAULT;
	return err;
}

static long file_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return skiff_dev_command(file->private_data, cmd, (void __user *)arg);
}

static int file_open(struct inode *inode, struct file *file)
{
	struct skiff_context *ctx = skiff_context_create();

	if (!ctx)
		return -ENOMEM;
	file->private_data = ctx;
	return stream_open(inode, file);
}

static int file_release(struct inode *inode, struct file *file)
{
	skiff_context_close(file->private_data);
	return 0;
}

static ssize_t file_read(struct file *file, char __user *buf, size_t len,
			 loff_t *pos)
{
	struct skiff_context *ctx = file->private_data;
	struct skiff_completion __user *to = (void __user *)buf;
	ssize_t n;

	if (len < sizeof(*to))
		return -EINVAL;
	do {
		if (!(file->f_flags & O_NONBLOCK) &&
		    wait_event_interruptible(ctx->wait,
					     skiff_context_nr_ended(ctx)))
			return -ERESTARTSYS;
		n = skiff_context_take(ctx, to, len / sizeof(*to));
		/* Another reader may have been faster. */
	} while (!n && !(file->f_flags & O_NONBLOCK));
	if (n > 0)
		return n * sizeof(*to);
	return n ?: -EAGAIN;
}

static __poll_t file_poll(struct file *file, struct poll_table_struct *wait)
{
	struct skiff_context *ctx = file->private_data;

	poll_wait(file, &ctx->wait, wait);
	return skiff_context_nr_ended(ctx) ? EPOLLIN | EPOLLRDNORM : 0;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.open = file_open,
	.release = file_release,
	.read = file_read,
	.poll = file_poll,
	.unlocked_ioctl = file_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.uring_cmd = skiff_uring_cmd,
};

static struct miscdevice misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "skiff",
	.mode = 0600,
	.fops = &fops,
	.groups = skiff_sysfs_groups,
};

struct device *skiff_dev_register(void)
{
	int err = misc_register(&misc);

	return err ? ERR_PTR(err) : misc.this_device;
}

void skiff_dev_unregister(void)
{
	misc_deregister(&misc);
}
