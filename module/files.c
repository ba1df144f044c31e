// SPDX-License-Identifier: GPL-2.0-only
/*
 * Letting files go. In the submitter's or another user's thread fput() does
 * what close(2) would. From a kernel thread the last fput() of anything goes
 * to one work item that serves the whole machine, where a socket with
 * SO_LINGER would sleep in everybody's way. So a worker drops only references
 * that are not the last; those that are go to a queue of their own, which may
 * sleep; a positive linger time is cleared first, as the kernel does for a
 * task that exits: the close(2) that it was meant for is over. The same queue
 * pushes what a transfer that ended on a worker held back in its socket, if
 * another thread had that: pushing sleeps for the lock.
 */
#include <linux/file.h>
#include <net/sock.h>

#include "compat/file.h"
#include "files.h"
#include "sink.h"
#include "transfer.h"

/* What they wait for is the end of a file or a socket, which may take a while. */
#define WORKERS_MAX	64

static struct workqueue_struct *queue;

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
		if (t->corked)
			skiff_sink_push(t->put_socket);
		forget_linger(t->put_socket);
		__fput_sync(t->put_socket);
	}
	skiff_transfer_finish(t);
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

/**
 * skiff_files_leave_socket() - leave the socket, with what is to be done to it
 * @t: the transfer; receives put_socket
 */
void skiff_files_leave_socket(struct skiff_transfer *t)
{
	struct file *corked = t->corked ? get_file(t->socket->file) : NULL;
	struct file *last = skiff_socket_leave(t);

	if (corked && last)
		fput(last);	/* not the last reference now */
	t->put_socket = corked ?: last;
}

/**
 * skiff_files_put() - let go of the files of a transfer that has ended
 * @t: the transfer
 *
 * Return: whether they are gone; else a work puts them, then finishes @t
 */
bool skiff_files_put(struct skiff_transfer *t)
{
	bool all = true;
	unsigned int i;

	for (i = 0; i < t->nr_parts; i++) {
		struct skiff_part *part = &t->parts[i];

		if (part->file && put_file(part->file))
			part->file = NULL;
		all &= !part->file;
	}
	if (t->put_socket && !t->corked && put_file(t->put_socket))
		t->put_socket = NULL;
	if (all && !t->put_socket)
		return true;
	queue_work(queue, &t->put_work);
	return false;
}

/* Once for the life of @t, before a worker may end it. */
void skiff_files_setup(struct skiff_transfer *t)
{
	INIT_WORK(&t->put_work, put_work_fn);
}

int skiff_files_init(void)
{
	queue = alloc_workqueue("skiff_put", WQ_UNBOUND | WQ_FREEZABLE,
				WORKERS_MAX);
	return queue ? 0 : -ENOMEM;
}

void skiff_files_exit(void)
{
	destroy_workqueue(queue);
}
