/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_TRAIL_H
#define _SKIFF_TRAIL_H

#include <linux/list.h>
#include <linux/workqueue.h>

#include "worker.h"

struct skiff_brought;
struct skiff_context;
struct skiff_transfer;

/**
 * struct skiff_trail - what a transfer with policy DROP leaves in the page cache
 * @t: the transfer, whose memory outlives this
 * @brought: by each read, the oldest first
 * @nr: of them
 * @job: drops, once the transfer has ended
 * @work: queues it, after a while
 * @backoff: that while, in jiffies
 * @progress: jiffies when something was
 * @in_context: in skiff_context.trails, under its lock
 * @counted: in skiff_context.nr_trails
 * @closing: one more time, and no more
 * @left: to who closes the context: there is neither job nor work
 */
struct skiff_trail {
	struct skiff_transfer *t;
	struct list_head brought;
	unsigned int nr;
	struct skiff_job job;
	struct delayed_work work;
	unsigned int backoff;
	unsigned long progress;
	struct list_head in_context;
	bool counted;
	bool closing;
	bool left;
};

int skiff_trail_create(struct skiff_transfer *t);
void skiff_trail_add(struct skiff_trail *trail, struct skiff_brought *b,
		     unsigned int part);
void skiff_trail_drop(struct skiff_trail *trail, unsigned int part,
		      loff_t sent);
void skiff_trail_rest(struct skiff_trail *trail);
void skiff_trail_linger(struct skiff_transfer *t);
void skiff_trail_close(struct skiff_context *ctx);

#endif
