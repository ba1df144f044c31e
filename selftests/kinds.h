/* SPDX-License-Identifier: GPL-2.0-only */
/* Connected sockets of every kind that can be had here. */
#ifndef SKIFF_KINDS_H
#define SKIFF_KINDS_H

#include "card.h"

#include <linux/bpf.h>
#include <linux/tls.h>
#include <linux/vm_sockets.h>
#include <sys/syscall.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

enum kind { LOOPBACK4,
	    LOOPBACK6,
	    LOCAL,
	    CARD,
	    KTLS12,
	    KTLS13,
	    SOCKMAP,
	    MPTCP,
	    SCTP,
	    VSOCK };

static inline int protocol_pair(int protocol, int pair[2])
{
	struct sockaddr_storage a;
	socklen_t len = net_loopback(TCP4, &a);

	pair[0] = socket(AF_INET, SOCK_STREAM, protocol);
	pair[1] = socket(AF_INET, SOCK_STREAM, protocol);
	return join(pair, &a, len);
}

static inline int vsock_pair(int pair[2])
{
	struct sockaddr_vm a = {
		.svm_family = AF_VSOCK,
		.svm_cid = VMADDR_CID_LOCAL,
		.svm_port = VMADDR_PORT_ANY,
	};

	(void)!system("modprobe vsock_loopback 2>/dev/null");
	pair[0] = socket(AF_VSOCK, SOCK_STREAM, 0);
	pair[1] = socket(AF_VSOCK, SOCK_STREAM, 0);
	return join(pair, &a, sizeof(a));
}

/* The far end decrypts. */
static inline int ktls_pair(int pair[2], const void *key, socklen_t len)
{
	(void)!system("modprobe tls 2>/dev/null");
	if (net_pair(TCP4, pair) ||
	    setsockopt(pair[0], SOL_TCP, TCP_ULP, "tls", 4) ||
	    setsockopt(pair[1], SOL_TCP, TCP_ULP, "tls", 4) ||
	    setsockopt(pair[0], SOL_TLS, TLS_TX, key, len))
		return -1;
	return setsockopt(pair[1], SOL_TLS, TLS_RX, key, len);
}

static inline int ktls12_pair(int pair[2])
{
	struct tls12_crypto_info_aes_gcm_128 key = {
		.info.version = TLS_1_2_VERSION,
		.info.cipher_type = TLS_CIPHER_AES_GCM_128,
		.key = "0123456789abcde",
	};

	return ktls_pair(pair, &key, sizeof(key));
}

static inline int ktls13_pair(int pair[2])
{
	struct tls12_crypto_info_aes_gcm_256 key = {
		.info.version = TLS_1_3_VERSION,
		.info.cipher_type = TLS_CIPHER_AES_GCM_256,
		.key = "0123456789abcdef0123456789abcde",
	};

	return ktls_pair(pair, &key, sizeof(key));
}

static inline int bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

/* The sender in a sockmap with a program that lets every message pass. */
static inline int sockmap_pair(int pair[2])
{
	struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = SK_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr make = {
		.map_type = BPF_MAP_TYPE_SOCKMAP,
		.key_size = 4,
		.value_size = 4,
		.max_entries = 1,
	};
	union bpf_attr load = {
		.prog_type = BPF_PROG_TYPE_SK_MSG,
		.insns = (uintptr_t)pass,
		.insn_cnt = 2,
		.license = (uintptr_t) "GPL",
	};
	union bpf_attr attach = { .attach_type = BPF_SK_MSG_VERDICT };
	union bpf_attr update = {};
	int zero = 0;

	if (net_pair(TCP4, pair))
		return -1;
	attach.target_fd = update.map_fd = bpf(BPF_MAP_CREATE, &make);
	attach.attach_bpf_fd = bpf(BPF_PROG_LOAD, &load);
	update.key = (uintptr_t)&zero;
	update.value = (uintptr_t)&pair[0];
	if (bpf(BPF_PROG_ATTACH, &attach))
		return -1;
	return bpf(BPF_MAP_UPDATE_ELEM, &update);
}

static inline int make_pair(enum kind kind, const char *far, int pair[2])
{
	switch (kind) {
	case LOOPBACK4:
		return net_pair(TCP4, pair);
	case LOOPBACK6:
		return net_pair(TCP6, pair);
	case LOCAL:
		return net_pair(UNIX, pair);
	case CARD:
		return card_pair(far, pair);
	case KTLS12:
		return ktls12_pair(pair);
	case KTLS13:
		return ktls13_pair(pair);
	case SOCKMAP:
		return sockmap_pair(pair);
	case MPTCP:
		return protocol_pair(IPPROTO_MPTCP, pair);
	case SCTP:
		return protocol_pair(IPPROTO_SCTP, pair);
	case VSOCK:
		return vsock_pair(pair);
	}
	return -1;
}

#endif
