// SPDX-License-Identifier: GPL-2.0-only
/*
 * Watch one socket, and tell of every byte that it takes whether it was copied.
 * Nothing here asks the module, or looks at how it sends: what counts is what the
 * functions of the network stack return, and whose pages their packets refer to.
 *
 * A send is the outermost call of a thread that gives the socket a message. Calls
 * within it may be for messages of their own (a socket in a sockmap sends the copy
 * that it made), so that references are counted only where they are taken from the
 * message of the send itself.
 */
#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "kernel.h"
#include "witness.h"

#define MAX_FRAGS 17
#define MAX_SENDS 64
#define MAX_SCATTER 64
#define TCP_OFFSET_BYTE 12

char LICENSE[] SEC("license") = "GPL";

long cookie;	   /* of the socket: SO_COOKIE */
unsigned long ino; /* of the file */
bool ciphers;	   /* the socket is kTLS */
struct witness_counts counts;

struct pages {
	long bytes;
	long of_file;
};

struct send {
	struct iov_iter *iter;
	struct pages before; /* in the skb that is being added to */
	int depth;
};

/* By the thread that sends. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_SENDS);
	__type(key, __u64);
	__type(value, struct send);
} sends SEC(".maps");

/* Whether a packet of the socket is in the hands of a driver, on this CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, bool);
} leaving SEC(".maps");

#define count(what, n) __sync_fetch_and_add(&counts.what, (n))

static bool is_ours(struct sock *sk)
{
	return sk && cookie && BPF_CORE_READ(sk, __sk_common.skc_cookie.counter) == cookie;
}

static bool is_of_file(unsigned long address)
{
	struct page *page = (void *)address;
	unsigned long head = BPF_CORE_READ(page, compound_head);
	struct address_space *mapping;

	if (head & PAGE_IS_TAIL)
		page = (void *)(head & ~PAGE_IS_TAIL);
	mapping = BPF_CORE_READ(page, mapping);
	if (!mapping || (unsigned long)mapping & PAGE_MAPPING_FLAGS)
		return false;
	return BPF_CORE_READ(mapping, host, i_ino) == ino;
}

static void pages_of(struct sk_buff *skb, struct pages *pages)
{
	struct skb_shared_info *info = (void *)(skb->head + skb->end);
	unsigned char *frag;

	*pages = (struct pages){};
	frag = (unsigned char *)info + bpf_core_field_offset(info->frags);
	for (int i = 0; i < MAX_FRAGS && i < BPF_CORE_READ(info, nr_frags); i++) {
		struct skb_frag *f = (void *)frag;
		unsigned int len = BPF_CORE_READ(f, len);

		pages->bytes += len;
		if (is_of_file(BPF_CORE_READ(f, netmem)))
			pages->of_file += len;
		frag += bpf_core_type_size(struct skb_frag);
	}
}

/*
 * Sends
 */

static int send_begins(struct sock *sk, struct msghdr *msg)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct send first = { .iter = &msg->msg_iter, .depth = 1 };
	struct send *send;

	if (!is_ours(sk))
		return 0;
	send = bpf_map_lookup_elem(&sends, &thread);
	if (send)
		send->depth++;
	else if (bpf_map_update_elem(&sends, &thread, &first, BPF_NOEXIST))
		count(lost, 1);
	return 0;
}

static int send_ends(struct sock *sk, int taken)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct send *send = bpf_map_lookup_elem(&sends, &thread);

	if (!send || !is_ours(sk) || --send->depth)
		return 0;
	bpf_map_delete_elem(&sends, &thread);
	if (taken <= 0)
		return 0;
	count(taken, taken);
	/* What it did not copy: see memcopied. */
	if (ciphers)
		count(by_ref, taken);
	return 0;
}

SEC("fentry/sock_sendmsg")
int BPF_PROG(sock_begin, struct socket *sock, struct msghdr *msg)
{
	return send_begins(sock->sk, msg);
}

SEC("fexit/sock_sendmsg")
int BPF_PROG(sock_end, struct socket *sock, struct msghdr *msg, int taken)
{
	return send_ends(sock->sk, taken);
}

/* What kTLS gives to TCP are its records, whenever that may be. */

SEC("fentry/tcp_sendmsg_locked")
int BPF_PROG(tcp_begin, struct sock *sk, struct msghdr *msg)
{
	return ciphers ? 0 : send_begins(sk, msg);
}

SEC("fexit/tcp_sendmsg_locked")
int BPF_PROG(tcp_end, struct sock *sk, struct msghdr *msg, size_t size, int taken)
{
	return ciphers ? 0 : send_ends(sk, taken);
}

/*
 * References
 */

static struct send *send_of(struct iov_iter *iter)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct send *send = bpf_map_lookup_elem(&sends, &thread);

	return send && send->iter == iter ? send : NULL;
}

