/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The few fields of kernel structures that are read. libbpf looks up where they
 * are in the running kernel's BTF at load time, so only names and types matter
 * here: neither order nor completeness.
 */
#ifndef SKIFF_TRACE_KERNEL_H
#define SKIFF_TRACE_KERNEL_H

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

#define PF_WQ_WORKER 0x00000020
#define PF_KTHREAD 0x00200000

struct task_struct {
	unsigned int flags;
	struct task_struct *group_leader;
	void *worker_private;
	char comm[16];
};

/* A worker of the kernel's work queues, and the queue whose work it does. */
struct kthread {
	void *data;
};

struct workqueue_struct {
	char name[24];
};

struct pool_workqueue {
	struct workqueue_struct *wq;
};

struct worker {
	struct pool_workqueue *current_pwq;
};

/* Where x86 keeps the preemption count: here from 6.2 to 6.14 ... */
struct pcpu_hot {
	int preempt_count;
};

extern const struct pcpu_hot pcpu_hot __ksym __weak;
/* ... and here before and after. */
extern const int __preempt_count __ksym __weak;

/* Bits of the count that say: inside a softirq, interrupt or NMI. */
#define PREEMPT_SERVING_INTERRUPT 0x00ff0100

enum iter_type {
	ITER_DISCARD,
};

struct iov_iter {
	__u8 iter_type;
};

struct msghdr {
	struct iov_iter msg_iter;
};

struct inode {
	unsigned long i_ino;
};

struct address_space {
	struct inode *host;
};

struct page {
	unsigned long compound_head;
	struct address_space *mapping;
};

/* Low bits of what points to pages, and of page->mapping: not of the address. */
#define PAGE_IS_TAIL 1UL
#define PAGE_MAPPING_FLAGS 3UL
#define SG_CHAIN 1UL
#define SG_END 2UL
#define SG_FLAGS 3UL

struct scatterlist {
	unsigned long page_link;
	unsigned int length;
};

struct aead_request {
	struct scatterlist *src;
};

struct skb_frag {
	unsigned long netmem; /* a page */
	unsigned int len;
};

struct skb_shared_info {
	__u8 nr_frags;
	struct sk_buff *frag_list;
	void *destructor_arg;
	struct skb_frag frags[];
};

struct sock_common {
	struct {
		long counter;
	} skc_cookie;
};

struct sock {
	struct sock_common __sk_common;
	struct socket *sk_socket;
};

struct file {
	struct inode *f_inode;
};

struct socket {
	struct file *file;
	struct sock *sk;
};

struct sk_buff {
	struct sock *sk;
	int skb_iif;
	__be16 protocol;
	unsigned int len;
	unsigned int data_len;
	unsigned int tail;
	unsigned int end;
	unsigned char *head;
	unsigned char *data;
	__u16 transport_header;
};

enum dma_data_direction {
	DMA_TO_DEVICE = 1,
};

struct kobject {
	const char *name;
};

struct device {
	struct kobject kobj;
};

#define REQ_OP_READ 0
#define REQ_OP_MASK 0xff

struct request {
	unsigned int cmd_flags;
};

#pragma clang attribute pop

#endif /* SKIFF_TRACE_KERNEL_H */
