// SPDX-License-Identifier: GPL-2.0-only
/* Every kind of socket: its rung, and what arrives; or that it is refused. */
#include "card.h"

#include <linux/bpf.h>
#include <linux/tls.h>
#include <linux/vm_sockets.h>
#include <sys/syscall.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

#define FILE_LEN (3 * MIB + 1)

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

FIXTURE(sockets)
{
	int dev;
	int sock[2];
	int file;
	char path[256];
};

FIXTURE_VARIANT(sockets)
{
	enum kind kind;
	const char *near; /* addresses, for a card */
	const char *far;
	unsigned int rung;
	unsigned int reason;
};

#define VARIANT(name, which, how, why)        \
	FIXTURE_VARIANT_ADD(sockets, name){   \
		.kind = which,                \
		.rung = SKIFF_RUNG_##how,     \
		.reason = SKIFF_REASON_##why, \
	};

VARIANT(ipv4, LOOPBACK4, SPLICE, LOCAL)
VARIANT(ipv6, LOOPBACK6, SPLICE, LOCAL)
VARIANT(unix, LOCAL, SPLICE, NO_RELEASE)
VARIANT(ktls_1_2, KTLS12, SPLICE, NO_RELEASE)
VARIANT(ktls_1_3, KTLS13, SPLICE, NO_RELEASE)
VARIANT(sockmap, SOCKMAP, COPY, PROTOCOL)
VARIANT(mptcp, MPTCP, COPY, PROTOCOL)
VARIANT(sctp, SCTP, COPY, PROTOCOL)
VARIANT(vsock, VSOCK, COPY, PROTOCOL)

/* A virtio-net card without a vhost behind it neither gathers nor computes
 * checksums.
 */
#define CARD_VARIANT(name, address, how, why) \
	FIXTURE_VARIANT_ADD(sockets, name){   \
		.kind = CARD,                 \
		.near = address "1",          \
		.far = address "2",           \
		.rung = SKIFF_RUNG_##how,     \
		.reason = SKIFF_REASON_##why, \
	};

CARD_VARIANT(virtio_ipv4, "10.77.1.", COPY, NO_SG)
CARD_VARIANT(virtio_ipv6, "fd77:1::", COPY, NO_SG)
CARD_VARIANT(e1000e_ipv4, "10.77.2.", UBUF, BEST)
CARD_VARIANT(e1000e_ipv6, "fd77:2::", UBUF, BEST)

static int protocol_pair(int protocol, int pair[2])
{
	struct sockaddr_storage a;
	socklen_t len = net_loopback(TCP4, &a);

	pair[0] = socket(AF_INET, SOCK_STREAM, protocol);
	pair[1] = socket(AF_INET, SOCK_STREAM, protocol);
	return join(pair, &a, len);
}

static int vsock_pair(int pair[2])
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
static int ktls_pair(int pair[2], const void *key, socklen_t len)
{
	(void)!system("modprobe tls 2>/dev/null");
	if (net_pair(TCP4, pair) ||
	    setsockopt(pair[0], SOL_TCP, TCP_ULP, "tls", 4) ||
	    setsockopt(pair[1], SOL_TCP, TCP_ULP, "tls", 4) ||
	    setsockopt(pair[0], SOL_TLS, TLS_TX, key, len))
		return -1;
	return setsockopt(pair[1], SOL_TLS, TLS_RX, key, len);
}

static int ktls12_pair(int pair[2])
{
	struct tls12_crypto_info_aes_gcm_128 key = {
		.info.version = TLS_1_2_VERSION,
		.info.cipher_type = TLS_CIPHER_AES_GCM_128,
		.key = "0123456789abcde",
	};

	return ktls_pair(pair, &key, sizeof(key));
}

static int ktls13_pair(int pair[2])
{
	struct tls12_crypto_info_aes_gcm_256 key = {
		.info.version = TLS_1_3_VERSION,
		.info.cipher_type = TLS_CIPHER_AES_GCM_256,
		.key = "0123456789abcdef0123456789abcde",
	};

	return ktls_pair(pair, &key, sizeof(key));
}

static int bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

/* The sender in a sockmap with a program that lets every message pass. */
static int sockmap_pair(int pair[2])
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

static int make_pair(enum kind kind, const char *far, int pair[2])
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

FIXTURE_SETUP(sockets)
{
	int err = make_pair(variant->kind, variant->far, self->sock);

	if (err && variant->kind > CARD)
		SKIP(return, "this kernel has no such socket: %s",
			   strerror(errno));
	ASSERT_EQ(0, err);
	self->dev = open("/dev/skiff", O_RDWR);
	ASSERT_LE(0, self->dev);
	self->file = file_create("/mnt/vblk-ext4", 1, FILE_LEN, self->path);
	ASSERT_LE(0, self->file);
}

FIXTURE_TEARDOWN(sockets)
{
	close(self->dev);
	close(self->file);
	close(self->sock[0]);
	close(self->sock[1]);
	unlink(self->path);
}

