/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets: how long they are, whether they go out, and of which socket they are. */
#ifndef SKIFF_TRACE_PACKET_BPF_H
#define SKIFF_TRACE_PACKET_BPF_H

#define MAX_FRAGS 64

/* What is done to packets on this CPU. Sockets are inodes, or 0 if not known. */
struct packet {
	bool leaves; /* one is in the hands of a driver, */
	__u64 leaving;
	bool segments; /* one that goes out is being cut, */
	__u64 segmented;
	__u64 orphan; /* one is given copies of its pages */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, struct packet);
} packets SEC(".maps");

static struct packet *packet_here(void)
{
	int zero = 0;

	return bpf_map_lookup_elem(&packets, &zero);
}

/* Bytes in the head and frags of @skb, without those of the skbs in its list. */
static long own_len(struct sk_buff *skb)
{
	struct skb_shared_info *info = (void *)(skb->head + skb->end);
	long len = skb->len - skb->data_len;
	unsigned char *frag;

	if (!BPF_CORE_READ(info, frag_list))
		return skb->len;
	frag = (unsigned char *)info + bpf_core_field_offset(info->frags) +
	       bpf_core_field_offset(struct skb_frag, len);
	for (int i = 0; i < MAX_FRAGS && i < BPF_CORE_READ(info, nr_frags); i++) {
		unsigned int frag_len = 0;

		bpf_probe_read_kernel(&frag_len, sizeof(frag_len), frag);
		len += frag_len;
		frag += bpf_core_type_size(struct skb_frag);
	}
	return len;
}

/*
 * A packet that goes out has a socket, never came in by a device, and has been
 * given a protocol. One that TCP made by merging received ones lacks the last. A
 * segment gets its socket last.
 */
static bool packet_goes_out(struct sk_buff *skb)
{
	struct packet *packet = packet_here();

	if (!skb->sk)
		return packet && packet->segments;
	return !skb->skb_iif && skb->protocol;
}

static __u64 packet_socket(struct sk_buff *skb)
{
	struct packet *packet = packet_here();
	struct sock *sk = skb->sk;

	if (sk)
		return transfer_socket(sk);
	return packet && packet->segments ? packet->segmented : 0;
}

/* Of one that refers to a user's pages: who lent them. */
static __u64 packet_lender(struct sk_buff *skb)
{
	struct skb_shared_info *info = (void *)(skb->head + skb->end);

	return transfer_lender(BPF_CORE_READ(info, destructor_arg));
}

SEC("fentry/skb_segment")
int BPF_PROG(segment_begin, struct sk_buff *skb)
{
	struct packet *packet = packet_here();

	if (!packet)
		return 0;
	packet->segmented = packet_socket(skb);
	packet->segments = packet_goes_out(skb);
	return 0;
}

SEC("fexit/skb_segment")
int BPF_PROG(segment_end)
{
	struct packet *packet = packet_here();

	if (packet)
		packet->segments = false;
	return 0;
}

SEC("tp_btf/net_dev_start_xmit")
int BPF_PROG(xmit_begin, struct sk_buff *skb)
{
	struct packet *packet = packet_here();

	if (!packet)
		return 0;
	packet->leaving = packet_socket(skb);
	packet->leaves = true;
	return 0;
}

SEC("tp_btf/net_dev_xmit")
int BPF_PROG(xmit_end)
{
	struct packet *packet = packet_here();

	if (packet)
		packet->leaves = false;
	return 0;
}

#endif /* SKIFF_TRACE_PACKET_BPF_H */
