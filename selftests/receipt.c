// SPDX-License-Identifier: GPL-2.0-only
/* What a receipt says of the way below the socket: by which rung, by which device,
 * what was let go of, and what was sent again.
 */
#include "policy.h"

#include <net/if.h>

#define FILE_LEN (1 * MIB + 77)

FIXTURE(receipt)
{
	struct link link;
	int file;
	char path[256];
	struct skiff_piece piece;
	struct skiff_request req;
	struct range all;
};

FIXTURE_VARIANT(receipt)
{
	const char *far; /* address of a card's other end, or NULL: loopback */
	const char *device;
	uint64_t flags;
};

FIXTURE_VARIANT_ADD(receipt, loopback){ .device = "lo" };
FIXTURE_VARIANT_ADD(receipt, loopback_released){
	.device = "lo",
	.flags = SKIFF_REQUEST_RELEASED,
};
FIXTURE_VARIANT_ADD(receipt, card){
	.far = CARD,
	.device = "e1k0",
};
FIXTURE_VARIANT_ADD(receipt, card_released){
	.far = CARD,
	.device = "e1k0",
	.flags = SKIFF_REQUEST_RELEASED,
};
FIXTURE_VARIANT_ADD(receipt, card_ipv6){
	.far = "fd77:2::2",
	.device = "e1k0",
};

static int shell(const char *command)
{
	return system(command) ? -1 : 0;
}

FIXTURE_SETUP(receipt)
{
	ASSERT_EQ(0, link_open(&self->link, variant->far));
	self->file = file_create("/mnt/vblk-xfs", 1, FILE_LEN, self->path);
	ASSERT_LE(0, self->file);
	self->all = (struct range){ 1, 0, FILE_LEN };
	self->piece = file_piece(self->file, 0, 0);
	self->req = request(self->link.sock[0], &self->piece, 1);
	self->req.flags = variant->flags;
}

FIXTURE_TEARDOWN(receipt)
{
	if (variant->far) {
		shell("ip netns exec near ethtool -K e1k0 sg on tx on tso on "
		      ">/dev/null");
		shell("tc -n near qdisc del dev e1k0 root 2>/dev/null");
	}
	close(self->file);
	unlink(self->path);
	link_close(&self->link);
	EXPECT_TRUE(eventually(!module_refs()));
}

static bool receipt_now(FIXTURE_DATA(receipt) * self)
{
	return !get_receipt(self->link.dev, self->req.out_id, &self->link.r);
}

/* Send the file to somebody who checks it; the receipt is that of the end. */
#define SEND_ALL()                                                       \
	do {                                                             \
		receiver_start(&self->link.receiver, self->link.sock[1], \
			       &self->all, 1);                           \
		ASSERT_EQ(0, submit(self->link.dev, &self->req));        \
		ASSERT_TRUE(link_ended(&self->link));                    \
		EXPECT_EQ(0, self->link.c.error);                        \
		EXPECT_EQ(FILE_LEN, self->link.r.bytes_queued);          \
		EXPECT_TRUE(receipt_balances(&self->link.r));            \
		EXPECT_TRUE(link_arrived(&self->link, FILE_LEN));        \
	} while (0)

TEST_F(receipt, names_rung_and_device)
{
	SEND_ALL();
	EXPECT_EQ(variant->far ? FILE_LEN : 0, self->link.r.ref_ubuf);
	EXPECT_EQ(variant->far ? 0 : FILE_LEN, self->link.r.ref_splice);
	EXPECT_EQ(if_nametoindex(variant->device), self->link.r.device);
	EXPECT_EQ(SKIFF_DEVICE_SG | SKIFF_DEVICE_TSO | SKIFF_DEVICE_CSUM,
		  self->link.r.device_caps);
	/* e1000e reaches all memory; loopback does no DMA. */
	EXPECT_EQ(variant->far ? 64 : 0, self->link.r.device_dma_bits);
	EXPECT_EQ(65536, self->link.r.device_gso_max);
	EXPECT_EQ(0, self->link.r.encrypted);
	/* (An emulated card may well lose what comes at once.) */
	if (!variant->far)
		EXPECT_EQ(0, self->link.r.retransmitted);
}

TEST_F(receipt, counts_released)
{
	SEND_ALL();
	if (variant->flags)
		EXPECT_EQ(FILE_LEN, self->link.r.bytes_released);
	EXPECT_EQ(!!variant->flags, !!self->link.r.release_waits);
	EXPECT_EQ(!!self->link.r.release_waits, !!self->link.r.release_wait_ns);
	if (variant->far) {
		EXPECT_TRUE(eventually(receipt_now(self) &&
				       self->link.r.bytes_released == FILE_LEN));
	} else if (!variant->flags) {
		EXPECT_EQ(0, self->link.r.bytes_released);
	}
}

TEST_F(receipt, counts_fills)
{
	file_make_cold(self->file);
	SEND_ALL();
	EXPECT_LT(0, self->link.r.fills);
	EXPECT_LE(self->link.r.disk_waits, self->link.r.fills);
}

/* What the card cannot do, the CPU does, by copying: then it is done at once, and
 * who wants no copy is told.
 */
#define WITHOUT(feature)                                                                              \
	do {                                                                                          \
		if (!variant->far)                                                                    \
			SKIP(return, "a matter of cards");                                            \
		ASSERT_EQ(0, shell("ip netns exec near ethtool -K e1k0 " feature " off >/dev/null")); \
		self->req.flags |= SKIFF_REQUEST_ZEROCOPY;                                            \
		EXPECT_EQ(-EOPNOTSUPP, submit(self->link.dev, &self->req));                           \
		self->req.flags &= ~SKIFF_REQUEST_ZEROCOPY;                                           \
		SEND_ALL();                                                                           \
		EXPECT_EQ(SKIFF_RUNG_COPY, self->link.r.rung);                                        \
		EXPECT_EQ(SKIFF_REASON_NO_SG, self->link.r.reason);                                   \
		EXPECT_EQ(FILE_LEN, self->link.r.copied_no_sg);                                       \
	} while (0)

TEST_F(receipt, card_cannot_gather)
{
	WITHOUT("sg");
	EXPECT_EQ(0, self->link.r.device_caps & SKIFF_DEVICE_SG);
}

TEST_F(receipt, card_cannot_checksum)
{
	WITHOUT("tx");
	EXPECT_EQ(0, self->link.r.device_caps & SKIFF_DEVICE_CSUM);
}

/* It may end before the last lost packet is sent again, but not before the first. */
TEST_F(receipt, counts_what_is_sent_again)
{
	if (!variant->far)
		SKIP(return, "a matter of cards");
	if (shell("tc -n near qdisc add dev e1k0 root netem loss 10% "
		  "2>/dev/null"))
		SKIP(return, "this kernel has no netem");
	self->req.flags = SKIFF_REQUEST_RELEASED;
	SEND_ALL();
	EXPECT_LT(0, self->link.r.retransmitted);
}

TEST_HARNESS_MAIN