TEST_F(sockets, rung_and_bytes)
{
	char header[] = "a header, then the file from an odd offset";
	struct range ranges[] = { { 2, 0, sizeof(header) },
				  { 1, 77, FILE_LEN - 77 } };
	struct skiff_piece pieces[] = {
		memory_piece(header, sizeof(header)),
		file_piece(self->file, 77, 0),
	};
	struct skiff_request req = request(self->sock[0], pieces, 2);
	bool copies = variant->rung == SKIFF_RUNG_COPY;
	struct skiff_completion c;
	struct skiff_receipt r;
	struct receiver receiver;

	pattern_fill(2, 0, header, sizeof(header));
	file_make_cold(self->file);
	receiver_start(&receiver, self->sock[1], ranges, 2);

	req.flags = SKIFF_REQUEST_PROBE | SKIFF_REQUEST_ZEROCOPY;
	EXPECT_EQ(copies ? -EOPNOTSUPP : 0, submit(self->dev, &req));
	req.flags = 0;
	ASSERT_EQ(0, submit(self->dev, &req));
	EXPECT_EQ(variant->rung, req.out_rung);
	EXPECT_EQ(variant->reason, req.out_reason);
	EXPECT_EQ(1, take(self->dev, &c, PATIENCE_MS))
	{
		get_receipt(self->dev, req.out_id, &r);
		TH_LOG("queued %llu, waits for room %llu, for the disk %llu; the far end has %llu",
		       r.bytes_queued, r.room_waits, r.disk_waits,
		       (unsigned long long)receiver.received);
		_exit(1);
	}
	EXPECT_EQ(0, c.error);
	EXPECT_EQ(sizeof(header) + FILE_LEN - 77, c.queued);
	ASSERT_EQ(0, get_receipt(self->dev, c.id, &r));
	EXPECT_EQ(copies ? 0 : FILE_LEN - 77, r.bytes_by_ref);
	EXPECT_EQ(copies ? FILE_LEN - 77 : 0,
		  variant->reason == SKIFF_REASON_NO_SG ? r.copied_no_sg :
							  r.copied_socket);
	EXPECT_EQ(variant->kind == KTLS12 || variant->kind == KTLS13 ?
			  c.queued :
			  0,
		  r.encrypted);
	EXPECT_EQ(sizeof(header), r.copied_memory);
	EXPECT_TRUE(receipt_balances(&r));

	shutdown(self->sock[0], SHUT_WR);
	receiver_join(&receiver);
	EXPECT_EQ(0, receiver.error);
	EXPECT_EQ(-1, receiver.bad);
	EXPECT_EQ(c.queued, receiver.received);
}

/* Whatever is not a stream gets one errno, whether connected or not. */
TEST(not_a_stream)
{
	static const struct {
		int family;
		int type;
		int protocol;
	} kinds[] = {
		{ AF_INET, SOCK_DGRAM, 0 },
		{ AF_INET6, SOCK_DGRAM, 0 },
		{ AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE },
		{ AF_INET, SOCK_DGRAM, IPPROTO_ICMP },
		{ AF_INET, SOCK_RAW, IPPROTO_ICMP },
		{ AF_INET6, SOCK_RAW, IPPROTO_ICMPV6 },
		{ AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP },
		{ AF_UNIX, SOCK_DGRAM, 0 },
		{ AF_UNIX, SOCK_SEQPACKET, 0 },
		{ AF_NETLINK, SOCK_RAW, 0 },
		{ AF_PACKET, SOCK_RAW, 0 },
		{ AF_PACKET, SOCK_DGRAM, 0 },
		{ AF_VSOCK, SOCK_SEQPACKET, 0 },
		{ AF_VSOCK, SOCK_DGRAM, 0 },
		{ AF_ALG, SOCK_SEQPACKET, 0 },
	};
	struct sockaddr_in udp = { .sin_family = AF_INET, .sin_port = 9 };
	struct skiff_piece piece = memory_piece("x", 1);
	int dev = open("/dev/skiff", O_RDWR), tried = 0;
	struct skiff_request req;
	unsigned int i;

	ASSERT_LE(0, dev);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		int fd = socket(kinds[i].family, kinds[i].type,
				kinds[i].protocol);

		if (fd < 0)
			continue;
		if (!i)
			ASSERT_EQ(0, connect(fd, (void *)&udp, sizeof(udp)));
		req = request(fd, &piece, 1);
		EXPECT_EQ(-ESOCKTNOSUPPORT, submit(dev, &req));
		EXPECT_EQ(-ESOCKTNOSUPPORT, skiff_call(dev, SKIFF_SEND, &req));
		tried++;
		close(fd);
	}
	TH_LOG("%d of %u kinds are there", tried, i);
	EXPECT_LE(6, tried);
	close(dev);
}

TEST_HARNESS_MAIN
