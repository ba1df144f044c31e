// SPDX-License-Identifier: GPL-2.0-only
/* Disks with a block that cannot be read: all before it is sent, and no more. */
#include "mapper.h"
#include "policy.h"

#include <linux/fiemap.h>
#include <linux/fs.h>

#define DISK_LEN (512 * MIB)
#define FILE_LEN (4 * MIB)
#define BAD (2 * MIB + 5 * PAGE) /* in the file */
#define DIR "/run/skiff-faulty"

FIXTURE(faulty)
{
	struct link link;
	struct mapper disk;
	int file;
	struct skiff_piece piece;
	struct skiff_request req;
};

FIXTURE_VARIANT(faulty)
{
	const char *make; /* the file system; NULL: the disk itself */
	uint32_t policy;
};

#define VARIANT(fs, command, kind)                \
	FIXTURE_VARIANT_ADD(faulty, fs##_##kind){ \
		.make = command,                  \
		.policy = SKIFF_POLICY_##kind,    \
	};

#define POLICIES(fs, command)      \
	VARIANT(fs, command, KEEP) \
	VARIANT(fs, command, DROP) \
	VARIANT(fs, command, DIRECT)

POLICIES(disk, NULL)
POLICIES(ext4, "mkfs.ext4 -q -F")
POLICIES(xfs, "mkfs.xfs -q -f")
POLICIES(btrfs, "mkfs.btrfs -q -f -d single -m single")

/* btrfs has a map of its own below: an address there is not one of the disk.
 * Who asks for it reads the disk, to which all must have been written.
 */
static int64_t map_btrfs(FIXTURE_DATA(faulty) * self, uint64_t address)
{
	char command[256];
	long long physical = -1;
	FILE *map;

	if (syncfs(self->file))
		return -1;
	snprintf(command, sizeof(command),
		 "btrfs-map-logical -l %llu %s | sed -n 's/.*physical \\([0-9]*\\).*/\\1/p'",
		 (unsigned long long)address, self->disk.device);
	map = popen(command, "r");
	if (fscanf(map, "%lld", &physical) != 1)
		physical = -1;
	pclose(map);
	return physical;
}

/* Where byte @pos of the file is on the disk. */
static int64_t find(FIXTURE_DATA(faulty) * self, uint64_t pos, bool btrfs)
{
	struct {
		struct fiemap map;
		struct fiemap_extent extent;
	} m = {
		.map = {
			.fm_start = pos,
			.fm_length = 1,
			.fm_flags = FIEMAP_FLAG_SYNC,
			.fm_extent_count = 1,
		},
	};
	int64_t start;

	if (ioctl(self->file, FS_IOC_FIEMAP, &m) || !m.map.fm_mapped_extents)
		return -1;
	start = m.extent.fe_physical;
	if (btrfs)
		start = map_btrfs(self, start);
	return start < 0 ? start : start + pos - m.extent.fe_logical;
}

static int make_file(FIXTURE_DATA(faulty) * self, const char *make)
{
	char path[256];

	if (!make) {
		int fd = open(self->disk.device, O_RDWR);
		static char buf[FILE_LEN];

		pattern_fill(1, 0, buf, sizeof(buf));
		return pwrite(fd, buf, sizeof(buf), 0) == sizeof(buf) ? fd : -1;
	}
	if (shell("%s %s >/dev/null && mkdir -p " DIR " && mount %s " DIR, make,
		  self->disk.device, self->disk.device))
		return -1;
	return file_create(DIR, 1, FILE_LEN, path);
}

FIXTURE_SETUP(faulty)
{
	int64_t bad = BAD;

	ASSERT_EQ(0, link_open(&self->link, NULL));
	shell("mountpoint -q " DIR " && umount " DIR);
	ASSERT_EQ(0, mapper_create(&self->disk, "skiff-faulty", DISK_LEN));
	self->file = make_file(self, variant->make);
	ASSERT_LE(0, self->file);
	file_make_cold(self->file);
	if (variant->make)
		bad = find(self, BAD, strstr(variant->make, "btrfs"));
	ASSERT_LE(0, bad);
	ASSERT_EQ(0, bad % SECTOR);
	ASSERT_EQ(0, mapper_break(&self->disk, bad, PAGE));
	self->req = request(self->link.sock[0], &self->piece, 1);
	self->req.policy = variant->policy;
}

FIXTURE_TEARDOWN(faulty)
{
	EXPECT_EQ(0, mapper_mend(&self->disk));
	close(self->file);
	link_close(&self->link);
	EXPECT_TRUE(eventually(!module_refs()));
	if (variant->make)
		EXPECT_EQ(0, shell("umount " DIR));
	EXPECT_EQ(0, mapper_remove(&self->disk));
}

/* A folio that was read in one go is as a whole not there. */
#define LARGEST (2 * MIB)

TEST_F(faulty, ends_before_it)
{
	bool large = variant->make && strstr(variant->make, "xfs") &&
		     variant->policy != SKIFF_POLICY_DIRECT;
	struct range all = { 1, 0, FILE_LEN };
	uint64_t queued;

	self->piece = file_piece(self->file, 0, FILE_LEN);
	receiver_start(&self->link.receiver, self->link.sock[1], &all, 1);
	ASSERT_EQ(0, submit(self->link.dev, &self->req));
	ASSERT_TRUE(link_ended(&self->link));
	queued = self->link.c.queued;
	EXPECT_EQ(-EIO, self->link.c.error);
	if (large) {
		EXPECT_GE(BAD, queued);
		EXPECT_LT(BAD - LARGEST, queued);
	} else {
		EXPECT_EQ(BAD, queued);
	}
	EXPECT_TRUE(receipt_balances(&self->link.r));
	EXPECT_TRUE(link_arrived(&self->link, queued));
}

static int send_part(FIXTURE_DATA(faulty) * self, uint64_t pos, uint64_t len)
{
	self->piece = file_piece(self->file, pos, len);
	return skiff_call(self->link.dev, SKIFF_SEND, &self->req);
}

/* SEND says what it sent, and why that was not all. Behind the block, and once
 * it can be read, all is as it should be.
 */
TEST_F(faulty, send)
{
	struct range ranges[] = {
		{ 1, BAD - 1, 1 },
		{ 1, 3 * MIB, MIB },
		{ 1, BAD, MIB },
	};

	receiver_start(&self->link.receiver, self->link.sock[1], ranges, 3);
	ASSERT_EQ(0, send_part(self, BAD - 1, 2));
	EXPECT_EQ(1, self->req.out_queued);
	EXPECT_EQ(-EIO, self->req.out_error);
	EXPECT_EQ(-EIO, send_part(self, BAD, 2));
	ASSERT_EQ(0, send_part(self, 3 * MIB, MIB));
	EXPECT_EQ(0, self->req.out_error);
	EXPECT_EQ(MIB, self->req.out_queued);

	ASSERT_EQ(0, mapper_mend(&self->disk));
	ASSERT_EQ(0, send_part(self, BAD, MIB));
	EXPECT_EQ(0, self->req.out_error);
	EXPECT_EQ(MIB, self->req.out_queued);
	EXPECT_TRUE(link_arrived(&self->link, 2 * MIB + 1));
}

TEST_HARNESS_MAIN
