// SPDX-License-Identifier: GPL-2.0-only
/* DIRECT: the page cache is passed by, and the bytes are not copied. */
#include "mapper.h"
#include "policy.h"

#define FILE_LEN (4 * MIB - 1000)
#define NR PAGES(FILE_LEN)

FIXTURE(direct)
{
	struct link link;
	int file;
	char path[256];
	struct skiff_piece piece;
	struct skiff_request req;
	struct range all;
	unsigned char before[NR], after[NR];
};

FIXTURE_VARIANT(direct)
{
	const char *dir;
	const char *far;
	bool unknown; /* the file system does not tell how it read */
};

FIXTURE_VARIANT_ADD(direct, ext4){ .dir = "/mnt/vblk-ext4" };
FIXTURE_VARIANT_ADD(direct, xfs){ .dir = "/mnt/vblk-xfs" };
FIXTURE_VARIANT_ADD(direct, btrfs){
	.dir = "/mnt/vblk-btrfs",
	.unknown = true,
};
FIXTURE_VARIANT_ADD(direct, ext4_card){
	.dir = "/mnt/vblk-ext4",
	.far = CARD,
};
FIXTURE_VARIANT_ADD(direct, xfs_card){ .dir = "/mnt/vblk-xfs", .far = CARD };
FIXTURE_VARIANT_ADD(direct, btrfs_card){
	.dir = "/mnt/vblk-btrfs",
	.far = CARD,
	.unknown = true,
};

FIXTURE_SETUP(direct)
{
	ASSERT_EQ(0, link_open(&self->link, variant->far));
	self->file = file_create(variant->dir, 1, FILE_LEN, self->path);
	ASSERT_LE(0, self->file);
	file_make_cold(self->file);
	ASSERT_EQ(0, nr_resident(self->file, NR));
	self->all = (struct range){ 1, 0, FILE_LEN };
	self->piece = file_piece(self->file, 0, 0);
	self->req = request(self->link.sock[0], &self->piece, 1);
	self->req.policy = SKIFF_POLICY_DIRECT;
}

FIXTURE_TEARDOWN(direct)
{
	close(self->file);
	unlink(self->path);
	link_close(&self->link);
	EXPECT_TRUE(eventually(!module_refs()));
}

/* Send it to somebody who reads. What was read is what was asked for, and the
 * rest of the pages and blocks at both ends.
 */
#define SEND_ALL()                                                           \
	do {                                                                 \
		uint64_t read;                                               \
                                                                             \
		receiver_start(&self->link.receiver, self->link.sock[1],     \
			       &self->all, 1);                               \
		ASSERT_EQ(0, submit(self->link.dev, &self->req));            \
		ASSERT_TRUE(link_ended(&self->link));                        \
		EXPECT_EQ(0, self->link.c.error);                            \
		EXPECT_TRUE(link_arrived(&self->link, self->all.len));       \
		EXPECT_TRUE(receipt_balances(&self->link.r));                \
		EXPECT_EQ(SKIFF_POLICY_DIRECT, self->link.r.policy);         \
		EXPECT_EQ(self->all.len, self->link.r.bytes_by_ref);         \
		EXPECT_EQ(0, self->link.r.bytes_copied);                     \
		EXPECT_EQ(0, self->link.r.read_buffered);                    \
		EXPECT_EQ(0, self->link.r.read_cache);                       \
		EXPECT_EQ(0, self->link.r.pages_read);                       \
		EXPECT_EQ(0, self->link.r.pages_valid);                      \
		read = self->link.r.read_direct + self->link.r.read_unknown; \
		EXPECT_LE(self->all.len, read);                              \
		EXPECT_GE(self->all.len + 2 * PAGE, read);                   \
		EXPECT_EQ(0, variant->unknown ? self->link.r.read_direct :   \
						self->link.r.read_unknown);  \
	} while (0)

TEST_F(direct, cold_stays_cold)
{
	ASSERT_EQ(0, fcntl(self->file, F_GETFL) & O_DIRECT);
	SEND_ALL();
	EXPECT_EQ(0, nr_resident(self->file, NR));
	EXPECT_EQ(0, fcntl(self->file, F_GETFL) & O_DIRECT);
	EXPECT_EQ(self->link.r.rung,
		  variant->far ? SKIFF_RUNG_UBUF : SKIFF_RUNG_SPLICE);
}

