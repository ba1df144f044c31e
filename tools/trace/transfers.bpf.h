/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose transfer is it? The tracepoints skiff:* name the transfer; the functions
 * that copy do not know it. They are counted for the transfer
 *
 *   of the socket   of a packet: the one that was the last to send to it. Packets
 *                   go out in softirqs and in anybody's time, when that one may have
 *                   just begun
 *   of the thread   elsewhere: a thread that filled or sent says for whom right
 *                   afterwards. What it did until then is kept for that moment, and
 *                   forgotten when it begins something else, a system call or a work
 */
#ifndef SKIFF_TRACE_TRANSFERS_BPF_H
#define SKIFF_TRACE_TRANSFERS_BPF_H

#include "transfers.h"

#define MAX_TRANSFERS 4096
#define MAX_SOCKETS 4096
#define MAX_THREADS 512
#define MAX_LENDERS 4096

struct trace_filter filter;
unsigned long long latency[TRACE_NR_STAGES][TRACE_BUCKETS];

/* What a thread did, and has not said for whom. */
struct pending {
	struct trace_counter functions[TRACE_NR_FUNCTIONS];
};

static const struct trace_transfer no_transfer;
static const struct pending no_pending;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_TRANSFERS);
	__type(key, __u64);
	__type(value, struct trace_transfer);
} transfers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_SOCKETS);
	__type(key, __u64); /* inode */
	__type(value, __u64);
} senders SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_THREADS);
	__type(key, __u64);
	__type(value, struct pending);
} threads SEC(".maps");

/* By what a packet refers to while it refers to a user's pages: the socket. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_LENDERS);
	__type(key, __u64);
	__type(value, __u64);
} lenders SEC(".maps");

static void add(struct trace_counter *to, unsigned long long calls, unsigned long long bytes)
{
	__sync_fetch_and_add(&to->calls, calls);
	__sync_fetch_and_add(&to->bytes, bytes);
}

static struct trace_transfer *transfer_of(__u64 id)
{
	return counting && filter.on ? bpf_map_lookup_elem(&transfers, &id) : NULL;
}

/* Its inode; or 0 if nobody has it open, or it does not matter. */
static __u64 transfer_socket(struct sock *sk)
{
	return filter.on ? BPF_CORE_READ(sk, sk_socket, file, f_inode, i_ino) : 0;
}

static struct trace_transfer *transfer_of_socket(__u64 socket)
{
	__u64 *id = bpf_map_lookup_elem(&senders, &socket);

	return id ? transfer_of(*id) : NULL;
}

static void transfer_lends(struct sock *sk, void *ubuf)
{
	__u64 key = (__u64)ubuf, socket = transfer_socket(sk);

	if (socket)
		bpf_map_update_elem(&lenders, &key, &socket, BPF_ANY);
}

static __u64 transfer_lender(void *ubuf)
{
	__u64 key = (__u64)ubuf, *socket;

	if (!filter.on)
		return 0;
	socket = bpf_map_lookup_elem(&lenders, &key);
	return socket ? *socket : 0;
}

static struct pending *pending_of_thread(void)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct pending *pending = bpf_map_lookup_elem(&threads, &thread);

	if (pending || bpf_map_update_elem(&threads, &thread, &no_pending, BPF_ANY))
		return pending;
	return bpf_map_lookup_elem(&threads, &thread);
}

/* @socket: of the packet, or 0. */
static void transfer_count(__u64 socket, unsigned int function, long bytes, bool interrupt)
{
	struct trace_transfer *transfer;
	struct pending *pending;

	if (!filter.on || function >= TRACE_NR_FUNCTIONS)
		return;
	transfer = socket ? transfer_of_socket(socket) : NULL;
	if (transfer) {
		add(&transfer->functions[function], 1, bytes);
		return;
	}
	pending = interrupt ? NULL : pending_of_thread();
	if (pending)
		add(&pending->functions[function], 1, bytes);
}

static void transfer_forget(void)
{
	__u64 thread = bpf_get_current_pid_tgid();

	if (filter.on)
		bpf_map_delete_elem(&threads, &thread);
}

static void transfer_take_pending(struct trace_transfer *transfer)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct pending *pending = bpf_map_lookup_elem(&threads, &thread);

	if (!pending)
		return;
	for (int f = 0; f < TRACE_NR_FUNCTIONS; f++)
		if (pending->functions[f].calls)
			add(&transfer->functions[f], pending->functions[f].calls,
			    pending->functions[f].bytes);
	bpf_map_delete_elem(&threads, &thread);
}

static unsigned int bucket(unsigned long long ns)
{
	unsigned int n = 0;

	while (ns > 1 && n < TRACE_BUCKETS - 1) {
		ns >>= 1;
		n++;
	}
	return n;
}

