// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receipts: transfers by id, while they run and for some time after.
 *
 * The table of ids owns a reference to each transfer in it. A transfer that
 * ended joins the recent ones; when these are more than the parameter allows,
 * the oldest leaves them and the table. Look-up takes a reference under the
 * lock, under which the table's own cannot go. Ids are given in order, so a
 * table of buckets spreads them evenly.
 *
 * Publishing in sysfs costs a directory, so it is done by one work, some time
 * after (sysfs.c): @published says which transfers it has seen.
 *
 * Lock: one, for the table and the recent ones; nothing is taken inside.
 */
#include <linux/hashtable.h>
#include <linux/moduleparam.h>

#include "device.h"
#include "receipt.h"
#include "stats.h"
#include "transfer.h"

static unsigned int recent_max = 64;
module_param_named(recent, recent_max, uint, 0444);
MODULE_PARM_DESC(recent, "Ended transfers whose receipts are kept");

static DEFINE_HASHTABLE(receipts, 12);
static DEFINE_SPINLOCK(lock); /* all of these */
static LIST_HEAD(recent);
static unsigned int nr_recent;
static u64 last_id;

static struct hlist_head *bucket(u64 id)
{
	return &receipts[id % HASH_SIZE(receipts)];
}

/* Give @t its id, and make it known by it. */
void skiff_receipt_add(struct skiff_transfer *t)
{
	skiff_transfer_get(t);
	spin_lock(&lock);
	t->id = ++last_id;
	t->receipt.id = t->id;
	hlist_add_head(&t->by_id, bucket(t->id));
	spin_unlock(&lock);
}

static void unlink(struct skiff_transfer *t)
{
	lockdep_assert_held(&lock);
	hlist_del(&t->by_id);
	if (!t->published)
		skiff_stats_add(transfers_unpublished, 1);
}

void skiff_receipt_remove(struct skiff_transfer *t)
{
	spin_lock(&lock);
	unlink(t);
	spin_unlock(&lock);
	skiff_transfer_put(t);
}

/* @t ended: it is the most recent one. */
void skiff_receipt_retire(struct skiff_transfer *t)
{
	struct skiff_transfer *oldest = NULL;

	spin_lock(&lock);
	list_add_tail(&t->recent, &recent);
	if (++nr_recent > recent_max) {
		oldest = list_first_entry(&recent, struct skiff_transfer,
					  recent);
		list_del_init(&oldest->recent);
		nr_recent--;
		unlink(oldest);
	}
	spin_unlock(&lock);

	if (oldest)
		skiff_transfer_put(oldest);
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

	spin_lock(&lock);
	hlist_for_each_entry(t, bucket(id), by_id)
		if (t->id == id)
			break;
	if (t)
		skiff_transfer_get(t);
	spin_unlock(&lock);
	return t;
}

/* Whether there is a receipt of that id. */
bool skiff_receipt_exists(u64 id)
{
	struct skiff_transfer *t = skiff_receipt_find(id);

	if (t)
		skiff_transfer_put(t);
	return t;
}

/**
 * skiff_receipt_unpublished() - the next receipt that is not in sysfs
 * @place: where to look on: 0 to begin with
 *
 * Return: its id, and it counts as published from now on; or 0
 */
u64 skiff_receipt_unpublished(unsigned int *place)
{
	struct skiff_transfer *t;
	u64 id = 0;

	for (; !id && *place < HASH_SIZE(receipts); ++*place) {
		if (hlist_empty(&receipts[*place]))
			continue;
		spin_lock(&lock);
		hlist_for_each_entry(t, &receipts[*place], by_id) {
			if (t->published)
				continue;
			t->published = true;
			id = t->id;
			break;
		}
		spin_unlock(&lock);
		if (id)
			break;
	}
	return id;
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
	skiff_device_describe(to);
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
	WARN_ON(!hash_empty(receipts));
}