/* Neither end of the range is one of a block. */
TEST_F(direct, range)
{
	self->piece = file_piece(self->file, 5 * PAGE + 777, 2 * MIB + 1);
	self->all = (struct range){ 1, 5 * PAGE + 777, 2 * MIB + 1 };
	SEND_ALL();
	EXPECT_EQ(0, nr_resident(self->file, NR));
}

TEST_F(direct, o_direct_descriptor)
{
	close(self->file);
	self->file = open(self->path, O_RDWR | O_DIRECT);
	ASSERT_LE(0, self->file);
	self->piece = file_piece(self->file, 1, FILE_LEN - 1);
	self->all = (struct range){ 1, 1, FILE_LEN - 1 };
	SEND_ALL();
	EXPECT_EQ(0, nr_resident(self->file, NR));
}

/* As many pages are read although they are there, and they stay. */
TEST_F(direct, resident_stays)
{
	make_resident(self->path, NR, 2);
	residency(self->file, NR, self->before);
	ASSERT_EQ(NR / 2, nr_resident(self->file, NR));
	SEND_ALL();
	residency(self->file, NR, self->after);
	EXPECT_EQ(0, memcmp(self->before, self->after, NR));
}

/* Pages that are written first, so that the disk has them, stay as well. (btrfs
 * may read from the page cache what it has just written, and around it.)
 */
TEST_F(direct, dirty_stays)
{
	char buf[PAGE];

	pattern_fill(1, 7 * PAGE, buf, PAGE);
	ASSERT_EQ(PAGE, pwrite(self->file, buf, PAGE, 7 * PAGE));
	residency(self->file, NR, self->before);
	ASSERT_EQ(1, nr_resident(self->file, NR));
	SEND_ALL();
	residency(self->file, NR, self->after);
	EXPECT_EQ(1, self->after[7]);
	if (!variant->unknown)
		EXPECT_EQ(0, memcmp(self->before, self->after, NR));
}

/* Bytes of memory that is free, or would be. */
static long available(void)
{
	FILE *f = fopen("/proc/meminfo", "r");
	char line[128];
	long kb = 0;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %ld", &kb) == 1)
			break;
	if (f)
		fclose(f);
	return kb * KIB;
}

/* The pages of a transfer go when the network is done with them, and those that
 * never reached it when the transfer ends.
 */
TEST_F(direct, pages_are_freed)
{
	const int times = 64; /* a window lost in each could not be missed */
	struct link link;
	long before;
	int i;

	before = available();
	for (i = 0; i < times; i++) {
		ASSERT_EQ(0, link_open(&link, variant->far));
		ASSERT_EQ(0, link_narrow(&link));
		self->req.socket = link.sock[0];
		ASSERT_EQ(0, submit(link.dev, &self->req));
		ASSERT_TRUE(eventually(!get_receipt(link.dev,
						    self->req.out_id,
						    &link.r) &&
				       link.r.room_waits));
		if (i % 2) {
			ASSERT_EQ(0, cancel(link.dev, self->req.out_id));
			ASSERT_TRUE(link_ended(&link));
			EXPECT_EQ(-ECANCELED, link.c.error);
		}
		link_close(&link);
	}
	EXPECT_TRUE(eventually(module_refs() == 1)); /* self->link.dev */
	EXPECT_TRUE(settles(available() > before - (long)(16 * MIB)));
	TH_LOG("%ld KiB less than before", (before - available()) / 1024);
}

/* No file system between: any block device. */
TEST_F(direct, block_device)
{
	char device[64];
	int fd;

	ASSERT_EQ(0, ftruncate(self->file, 4 * MIB));
	fsync(self->file);
	ASSERT_EQ(0, loop_attach("-r", self->path, device));
	fd = open(device, O_RDONLY);
	ASSERT_LE(0, fd);
	self->piece = file_piece(fd, 12345, 2 * MIB);
	self->all = (struct range){ 1, 12345, 2 * MIB };
	receiver_start(&self->link.receiver, self->link.sock[1], &self->all, 1);
	ASSERT_EQ(0, submit(self->link.dev, &self->req));
	ASSERT_TRUE(link_ended(&self->link));
	EXPECT_EQ(0, self->link.c.error);
	EXPECT_TRUE(link_arrived(&self->link, 2 * MIB));
	EXPECT_LE(2 * MIB, self->link.r.read_direct);
	EXPECT_EQ(0, self->link.r.bytes_copied);
	EXPECT_EQ(0, nr_resident(fd, PAGES(4 * MIB)));
	close(fd);
	EXPECT_EQ(0, shell("losetup -d %s", device));
}

TEST_HARNESS_MAIN