static int transfer_stage(__u64 id, enum trace_stage stage, unsigned long long ns)
{
	struct trace_transfer *transfer = transfer_of(id);

	if (!transfer)
		return 0;
	add(&transfer->stages[stage], 1, ns);
	__sync_fetch_and_add(&latency[stage][bucket(ns)], 1);
	return 0;
}

/*
 * Records of the tracepoints: uapi/ABI/tracepoints says what is in them, and their
 * "format" files where. The kernel's own eight bytes come first.
 */

struct submit_event {
	__u64 common;
	__u64 id;
	__u64 cookie;
	__u64 bytes;
	__u64 socket;
	__u32 rung;
	__u32 policy;
	__u32 pid;
};

struct fill_event {
	__u64 common;
	__u64 id;
	__u64 pos;
	__u64 ns;
};

struct send_event {
	__u64 common;
	__u64 id;
	__s64 result;
};

struct wait_event {
	__u64 common;
	__u64 id;
	__u64 ns;
};

struct complete_event {
	__u64 common;
	__u64 id;
	__u64 queued;
	__u64 by_ref;
	__u64 copied;
	__u64 ns;
	__s32 error;
};

static bool is_wanted(const struct submit_event *event)
{
	return (!filter.pid || filter.pid == event->pid) &&
	       (!filter.id || filter.id == event->id) &&
	       (!filter.socket || filter.socket == event->socket);
}

/* Some packets leave before the first send is over; or a socket that is no more
 * had the same inode.
 */
static void begin_with(struct trace_transfer *transfer)
{
	__u64 id = transfer->id, socket = transfer->socket;
	struct trace_transfer *other = transfer_of_socket(socket);

	if (!other || other->ended)
		bpf_map_update_elem(&senders, &socket, &id, BPF_ANY);
}

SEC("tracepoint/skiff/skiff_submit")
int transfer_submit(const struct submit_event *event)
{
	__u64 id = event->id;
	struct trace_transfer *transfer;

	if (!counting || !filter.on || !is_wanted(event))
		return 0;
	if (bpf_map_update_elem(&transfers, &id, &no_transfer, BPF_ANY))
		__sync_fetch_and_add(&lost, 1);
	transfer = transfer_of(id);
	if (!transfer)
		return 0;
	transfer->id = id;
	transfer->cookie = event->cookie;
	transfer->socket = event->socket;
	transfer->bytes = event->bytes;
	transfer->rung = event->rung;
	transfer->policy = event->policy;
	transfer->pid = event->pid;
	begin_with(transfer);
	return 0;
}

SEC("tracepoint/skiff/skiff_fill")
int transfer_fill(const struct fill_event *event)
{
	struct trace_transfer *transfer = transfer_of(event->id);

	if (transfer)
		transfer_take_pending(transfer);
	return transfer_stage(event->id, TRACE_FILL, event->ns);
}

SEC("tracepoint/skiff/skiff_send")
int transfer_send(const struct send_event *event)
{
	struct trace_transfer *transfer = transfer_of(event->id);
	__u64 id = event->id, socket;

	if (!transfer) {
		transfer_forget();
		return 0;
	}
	transfer_take_pending(transfer);
	socket = transfer->socket;
	bpf_map_update_elem(&senders, &socket, &id, BPF_ANY);
	return 0;
}

SEC("tracepoint/skiff/skiff_turn_wait")
int transfer_turn_wait(const struct wait_event *event)
{
	return transfer_stage(event->id, TRACE_TURN_WAIT, event->ns);
}

SEC("tracepoint/skiff/skiff_disk_wait")
int transfer_disk_wait(const struct wait_event *event)
{
	return transfer_stage(event->id, TRACE_DISK_WAIT, event->ns);
}

SEC("tracepoint/skiff/skiff_room_wait")
int transfer_room_wait(const struct wait_event *event)
{
	return transfer_stage(event->id, TRACE_ROOM_WAIT, event->ns);
}

SEC("tracepoint/skiff/skiff_release_wait")
int transfer_release_wait(const struct wait_event *event)
{
	return transfer_stage(event->id, TRACE_RELEASE_WAIT, event->ns);
}

SEC("tracepoint/skiff/skiff_complete")
int transfer_complete(const struct complete_event *event)
{
	struct trace_transfer *transfer = transfer_of(event->id);

	if (!transfer)
		return 0;
	transfer->queued = event->queued;
	transfer->by_ref = event->by_ref;
	transfer->copied = event->copied;
	transfer->ns = event->ns;
	transfer->error = event->error;
	transfer->ended = true;
	return transfer_stage(event->id, TRACE_WHOLE, event->ns);
}

/* A kernel thread that works for many begins the next work. */
SEC("tp_btf/workqueue_execute_start")
int BPF_PROG(transfer_work)
{
	transfer_forget();
	return 0;
}

#endif /* SKIFF_TRACE_TRANSFERS_BPF_H */
