// SPDX-License-Identifier: GPL-2.0-only
/* How much of the page cache a long file takes while it is sent. */
#include "policy.h"

#include <sys/syscall.h>

#ifndef __NR_cachestat
#define __NR_cachestat 451
#endif

/* A few windows, and what both ends of the connection hold. */
#define MOST (64 * MIB)

FIXTURE(footprint)
{
	struct link link;
	int file;
	char path[256];
	uint64_t len;
	uint64_t samples, most; /* the most bytes that were seen */
};

FIXTURE_VARIANT(footprint)
{
	const char *dir;
	const char *far;
};

FIXTURE_VARIANT_ADD(footprint, ext4){ .dir = "/mnt/vblk-ext4" };
FIXTURE_VARIANT_ADD(footprint, xfs){ .dir = "/mnt/vblk-xfs" };
FIXTURE_VARIANT_ADD(footprint, ext4_card){
	.dir = "/mnt/vblk-ext4",
	.far = CARD,
};

FIXTURE_SETUP(footprint)
{
	const char *kernel = getenv("SKIFF_KERNEL");

	/* Less where it would take minutes. */
	self->len = kernel && !strcmp(kernel, "debug") ? 128 * MIB : 512 * MIB;
	ASSERT_EQ(0, link_open(&self->link, variant->far));
	self->file = file_create(variant->dir, 1, self->len, self->path);
	ASSERT_LE(0, self->file);
	file_make_cold(self->file);
}

FIXTURE_TEARDOWN(footprint)
{
	close(self->file);
	unlink(self->path);
	link_close(&self->link);
}

/* Bytes of the whole file in the page cache, without looking at each page. */
static uint64_t bytes_cached(int fd)
{
	struct {
		uint64_t off, len;
	} range = {};
	struct {
		uint64_t nr_cache, nr_dirty, nr_writeback, nr_evicted, nr_recent;
	} stat;

	if (syscall(__NR_cachestat, fd, &range, &stat, 0))
		return ~0ULL;
	return stat.nr_cache * PAGE;
}

static void watch(FIXTURE_DATA(footprint) * self)
{
	uint64_t now = bytes_cached(self->file);

	self->samples++;
	if (now > self->most)
		self->most = now;
}

/* Send the file by @policy and look, as often as can be, what it takes. */
static bool send_and_watch(FIXTURE_DATA(footprint) * self, uint32_t policy,
			   uint64_t len)
{
	struct skiff_piece piece = file_piece(self->file, 0, len);
	struct skiff_request req = request(self->link.sock[0], &piece, 1);

	self->samples = self->most = 0;
	req.policy = policy;
	if (submit(self->link.dev, &req))
		return false;
	while (!take(self->link.dev, &self->link.c, 1))
		watch(self);
	watch(self);
	return !self->link.c.error && self->link.c.queued == len &&
	       !get_receipt(self->link.dev, self->link.c.id, &self->link.r);
}

TEST_F(footprint, is_small)
{
	struct range ranges[] = {
		{ 1, 0, 2 * MOST },
		{ 1, 0, self->len },
		{ 1, 0, self->len },
	};

	receiver_start(&self->link.receiver, self->link.sock[1], ranges, 3);
	/* What it is for one that is kept: the test can see a difference. */
	ASSERT_TRUE(send_and_watch(self, SKIFF_POLICY_KEEP, 2 * MOST));
	EXPECT_LE(2 * MOST, self->most);
	file_make_cold(self->file);
	ASSERT_TRUE(settles(pages_all_go(self->file, 2 * MOST)));

	ASSERT_TRUE(send_and_watch(self, SKIFF_POLICY_DROP, self->len));
	TH_LOG("DROP: at most %llu KiB cached, in %llu samples",
	       (unsigned long long)self->most / 1024,
	       (unsigned long long)self->samples);
	EXPECT_LT(10, self->samples);
	EXPECT_LT(0, self->most);
	EXPECT_GT(MOST, self->most);
	EXPECT_TRUE(settles(!bytes_cached(self->file)));

	ASSERT_TRUE(send_and_watch(self, SKIFF_POLICY_DIRECT, self->len));
	EXPECT_LT(10, self->samples);
	EXPECT_EQ(0, self->most);
	EXPECT_TRUE(link_arrived(&self->link, 2 * MOST + 2 * self->len));
}

TEST_HARNESS_MAIN
