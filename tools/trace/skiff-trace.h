/* SPDX-License-Identifier: GPL-2.0-only */
/* What the BPF program and its user-space half share: where bytes were counted. */
#ifndef SKIFF_TRACE_H
#define SKIFF_TRACE_H

/*
 * The functions in which the CPU copies or reads bytes, or in which a socket
 * takes them by reference; named after the kernel's own. No byte passes two of
 * them for the same copy, so their sums can be added. _IN is for packets that
 * were received, or are forwarded. The last two copy nothing themselves.
 */
enum trace_function {
	TRACE_FILEMAP_READ,
	TRACE_SHMEM_FILE_READ_ITER,
	TRACE_DAX_COPY_TO_ITER,
	TRACE_PIPE_READ,
	TRACE_PIPE_WRITE,
	TRACE_TCP_SENDMSG,
	TRACE_SKB_COPY_FROM_ITER,
	TRACE_SKB_SPLICE,
	TRACE_SKB_ZEROCOPY,
	TRACE_SKB_COPY_UBUFS,
	TRACE_SKB_COPY_AND_CSUM,
	TRACE_SKB_COPY_BITS,
	TRACE_SKB_COPY_BITS_IN,
	TRACE_SIMPLE_COPY_TO_ITER,
	TRACE_SKB_CHECKSUM,
	TRACE_SKB_CHECKSUM_IN,
	TRACE_SKB_EXPAND_HEAD,
	TRACE_BOUNCE_TO_DEVICE,
	TRACE_BOUNCE_FROM_DEVICE,
	TRACE_PULL_TAIL,
	TRACE_DMA_MAP,
	TRACE_NR_FUNCTIONS,
};

/* In whose time it happened. */
enum trace_who {
	TRACE_COMMAND,	 /* the traced command or a descendant of it */
	TRACE_KTHREAD,	 /* kernel threads, kworkers among them */
	TRACE_INTERRUPT, /* softirqs and interrupts, on top of whatever ran */
	TRACE_OTHER,	 /* every other process */
	TRACE_NR_WHO,
};

struct trace_counter {
	unsigned long long calls;
	unsigned long long bytes;
};

#endif /* SKIFF_TRACE_H */
