/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_TRANSFER_H
#define _SKIFF_TRANSFER_H

#include <linux/atomic.h>
#include <linux/cred.h>
#include <linux/list.h>
#include <linux/pagemap.h>
#include <linux/refcount.h>
#include <linux/skiff.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "ahead.h"
#include "socket.h"
#include "source.h"
#include "worker.h"

struct io_uring_cmd;
struct mem_cgroup;
struct skiff_context;
struct skiff_flight;
struct skiff_trail;
struct skiff_user;

/**
 * struct skiff_fill - the next bytes of a file being made available
 * @job: runs it on a worker that may sleep
 * @work: settles it after the wake-up, on the engine's queue
 * @range: input and result; refers to the file by itself while @busy
 * @source: whose fill() to call
 * @cred: of the submitter, referenced while @busy
 * @memcg: likewise; may be NULL
 * @folio: entry in the wait queue of a folio that is being read
 * @met: how many of the two, worker and wake-up, are through with it
 * @result: what fill() returned, until it was looked at
 * @pinned: bytes of pages that it brought, while they are there
 * @ready_ns: when that was there
 * @tried: position of the last one that did not only read ahead, and
 * @tries: how many more there have been just there
 * @ahead: it only reads ahead: the transfer does not wait for it
 * @busy: a worker or a folio's wait queue has it, see fill.c
 * @fresh: @result has not been looked at
 * @discarded: the transfer has ended, and what was brought is dropped
 */
struct skiff_fill {
	struct skiff_job job;
	struct work_struct work;
	struct skiff_range range;
	const struct skiff_source *source;
	const struct cred *cred;
	struct mem_cgroup *memcg;
	struct wait_page_queue folio;
	atomic_t met;
	ssize_t result;
	size_t pinned;
	u64 ready_ns;
	loff_t tried;
	unsigned int tries;
	bool ahead;
	bool busy;
	bool fresh;
	bool discarded;
};

/* Bits of skiff_transfer.state */
#define SKIFF_RUNNING	BIT(0)	/* somebody runs it, and owns what is below */
#define SKIFF_AGAIN	BIT(1)	/* something happened: run it once more */
#define SKIFF_DEAD	BIT(2)	/* cancelled */
#define SKIFF_ENDED	BIT(3)	/* nothing more is sent; RUNNING stays set */

/**
 * struct skiff_transfer - one request on its way
 *
 * Set before it runs:
 * @ref: see transfer.c
 * @state: SKIFF_RUNNING and so on
 * @id: for the user; never used twice
 * @context: referenced
 * @user: who submitted it, referenced
 * @as_socket: the object of a socket that it was the first to join
 * @socket: valid until it has ended
 * @zerocopy: SKIFF_REQUEST_ZEROCOPY
 * @to_release: it ends when the network has let go of its bytes
 * @abort: reset the connection at the deadline
 * @has_file: one of its pieces is a FILE
 * @has_extras: a part has a ring, or it has a trail
 * @want_rung: how its pages are to enter the socket: UBUF, SPLICE, COPY or AUTO
 * @owes_completion: from SUBMIT, not SEND
 * @in_ring: from a ring: it has a slot, and owes its command a CQE
 * @deadline: jiffies without progress that end it
 * @memory: bytes of all MEMORY pieces, in pages that the socket is lent
 * @trail: with policy DROP: what it leaves in the page cache; else NULL
 * @nr_parts: of @parts
 *
 * Set when it goes on without its submitter:
 * @refused: 0, or what the security module said when it was asked then
 * @detached: it does, and owns a reference to the module
 * @cred: of the submitter, referenced until it has ended
 * @memcg: of the submitter, likewise; may be NULL
 *
 * Elsewhere:
 * @turn: in skiff_socket.line, under its lock
 * @in_context: in a list of the context, under its lock
 * @listed: it is in that of the running ones, or was
 * @by_id: in the table of receipts, under its lock (receipt.c)
 * @recent: in the list of ended transfers, likewise
 * @published: sysfs has seen it, likewise
 * @work: runs a slice on the engine's queue, now or at the deadline
 * @put_work: lets files go that an engine worker must not, and
 * @put_socket: the socket's among them, or one that is to be pushed; or NULL
 * @sleeper: where a SEND sleeps
 * @ring: command that waits for the end, see uring.c
 * @flights: that have not landed, and one for the run until the last byte is
 *	queued (transfer.c)
 *
 * Owned by whoever set SKIFF_RUNNING:
 * @fill: at most one at a time
 * @waiting: SKIFF_SLICE_* that it waits with, since @waiting_since (ns), or 0
 * @progress: jiffies when a byte was queued last, or its turn came
 * @backoff: jiffies to wait when the socket says room but takes nothing
 * @corked: the last send said MSG_MORE
 * @first_in_line: nobody was before it when it joined its socket
 * @asked: the security module was asked whether it may send
 * @resent: bytes that TCP had sent again when the first was queued
 * @blind: some of its bytes went without a flight
 * @use_ubuf: the next window is to be part of a flight
 * @passed_on: it is among the queued ones of its socket
 * @has_seq: @seq is known
 * @seq: where its bytes end in the TCP stream
 * @una: how far that was acknowledged when it was looked at last
 * @flight: that the next send can be part of, or NULL
 * @here: a SEND runs it, which may sleep for the disk
 * @room: bytes that the socket had room for when it was looked at last
 * @ahead: how far to read ahead
 * @marker: position of a read-ahead marker that was passed, or -1, in
 * @marked_part: the part of that index
 * @current_part: index of the part that is sent
 * @receipt: also read by others while it changes: each value by itself
 */
