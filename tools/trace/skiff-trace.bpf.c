// SPDX-License-Identifier: GPL-2.0-only
/*
 * Count the bytes that the CPU copies or checksums, by function and by who.
 *
 * The copying itself is done by lib/iov_iter.c, which the kernel builds without
 * the hooks that tracing needs (fexit and kprobe events alike). So bytes are
 * counted one level up, where each caller returns what was copied.
 *
 * Counters are plain memory, shared with user space and added to atomically: a
 * softirq that interrupts an addition on its own CPU then loses nothing, as it
 * could with per-CPU counters.
 */
#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "kernel.h"
#include "skiff-trace.h"

#define MAX_SENDING 65536

char LICENSE[] SEC("license") = "GPL";

bool counting;
unsigned long long system_calls;
unsigned long long lost;
struct trace_counter counters[TRACE_NR_FUNCTIONS][TRACE_NR_WHO];

#include "transfers.bpf.h"
#include "packet.bpf.h"

/*
 * Marks the thread-group leaders of the command and its descendants. User space
 * marks the first; storage goes away with its task, so nothing is to be undone.
 */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, bool);
} traced SEC(".maps");

/*
 * The calls of tcp_sendmsg_locked() that run now, by the address of what they
 * send: the bytes that they took by reference so far.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_SENDING);
	__type(key, __u64);
	__type(value, long);
} sending SEC(".maps");

static bool in_interrupt(void)
{
	int count = 0;

	if (&pcpu_hot)
		count = ((struct pcpu_hot *)bpf_this_cpu_ptr(&pcpu_hot))->preempt_count;
	else if (&__preempt_count)
		count = *(int *)bpf_this_cpu_ptr(&__preempt_count);
	return count & PREEMPT_SERVING_INTERRUPT;
}

static bool is_traced(struct task_struct *task)
{
	return bpf_task_storage_get(&traced, task->group_leader, NULL, 0);
}

static enum trace_who who(void)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();

	if (in_interrupt())
		return TRACE_INTERRUPT;
	if (task->flags & PF_KTHREAD)
		return TRACE_KTHREAD;
	return is_traced(task) ? TRACE_COMMAND : TRACE_OTHER;
}

/* @socket: of the packet, if it is one and that is known. */
static int count_for(__u64 socket, enum trace_function function, long bytes)
{
	enum trace_who by;

	if (!counting || bytes <= 0)
		return 0;
	by = who();
	add(&counters[function][by], 1, bytes);
	transfer_count(socket, function, bytes, by == TRACE_INTERRUPT);
	return 0;
}

static int count(enum trace_function function, long bytes)
{
	return count_for(0, function, bytes);
}

/*
 * The functions that walk an skb call themselves for each skb in its list, and
 * are counted there again: here count only what lies outside of the list.
 */
static int count_range(enum trace_function function, struct sk_buff *skb, int offset, int len)
{
	long end = (long)offset + len, own = own_len(skb);

	return count_for(packet_socket(skb), function, (end < own ? end : own) - offset);
}

/*
 * Out of files, pipes and sockets
 */

/* A read that discards reports its bytes as read, but copies none. */
SEC("fexit/filemap_read")
int BPF_PROG(filemap_read, void *iocb, struct iov_iter *iter, long already, long done)
{
	if (iter->iter_type == bpf_core_enum_value(enum iter_type, ITER_DISCARD))
		return 0;
	return count(TRACE_FILEMAP_READ, done - already);
}

SEC("fexit/shmem_file_read_iter")
int BPF_PROG(shmem_file_read_iter, void *iocb, struct iov_iter *iter, long done)
{
	if (iter->iter_type == bpf_core_enum_value(enum iter_type, ITER_DISCARD))
		return 0;
	return count(TRACE_SHMEM_FILE_READ_ITER, done);
}

SEC("fexit/dax_copy_to_iter")
int BPF_PROG(dax_copy_to_iter, void *dax, unsigned long page, void *from, size_t len, void *iter,
	     long done)
{
	return count(TRACE_DAX_COPY_TO_ITER, done);
}

SEC("fexit/pipe_read")
int BPF_PROG(pipe_read, void *iocb, void *iter, long done)
{
	return count(TRACE_PIPE_READ, done);
}

SEC("fexit/simple_copy_to_iter")
int BPF_PROG(simple_copy_to_iter, void *from, size_t len, void *data, void *iter, long done)
{
	return count(TRACE_SIMPLE_COPY_TO_ITER, done);
}

/*
 * Into sockets and pipes. TCP returns what it took, be it copied or referenced;
 * what went by reference passed one of the two functions after it.
 */

SEC("fentry/tcp_sendmsg_locked")
int BPF_PROG(tcp_sendmsg_begin, void *sk, struct msghdr *msg)
{
	__u64 key = (__u64)&msg->msg_iter;
	long none = 0;

	if (bpf_map_update_elem(&sending, &key, &none, BPF_ANY))
		__sync_fetch_and_add(&lost, 1);
	return 0;
}

SEC("fexit/tcp_sendmsg_locked")
int BPF_PROG(tcp_sendmsg_end, void *sk, struct msghdr *msg, size_t len, int done)
{
	__u64 key = (__u64)&msg->msg_iter;
	long *referenced = bpf_map_lookup_elem(&sending, &key);

	if (!referenced)
		return 0;
	count(TRACE_TCP_SENDMSG, done - *referenced);
	bpf_map_delete_elem(&sending, &key);
	return 0;
}