static int adds_begin(struct sk_buff *skb, struct iov_iter *iter)
{
	struct send *send = send_of(iter);

	if (send)
		pages_of(skb, &send->before);
	return 0;
}

static int adds_end(struct sk_buff *skb, struct iov_iter *iter)
{
	struct send *send = send_of(iter);
	struct pages now;

	if (!send)
		return 0;
	pages_of(skb, &now);
	count(by_ref, now.bytes - send->before.bytes);
	count(of_file, now.of_file - send->before.of_file);
	return 0;
}

SEC("fentry/skb_zerocopy_iter_stream")
int BPF_PROG(zerocopy_begin, void *sk, struct sk_buff *skb, struct msghdr *msg)
{
	return adds_begin(skb, &msg->msg_iter);
}

SEC("fexit/skb_zerocopy_iter_stream")
int BPF_PROG(zerocopy_end, void *sk, struct sk_buff *skb, struct msghdr *msg)
{
	return adds_end(skb, &msg->msg_iter);
}

SEC("fentry/skb_splice_from_iter")
int BPF_PROG(splice_begin, struct sk_buff *skb, struct iov_iter *iter)
{
	return adds_begin(skb, iter);
}

SEC("fexit/skb_splice_from_iter")
int BPF_PROG(splice_end, struct sk_buff *skb, struct iov_iter *iter)
{
	return adds_end(skb, iter);
}

/*
 * kTLS: a message is copied to a record by this function alone; else the record
 * refers to its pages until they are encrypted to others.
 */

SEC("fexit/sk_msg_memcopy_from_iter")
int BPF_PROG(memcopied, void *sk, struct iov_iter *iter, void *record, unsigned int bytes, int err)
{
	if (ciphers && err >= 0 && send_of(iter))
		count(by_ref, -(long)bytes);
	return 0;
}

SEC("fentry/crypto_aead_encrypt")
int BPF_PROG(encrypt, struct aead_request *request)
{
	struct scatterlist *sg = request->src;

	for (int i = 0; i < MAX_SCATTER && sg; i++) {
		unsigned long link = BPF_CORE_READ(sg, page_link);

		if (link & SG_CHAIN) {
			sg = (void *)(link & ~SG_FLAGS);
			continue;
		}
		if (is_of_file(link & ~SG_FLAGS))
			count(ciphered, BPF_CORE_READ(sg, length));
		if (link & SG_END)
			break;
		sg = (void *)sg + bpf_core_type_size(struct scatterlist);
	}
	return 0;
}

/*
 * Packets. Only the module's refer to a user's pages while nobody else uses
 * MSG_ZEROCOPY.
 */

SEC("fexit/skb_copy_ubufs")
int BPF_PROG(orphaned, struct sk_buff *skb, unsigned int gfp, int err)
{
	if (err)
		return 0;
	count(orphaned_skbs, 1);
	count(orphaned_bytes, skb->data_len ?: skb->len);
	return 0;
}

SEC("tp_btf/tcp_retransmit_skb")
int BPF_PROG(resent, struct sock *sk, struct sk_buff *skb)
{
	if (is_ours(sk))
		count(resent, skb->len);
	return 0;
}

/* What comes before the payload, the link's header included. */
static long header_len(struct sk_buff *skb)
{
	unsigned char *tcp = skb->head + skb->transport_header;
	__u8 offset = 0;

	bpf_probe_read_kernel(&offset, sizeof(offset), tcp + TCP_OFFSET_BYTE);
	return tcp + (offset >> 4) * 4 - skb->data;
}

static void leaves(bool ours)
{
	bool *now;
	int zero = 0;

	now = bpf_map_lookup_elem(&leaving, &zero);
	if (now)
		*now = ours;
}

static bool is_leaving(void)
{
	bool *now;
	int zero = 0;

	now = bpf_map_lookup_elem(&leaving, &zero);
	return now && *now;
}

SEC("tp_btf/net_dev_start_xmit")
int BPF_PROG(xmit_begins, struct sk_buff *skb)
{
	if (!is_ours(skb->sk))
		return 0;
	count(headers, header_len(skb));
	leaves(true);
	return 0;
}

SEC("tp_btf/net_dev_xmit")
int BPF_PROG(xmit_ends)
{
	leaves(false);
	return 0;
}

SEC("fentry/dma_map_page_attrs")
int BPF_PROG(map, void *device, void *page, size_t offset, size_t size, int direction)
{
	if (direction == DMA_TO_DEVICE && is_leaving())
		count(mapped, size);
	return 0;
}

SEC("tp_btf/swiotlb_bounced")
int BPF_PROG(bounced, void *device, __u64 address, size_t size)
{
	if (is_leaving())
		count(bounced, size);
	return 0;
}
