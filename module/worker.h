/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_WORKER_H
#define _SKIFF_WORKER_H

#include <linux/list.h>

struct skiff_user;
struct skiff_worker;

/**
 * struct skiff_job - something that may sleep for as long as a file system likes
 * @run: does it, on a worker; is sent SIGKILL if the job is revoked
 * @done: called by the same worker after it; may free the job
 * @user: who has it done; counts against that user's share
 * @node: in the queue or in skiff_user.waiting; empty otherwise
 * @worker: that runs it, until @run has returned
 * @admitted: it counts in skiff_user.nr_fills
 *
 * The first three are set once; the others are under the lock of worker.c.
 */
struct skiff_job {
	void (*run)(struct skiff_job *job);
	void (*done)(struct skiff_job *job);
	struct skiff_user *user;
	struct list_head node;
	struct skiff_worker *worker;
	bool admitted;
};

void skiff_worker_queue(struct skiff_job *job);
bool skiff_worker_revoke(struct skiff_job *job);
void skiff_worker_exit(void);

#endif
