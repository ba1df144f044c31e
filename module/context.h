/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_CONTEXT_H
#define _SKIFF_CONTEXT_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/skiff.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

struct skiff_trail;
struct skiff_transfer;
struct skiff_user;

/**
 * struct skiff_context - one open of the device
 * @ref: the open file, and each transfer until its memory is freed
 * @user: who opened it, referenced
 * @pinned: bytes that the network or a fill holds for its transfers
 * @lock: protects the lists and counts below. Process context only; only the locks
 *	of worker.c and of work queues nest in it
 * @running: transfers that went on after their submitter's first slice
 * @ended: transfers whose completion was not taken, in the order they ended
 * @trails: of transfers that have ended, while their pages are being dropped
 * @nr_running: on @running
 * @nr_ended: on @ended
 * @nr_trails: on @trails, or taken from there by close, which waits for them
 * @nr_slots: completions that are owed or may come to be
 * @closed: the device was closed: no completion is kept
 * @swept: close has taken all trails, and takes no more
 * @take: held by who takes completions, so that they are taken only once they
 *	have arrived in user memory. Outside of @lock
 * @wait: woken when something ends
 */
struct skiff_context {
	refcount_t ref;
	struct skiff_user *user;
	atomic_long_t pinned;
	spinlock_t lock; /* lists and counts */
	struct list_head running;
	struct list_head ended;
	struct list_head trails;
	unsigned int nr_running;
	unsigned int nr_ended;
	unsigned int nr_trails;
	unsigned int nr_slots;
	bool closed;
	bool swept;
	struct mutex take; /* the taking of completions */
	wait_queue_head_t wait;
};

extern unsigned int skiff_context_transfers;

struct skiff_context *skiff_context_create(void);
void skiff_context_close(struct skiff_context *ctx);
void skiff_context_put(struct skiff_context *ctx);

bool skiff_context_reserve(struct skiff_context *ctx);
void skiff_context_unreserve(struct skiff_context *ctx);
void skiff_context_add(struct skiff_context *ctx, struct skiff_transfer *t);
void skiff_context_end(struct skiff_context *ctx, struct skiff_transfer *t);

void skiff_context_add_trail(struct skiff_context *ctx,
			     struct skiff_trail *trail);
struct skiff_trail *skiff_context_take_trail(struct skiff_context *ctx);
void skiff_context_end_trail(struct skiff_context *ctx,
			     struct skiff_trail *trail);

int skiff_context_cancel(struct skiff_context *ctx, u64 id, bool all);
ssize_t skiff_context_take(struct skiff_context *ctx,
			   struct skiff_completion __user *to, size_t nr);
unsigned int skiff_context_nr_ended(struct skiff_context *ctx);

#endif