struct skiff_transfer {
	refcount_t ref;
	atomic_t state;
	u64 id;
	struct skiff_context *context;
	struct skiff_user *user;
	struct skiff_socket as_socket;
	struct skiff_socket *socket;
	bool zerocopy;
	bool to_release;
	bool abort;
	bool has_file;
	bool has_extras;
	enum skiff_rung want_rung;
	bool owes_completion;
	bool in_ring;
	unsigned long deadline;
	void *memory;
	struct skiff_trail *trail;

	int refused;
	bool detached;
	const struct cred *cred;
	struct mem_cgroup *memcg;

	struct list_head turn;
	struct list_head in_context;
	bool listed;
	struct hlist_node by_id;
	struct list_head recent;
	bool published;
	struct delayed_work work;
	struct work_struct put_work;
	struct file *put_socket;
	wait_queue_head_t sleeper;
	struct io_uring_cmd *ring;
	atomic_t flights;

	struct skiff_fill fill;
	int waiting;
	u64 waiting_since;
	unsigned long progress;
	unsigned int backoff;
	bool corked;
	bool first_in_line;
	bool asked;
	u64 resent;
	bool blind;
	bool use_ubuf;
	bool passed_on;
	bool has_seq;
	u32 seq;
	u32 una;
	struct skiff_flight *flight;
	bool here;
	unsigned int room;
	struct skiff_ahead ahead;
	loff_t marker;
	unsigned int marked_part;
	unsigned int current_part;
	struct skiff_receipt receipt;

	unsigned int nr_parts;
	struct skiff_part parts[] __counted_by(nr_parts);
};

int skiff_transfer_init(void);
void skiff_transfer_exit(void);

struct skiff_transfer *skiff_transfer_alloc(struct skiff_context *ctx,
					    unsigned int nr_parts);
void skiff_transfer_discard(struct skiff_transfer *t);
void skiff_transfer_put(struct skiff_transfer *t);

static inline struct skiff_transfer *
skiff_transfer_get(struct skiff_transfer *t)
{
	refcount_inc(&t->ref);
	return t;
}

static inline bool skiff_transfer_has_ended(const struct skiff_transfer *t)
{
	return atomic_read(&t->state) & SKIFF_ENDED;
}

void skiff_transfer_accept(struct skiff_transfer *t, struct file *socket);
void skiff_transfer_end(struct skiff_transfer *t, int error);
void skiff_transfer_finish(struct skiff_transfer *t);
void skiff_transfer_withdraw(struct skiff_transfer *t);
void skiff_transfer_start(struct skiff_transfer *t);
int skiff_transfer_send(struct skiff_transfer *t, bool nonblock);
void skiff_transfer_kick(struct skiff_transfer *t);
void skiff_transfer_detach(struct skiff_transfer *t);
void skiff_transfer_cancel(struct skiff_transfer *t);
void skiff_transfer_queued(struct skiff_transfer *t, u64 now);
void skiff_transfer_landed(struct skiff_transfer *t, size_t bytes,
			   u64 orphaned_skbs, u64 orphaned_bytes);
void skiff_transfer_queue_work(struct work_struct *work);

/* engine.c */

/* What a slice ended with, if not with the end of the transfer. */
enum skiff_slice {
	SKIFF_SLICE_MORE = 1,	/* it had its share, and could go on */
	SKIFF_SLICE_TURN,
	SKIFF_SLICE_ROOM,
	SKIFF_SLICE_DISK,
	SKIFF_SLICE_RELEASE,
};

int skiff_engine_slice(struct skiff_transfer *t);
int skiff_engine_ask(struct skiff_transfer *t);

/* range.c */
u64 skiff_range_left(const struct skiff_part *part, loff_t pos, bool ahead);
void skiff_range_prepare(struct skiff_transfer *t, unsigned int index,
			 loff_t pos, bool ahead);

/* fill.c */
void skiff_fill_setup(struct skiff_transfer *t);
void skiff_fill_queue(struct skiff_transfer *t);
void skiff_fill_here(struct skiff_transfer *t);
void skiff_fill_ahead(struct skiff_transfer *t);
int skiff_fill_collect(struct skiff_transfer *t);
void skiff_fill_told(struct skiff_range *range);
void skiff_fill_put_pages(struct skiff_transfer *t);
void skiff_fill_drop(struct skiff_transfer *t);

#endif
