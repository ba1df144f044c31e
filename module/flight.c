// SPDX-License-Identifier: GPL-2.0-only
/*
 * A flight: sends whose pages the network reports when it lets go of them.
 *
 * Object: one skiff_flight for some consecutive sends of a transfer on the rung
 * UBUF. Each skb that carries pages of it refers to it; when the last is freed,
 * the flight has landed. An skb can refer to one flight only, so each new one
 * ends an skb early: a flight takes as much as half the send buffer, up to a
 * MiB, before the next one is begun.
 *
 * References: the flight owns one to the transfer and one to the module. @ubuf
 * counts the skbs, and the transfer's runner as long as it adds to it
 * (board() to depart()). Pages are owned by the skbs' frags, not by the flight:
 * it only knows when.
 *
 * Landing. skb_freed() comes once for each skb, and for depart(), from softirq,
 * from any task that frees an skb, and with interrupts off (netpoll): it counts,
 * and the last one puts the flight on a list that one work empties. All that
 * may take a lock or drop a last reference is left to that work. The module
 * reference is put there, too; after that, rmmod may go on, and what may still
 * be under way is the tail of skb_freed() in a task that was preempted: exit
 * waits for that with synchronize_rcu_tasks().
 *
 * Cancel, close, error: bytes that are queued cannot be taken back. The flight
 * stays until the peer has acknowledged them or the connection has ended, and
 * what it pins stays charged (pin.c).
 */
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/sock.h>

#include "flight.h"
#include "pin.h"
#include "socket.h"
#include "stats.h"
#include "transfer.h"

static struct workqueue_struct *queue;
static LLIST_HEAD(landed);

static void land(struct skiff_flight *f)
{
	struct skiff_transfer *t = f->t;

	skiff_pin_add(t->context, t->user, -(long)f->bytes);
	skiff_transfer_landed(t, f->bytes,
			      atomic_long_read(&f->orphaned_skbs),
			      atomic_long_read(&f->orphaned_bytes));
	skiff_transfer_put(t);
	kfree(f);
	module_put(THIS_MODULE);
}

static void land_fn(struct work_struct *work)
{
	struct llist_node *list = llist_del_all(&landed);
	struct skiff_flight *f, *next;

	llist_for_each_entry_safe(f, next, list, landed) {
		land(f);
		cond_resched();
	}
}

static DECLARE_WORK(land_work, land_fn);

static void skb_freed(struct sk_buff *skb, struct ubuf_info *ubuf, bool ok)
{
	struct skiff_flight *f = container_of(ubuf, struct skiff_flight, ubuf);

	if (!ok) {
		atomic_long_inc(&f->orphaned_skbs);
		/* Made linear, it has no other data any more. */
		atomic_long_add(skb->data_len ?: skb->len, &f->orphaned_bytes);
	}
	if (refcount_dec_and_test(&ubuf->refcnt) &&
	    llist_add(&f->landed, &landed))
		queue_work(queue, &land_work);
}

static const struct ubuf_info_ops ops = {
	.complete = skb_freed,
};

static struct skiff_flight *take_off(struct skiff_transfer *t)
{
	struct skiff_flight *f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);

	if (!f)
		return NULL;
	f->ubuf.ops = &ops;
	/* The pages stay ours on their way through a local queue or ring, and
	 * no one may write to them: SKBFL_SHARED_FRAG is in the first.
	 */
	f->ubuf.flags = SKBFL_ZEROCOPY_FRAG | SKBFL_DONT_ORPHAN;
	refcount_set(&f->ubuf.refcnt, 1);
	f->t = skiff_transfer_get(t);
	atomic_inc(&t->flights);
	__module_get(THIS_MODULE);
	return f;
}

/**
 * skiff_flight_board() - the flight that the next send is to be part of
 * @t: the caller runs it
 *
 * Return: it, or NULL for want of memory
 */
struct skiff_flight *skiff_flight_board(struct skiff_transfer *t)
{
	unsigned long most = clamp(READ_ONCE(t->socket->sk->sk_sndbuf) / 2,
				   SZ_64K, SZ_1M);

	if (t->flight && t->flight->bytes >= most)
		skiff_flight_depart(t);
	if (!t->flight)
		t->flight = take_off(t);
	return t->flight;
}

/* The socket took @bytes as part of the flight. */
void skiff_flight_add(struct skiff_transfer *t, size_t bytes)
{
	t->flight->bytes += bytes;
	skiff_pin_add(t->context, t->user, bytes);
}

/* Nothing is added to the flight any more. */
void skiff_flight_depart(struct skiff_transfer *t)
{
	if (t->flight)
		skb_freed(NULL, &t->flight->ubuf, true);
	t->flight = NULL;
}

int skiff_flight_init(void)
{
	queue = alloc_workqueue("skiff_flight", WQ_UNBOUND, 0);
	return queue ? 0 : -ENOMEM;
}

/* None is up: each owns a module reference. */
void skiff_flight_exit(void)
{
	destroy_workqueue(queue);
	synchronize_rcu_tasks();
}
