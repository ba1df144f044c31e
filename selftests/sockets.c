// SPDX-License-Identifier: GPL-2.0-only
/* Every kind of socket: its rung, and what arrives. */
#include "card.h"

#include <linux/tls.h>
#include <linux/vm_sockets.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

#define FILE_LEN (3 * MIB + 1)

enum kind { CARD,
	    MPTCP,
	    VSOCK,
	    KTLS };

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

/* A virtio-net card without a vhost behind it cannot gather. */
#define CARD_VARIANT(name, address, how, why) \
	FIXTURE_VARIANT_ADD(sockets, name){   \
		.kind = CARD,                 \
		.near = address "1",          \
		.far = address "2",           \
		.rung = SKIFF_RUNG_##how,     \
		.reason = SKIFF_REASON_##why, \
	};

CARD_VARIANT(virtio_ipv4, "10.77.1.", SPLICE, LOCAL)
CARD_VARIANT(virtio_ipv6, "fd77:1::", SPLICE, LOCAL)
CARD_VARIANT(e1000e_ipv4, "10.77.2.", UBUF, BEST)
CARD_VARIANT(e1000e_ipv6, "fd77:2::", UBUF, BEST)

FIXTURE_VARIANT_ADD(sockets, ktls){
	.kind = KTLS,
	.rung = SKIFF_RUNG_SPLICE,
	.reason = SKIFF_REASON_NO_RELEASE,
};

FIXTURE_VARIANT_ADD(sockets, mptcp){
	.kind = MPTCP,
	.rung = SKIFF_RUNG_COPY,
	.reason = SKIFF_REASON_PROTOCOL,
};

FIXTURE_VARIANT_ADD(sockets, vsock){
	.kind = VSOCK,
	.rung = SKIFF_RUNG_COPY,
	.reason = SKIFF_REASON_PROTOCOL,
};

static int mptcp_pair(int pair[2])
{
	struct sockaddr_storage a;
	socklen_t len = net_loopback(TCP4, &a);

	pair[0] = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
	pair[1] = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
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

static int ktls_pair(int pair[2])
{
	struct tls12_crypto_info_aes_gcm_128 key = {
		.info.version = TLS_1_2_VERSION,
		.info.cipher_type = TLS_CIPHER_AES_GCM_128,
		.key = "0123456789abcde",
	};

	(void)!system("modprobe tls 2>/dev/null");
	return net_pair(TCP4, pair)					       ?:
		       setsockopt(pair[0], SOL_TCP, TCP_ULP, "tls", 4)	       ?:
		       setsockopt(pair[1], SOL_TCP, TCP_ULP, "tls", 4)	       ?:
		       setsockopt(pair[0], SOL_TLS, TLS_TX, &key, sizeof(key)) ?:
										 setsockopt(pair[1], SOL_TLS, TLS_RX, &key, sizeof(key));
}

FIXTURE_SETUP(sockets)
{
	int err;

	switch (variant->kind) {
	case CARD:
		err = card_pair(variant->far, self->sock);
		break;
	case MPTCP:
		err = mptcp_pair(self->sock);
		break;
	case VSOCK:
		err = vsock_pair(self->sock);
		break;
	default:
		err = ktls_pair(self->sock);
		break;
	}
	if (err && variant->kind != CARD)
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
	EXPECT_EQ(copies ? FILE_LEN - 77 : 0, r.copied_socket);
	EXPECT_EQ(sizeof(header), r.copied_memory);
	EXPECT_TRUE(receipt_balances(&r));

	shutdown(self->sock[0], SHUT_WR);
	receiver_join(&receiver);
	EXPECT_EQ(0, receiver.error);
	EXPECT_EQ(-1, receiver.bad);
	EXPECT_EQ(c.queued, receiver.received);
}

TEST_HARNESS_MAIN
