// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receipts: transfers by id, while they run and for some time after.
 *
 * The table of ids owns a reference to each transfer in it. A transfer that
 * ended joins the recent ones; when these are more than the parameter allows,
 * the oldest leaves them and the table. Look-up is under RCU and takes a
 * reference, if there is one left to take from.
 *
 * Publishing in sysfs costs a directory, so it is done by one work, some time
 * after (sysfs.c): a mark in the table says which transfers it has yet to see.
 *
 * Locks: recent_lock, and the table's own, neither inside the other.
 */
#include <linux/moduleparam.h>
#include <linux/xarray.h>

#include "receipt.h"
#include "stats.h"
#include "transfer.h"

static unsigned int recent_max = 64;
module_param_named(recent, recent_max, uint, 0444);
MODULE_PARM_DESC(recent, "Ended transfers whose receipts are kept");

DEFINE_XARRAY(skiff_receipts);

static DEFINE_SPINLOCK(recent_lock);
static LIST_HEAD(recent);
static unsigned int nr_recent;

int skiff_receipt_add(struct skiff_transfer *t)
{
	int err;

	BUILD_BUG_ON(sizeof(unsigned long) < sizeof(t->id));

	skiff_transfer_get(t);
	xa_lock(&skiff_receipts);
	err = __xa_insert(&skiff_receipts, t->id, t, GFP_KERNEL);
	if (!err)
		__xa_set_mark(&skiff_receipts, t->id, SKIFF_UNPUBLISHED);
	xa_unlock(&skiff_receipts);
	if (err)
		skiff_transfer_put(t);
	return err;
}

void skiff_receipt_remove(struct skiff_transfer *t)
{
	bool unseen;

	xa_lock(&skiff_receipts);
	unseen = xa_get_mark(&skiff_receipts, t->id, SKIFF_UNPUBLISHED);
	__xa_erase(&skiff_receipts, t->id);
	xa_unlock(&skiff_receipts);
	if (unseen)
		skiff_stats_add(transfers_unpublished, 1);
	skiff_transfer_put(t);
}

/* @t ended: it is the most recent one. */
void skiff_receipt_retire(struct skiff_transfer *t)
{
	struct skiff_transfer *oldest = NULL;

	spin_lock(&recent_lock);
	list_add_tail(&t->recent, &recent);
	if (++nr_recent > recent_max) {
		oldest = list_first_entry(&recent, struct skiff_transfer,
					  recent);
		list_del_init(&oldest->recent);
		nr_recent--;
	}
	spin_unlock(&recent_lock);

	if (oldest)
		skiff_receipt_remove(oldest);
	skiff_receipt_publish();
}

/**
 * skiff_receipt_find() - look a transfer up
 * @id: its id
 *
 * Return: it, referenced, or NULL
 */
struct skiff_transfer *skiff_receipt_find(u64 id)
{
	struct skiff_transfer *t;

	rcu_read_lock();
	t = xa_load(&skiff_receipts, id);
	if (t && !refcount_inc_not_zero(&t->ref))
		t = NULL;
	rcu_read_unlock();
	return t;
}

/**
 * skiff_receipt_read() - the receipt as it is now
 * @t: the transfer
 * @to: receives it; but for its size and flags
 *
 * All members from @id on are copied one word at a time: each is whole, but
 * they may be apart while the transfer runs.
 */
void skiff_receipt_read(const struct skiff_transfer *t,
			struct skiff_receipt *to)
{
	const u64 *from_word = (const u64 *)&t->receipt;
	u64 *to_word = (u64 *)to;
	size_t i;

	BUILD_BUG_ON(sizeof(*to) % sizeof(u64));
	for (i = offsetof(struct skiff_receipt, id) / sizeof(u64);
	     i < sizeof(*to) / sizeof(u64); i++)
		to_word[i] = READ_ONCE(from_word[i]);
}

void skiff_receipt_completion(const struct skiff_transfer *t,
			      struct skiff_completion *to)
{
	*to = (struct skiff_completion){
		.id = t->id,
		.cookie = t->receipt.cookie,
		.queued = t->receipt.bytes_queued,
		.error = t->receipt.error,
		.rung = t->receipt.rung,
	};
}

/* No device is open and nothing runs. */
void skiff_receipt_exit(void)
{
	struct skiff_transfer *t, *next;

	list_for_each_entry_safe(t, next, &recent, recent) {
		list_del_init(&t->recent);
		skiff_receipt_remove(t);
	}
	WARN_ON(!xa_empty(&skiff_receipts));
	xa_destroy(&skiff_receipts);
	/* Transfers are freed by kfree_rcu(), which needs no code of ours. */
}
