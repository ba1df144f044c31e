// SPDX-License-Identifier: GPL-2.0-only
/*
 * skiff_floor: what the socket alone costs. For the benchmark, never installed.
 *
 * LOAD reads a file into pages that belong to this module, and SEND gives them
 * to a TCP socket by MSG_SPLICE_PAGES, in the windows that skiff would use and
 * with its wait for room, but looks nothing up, counts nothing, and has no
 * transfer. Nobody who sends by reference can take fewer instructions than that
 * on the same socket. And IDLE says how long the CPUs had nothing to do, in
 * finer steps than /proc/stat, so that it can be left out of what is measured.
 */
#include <linux/bvec.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/net.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/tick.h>
#include <linux/uaccess.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "skiff_floor.h"

/* As SKIFF_WINDOW_BYTES. */
#define WINDOW_BYTES (255 * PAGE_SIZE)

/**
 * struct floor - one open of the device
 * @lock: of all below
 * @order: of the pages
 * @nr: of the pages
 * @bytes: in them
 * @segments: the pages; all but the last are full
 */
struct floor {
	struct mutex lock;
	unsigned int order;
	unsigned int nr;
	size_t bytes;
	struct bio_vec *segments;
};

static size_t unit(const struct floor *f)
{
	return PAGE_SIZE << f->order;
}

static void unload(struct floor *f)
{
	while (f->nr)
		put_page(f->segments[--f->nr].bv_page);
	kvfree(f->segments);
	f->segments = NULL;
	f->bytes = 0;
}

static int load_page(struct floor *f, struct file *file)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_COMP, f->order);
	loff_t pos = f->bytes;
	ssize_t n;

	if (!page)
		return -ENOMEM;
	n = kernel_read(file, page_address(page), unit(f), &pos);
	if (n <= 0) {
		put_page(page);
		return n < 0 ? n : -ENODATA;
	}
	bvec_set_page(&f->segments[f->nr++], page, n, 0);
	f->bytes += n;
	return 0;
}

static int load_file(struct floor *f, struct file *file)
{
	loff_t size = i_size_read(file_inode(file));
	int err = 0;

	f->segments = kvcalloc(DIV_ROUND_UP(size, unit(f)),
			       sizeof(*f->segments), GFP_KERNEL);
	if (!f->segments)
		return -ENOMEM;
	while (!err && f->bytes < size)
		err = load_page(f, file);
	if (err)
		unload(f);
	return err;
}

static int load(struct floor *f, struct skiff_floor_load __user *arg)
{
	struct skiff_floor_load load;
	struct file *file;
	int err;

	if (copy_from_user(&load, arg, sizeof(load)))
		return -EFAULT;
	if (load.order > MAX_PAGE_ORDER)
		return -EINVAL;
	file = fget(load.file);
	if (!file)
		return -EBADF;
	unload(f);
	f->order = load.order;
	err = load_file(f, file);
	fput(file);
	return err;
}

static ssize_t send_window(struct floor *f, struct sock *sk, size_t pos,
			   size_t left)
{
	struct msghdr msg = {
		.msg_flags = MSG_SPLICE_PAGES | MSG_DONTWAIT | MSG_NOSIGNAL,
	};
	size_t skip = pos % unit(f);
	size_t len = min_t(size_t, left, clamp_t(long, sk_stream_wspace(sk), PAGE_SIZE, WINDOW_BYTES));
	ssize_t n;

	if (len < left)
		msg.msg_flags |= MSG_MORE;
	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, f->segments + pos / unit(f),
		      DIV_ROUND_UP(skip + len, unit(f)), skip + len);
	iov_iter_advance(&msg.msg_iter, skip);
	lock_sock(sk);
	n = tcp_sendmsg_locked(sk, &msg, len);
	release_sock(sk);
	return n;
}

static bool has_room(struct socket *sock)
{
	return vfs_poll(sock->file, NULL) & (EPOLLOUT | EPOLLERR | EPOLLHUP);
}

static int send_range(struct floor *f, struct socket *sock, size_t pos,
		      size_t end)
{
	while (pos < end) {
		ssize_t n = -EAGAIN;

		if (sk_stream_wspace(sock->sk) > 0)
			n = send_window(f, sock->sk, pos, end - pos);
		if (n == -EAGAIN)
			n = wait_event_interruptible(*sk_sleep(sock->sk),
						     has_room(sock));
		if (n < 0)
			return n;
		pos += n;
	}
	return 0;
}

static int send(struct floor *f, struct skiff_floor_send __user *arg)
{
	struct skiff_floor_send send;
	struct socket *sock;
	int err;

	if (copy_from_user(&send, arg, sizeof(send)))
		return -EFAULT;
	if (send.offset > f->bytes || send.length > f->bytes - send.offset)
		return -EINVAL;
	sock = sockfd_lookup(send.socket, &err);
	if (!sock)
		return err;
	err = -ESOCKTNOSUPPORT;
	if (sk_is_tcp(sock->sk))
		err = send_range(f, sock, send.offset,
				 send.offset + send.length);
	sockfd_put(sock);
	return err;
}

static u64 idle_us(void)
{
	u64 now, sum = 0;
	int cpu;

	for_each_online_cpu(cpu)
		sum += get_cpu_idle_time_us(cpu, &now) +
		       get_cpu_iowait_time_us(cpu, &now);
	return sum;
}

static long ioctl(struct file *file, unsigned int command, unsigned long arg)
{
	struct floor *f = file->private_data;
	long ret = -ENOTTY;

	mutex_lock(&f->lock);
	switch (command) {
	case SKIFF_FLOOR_LOAD:
		ret = load(f, (void __user *)arg);
		break;
	case SKIFF_FLOOR_SEND:
		ret = send(f, (void __user *)arg);
		break;
	case SKIFF_FLOOR_IDLE:
		ret = put_user(idle_us(), (u64 __user *)arg);
		break;
	}
	mutex_unlock(&f->lock);
	return ret;
}

static int open(struct inode *inode, struct file *file)
{
	struct floor *f = kzalloc(sizeof(*f), GFP_KERNEL);

	if (!f)
		return -ENOMEM;
	mutex_init(&f->lock);
	file->private_data = f;
	return 0;
}

static int release(struct inode *inode, struct file *file)
{
	struct floor *f = file->private_data;

	unload(f);
	kfree(f);
	return 0;
}

static const struct file_operations operations = {
	.owner = THIS_MODULE,
	.open = open,
	.release = release,
	.unlocked_ioctl = ioctl,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "skiff_floor",
	.mode = 0600,
	.fops = &operations,
};
module_misc_device(device);

MODULE_DESCRIPTION("The floor of skiff's benchmark: sends without a file");
MODULE_LICENSE("GPL");
