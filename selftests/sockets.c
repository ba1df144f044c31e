// SPDX-License-Identifier: GPL-2.0-only
/* Every kind of socket: its rung, and what arrives; or that it is refused. */
#include "kinds.h"

#define FILE_LEN (3 * MIB + 1)

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