static int count_reference(enum trace_function function, struct iov_iter *iter, long bytes)
{
	__u64 key = (__u64)iter;
	long *referenced = bpf_map_lookup_elem(&sending, &key);

	if (referenced && bytes > 0)
		*referenced += bytes;
	return count(function, bytes);
}

SEC("fexit/skb_splice_from_iter")
int BPF_PROG(skb_splice, void *skb, struct iov_iter *iter, long max, unsigned int gfp, long done)
{
	return count_reference(TRACE_SKB_SPLICE, iter, done);
}

SEC("fexit/skb_zerocopy_iter_stream")
int BPF_PROG(skb_zerocopy, struct sock *sk, void *skb, struct msghdr *msg, int len, void *ubuf,
	     int done)
{
	if (done > 0)
		transfer_lends(sk, ubuf);
	return count_reference(TRACE_SKB_ZEROCOPY, &msg->msg_iter, done);
}

SEC("fexit/skb_copy_datagram_from_iter")
int BPF_PROG(skb_copy_from_iter, struct sk_buff *skb, int offset, void *iter, int len, int err)
{
	return err ? 0 : count_range(TRACE_SKB_COPY_FROM_ITER, skb, offset, len);
}

SEC("fexit/pipe_write")
int BPF_PROG(pipe_write, void *iocb, void *iter, long done)
{
	return count(TRACE_PIPE_WRITE, done);
}

/*
 * Packets
 */

SEC("fexit/skb_copy_bits")
int BPF_PROG(skb_copy_bits, struct sk_buff *skb, int offset, void *to, int len, int err)
{
	if (err)
		return 0;
	return count_range(packet_goes_out(skb) ? TRACE_SKB_COPY_BITS : TRACE_SKB_COPY_BITS_IN, skb,
			   offset, len);
}

SEC("fexit/skb_copy_and_csum_bits")
int BPF_PROG(skb_copy_and_csum_bits, struct sk_buff *skb, int offset, void *to, int len)
{
	return count_range(TRACE_SKB_COPY_AND_CSUM, skb, offset, len);
}

SEC("fexit/__skb_checksum")
int BPF_PROG(skb_checksum, struct sk_buff *skb, int offset, int len)
{
	return count_range(packet_goes_out(skb) ? TRACE_SKB_CHECKSUM : TRACE_SKB_CHECKSUM_IN, skb,
			   offset, len);
}

/* Replaces every frag by a copy; then nothing leads to the socket any more. */
SEC("fentry/skb_copy_ubufs")
int BPF_PROG(skb_copy_ubufs_begin, struct sk_buff *skb)
{
	struct packet *packet = packet_here();

	if (packet)
		packet->orphan = packet_lender(skb);
	return 0;
}

SEC("fexit/skb_copy_ubufs")
int BPF_PROG(skb_copy_ubufs, struct sk_buff *skb, unsigned int gfp, int err)
{
	struct packet *packet = packet_here();

	if (err || !packet)
		return 0;
	return count_for(packet->orphan, TRACE_SKB_COPY_UBUFS,
			 own_len(skb) - (skb->len - skb->data_len));
}

/* Copies all up to the tail, the room before the headers too; tail has moved. */
SEC("fexit/pskb_expand_head")
int BPF_PROG(skb_expand_head, struct sk_buff *skb, int nhead, int ntail, unsigned int gfp, int err)
{
	return err ? 0 : count_for(packet_socket(skb), TRACE_SKB_EXPAND_HEAD, (long)skb->tail - nhead);
}

SEC("fentry/__pskb_pull_tail")
int BPF_PROG(pull_tail, struct sk_buff *skb, unsigned int len)
{
	if (len != skb->data_len || !packet_goes_out(skb))
		return 0;
	return count_for(packet_socket(skb), TRACE_PULL_TAIL, len);
}

/*
 * Cards
 */

SEC("fentry/dma_map_page_attrs")
int BPF_PROG(dma_map, void *dev, void *page, size_t offset, size_t size, int direction)
{
	struct packet *packet = packet_here();

	if (!packet || !packet->leaves || direction != DMA_TO_DEVICE)
		return 0;
	return count_for(packet->leaving, TRACE_DMA_MAP, size);
}

SEC("fexit/swiotlb_bounce")
int BPF_PROG(bounce, void *dev, __u64 tlb_addr, size_t size, int direction)
{
	struct packet *packet = packet_here();

	return count_for(packet && packet->leaves ? packet->leaving : 0,
			 direction == DMA_TO_DEVICE ? TRACE_BOUNCE_TO_DEVICE :
						      TRACE_BOUNCE_FROM_DEVICE,
			 size);
}

SEC("tp_btf/sys_enter")
int BPF_PROG(system_call)
{
	transfer_forget();
	if (counting && is_traced((void *)bpf_get_current_task_btf()))
		__sync_fetch_and_add(&system_calls, 1);
	return 0;
}

/* Runs before the child does. Threads share the leader that is marked already. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(fork, struct task_struct *parent, struct task_struct *child)
{
	if (child->group_leader != child || !is_traced(parent))
		return 0;
	if (!bpf_task_storage_get(&traced, child, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE))
		__sync_fetch_and_add(&lost, 1);
	return 0;
}
