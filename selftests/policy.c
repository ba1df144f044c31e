// SPDX-License-Identifier: GPL-2.0-only
/* Policies: what arrives is the same with all, and which of them is taken. */
#include "policy.h"

#include <linux/falloc.h>

#define FILE_LEN (3 * MIB + 123)

FIXTURE(policy)
{
	struct link link;
	int file;
	char path[256];
	long large;
};

FIXTURE_VARIANT(policy)
{
	const char *dir;
	const char *far;
	uint32_t policy;
};

#define VARIANT(fs, net, address, kind)                   \
	FIXTURE_VARIANT_ADD(policy, fs##_##net##_##kind){ \
		.dir = "/mnt/vblk-" #fs,                  \
		.far = address,                           \
		.policy = SKIFF_POLICY_##kind,            \
	};

#define POLICIES(fs, net, address)        \
	VARIANT(fs, net, address, KEEP)   \
	VARIANT(fs, net, address, DROP)   \
	VARIANT(fs, net, address, DIRECT) \
	VARIANT(fs, net, address, AUTO)

POLICIES(ext4, loopback, NULL)
POLICIES(ext4, card, CARD)
POLICIES(xfs, loopback, NULL)
POLICIES(xfs, card, CARD)
POLICIES(btrfs, loopback, NULL)
POLICIES(btrfs, card, CARD)

FIXTURE_SETUP(policy)
{
	ASSERT_EQ(0, link_open(&self->link, variant->far));
	self->file = file_create(variant->dir, 1, FILE_LEN, self->path);
	ASSERT_LE(0, self->file);
	file_make_cold(self->file);
	/* So that AUTO sees both of its sides. */
	self->large = parameter("large_mb");
	ASSERT_EQ(0, set_parameter("large_mb", 1));
}

FIXTURE_TEARDOWN(policy)
{
	set_parameter("large_mb", self->large);
	close(self->file);
	unlink(self->path);
	link_close(&self->link);
	EXPECT_TRUE(eventually(!module_refs()));
}

static uint32_t expected(uint32_t policy, uint64_t len)
{
	if (policy != SKIFF_POLICY_AUTO)
		return policy;
	return len < MIB ? SKIFF_POLICY_KEEP : SKIFF_POLICY_DROP;
}

/* One batch, one stream. */
TEST_F(policy, borders)
{
	static const uint64_t sizes[] = {
		1,
		4095,
		4096,
		4097,
		64 * KIB + 1,
		MIB + 13,
	};
	static const uint64_t offsets[] = {
		0,
		1,
		4095,
		4097,
		FILE_LEN / 2 + 777,
	};
	enum { NR = 6 * 5 };
	struct skiff_piece pieces[NR];
	struct skiff_request reqs[NR];
	struct skiff_submit s = {
		.size = sizeof(s),
		.nr = NR,
		.stride = sizeof(reqs[0]),
		.requests = (uintptr_t)reqs,
	};
	struct range ranges[NR];
	bool seen[NR] = {};
	uint64_t total = 0;
	unsigned int i;

	for (i = 0; i < NR; i++) {
		ranges[i] = (struct range){ 1, offsets[i % 5], sizes[i / 5] };
		pieces[i] = file_piece(self->file, ranges[i].pos,
				       ranges[i].len);
		reqs[i] = request(self->link.sock[0], &pieces[i], 1);
		reqs[i].policy = variant->policy;
		reqs[i].cookie = i;
		total += ranges[i].len;
	}
	receiver_start(&self->link.receiver, self->link.sock[1], ranges, NR);
	ASSERT_EQ(0, skiff_call(self->link.dev, SKIFF_SUBMIT, &s));
	ASSERT_EQ(NR, s.out_accepted);
	for (i = 0; i < NR; i++) {
		const struct skiff_receipt *r = &self->link.r;
		uint64_t which, len;

		ASSERT_TRUE(link_ended(&self->link));
		which = self->link.c.cookie;
		ASSERT_GT(NR, which);
		EXPECT_FALSE(seen[which]);
		seen[which] = true;
		len = ranges[which].len;
		EXPECT_EQ(0, self->link.c.error);
		EXPECT_EQ(len, self->link.c.queued);
		EXPECT_EQ(len, r->bytes_by_ref);
		EXPECT_EQ(variant->far ? SKIFF_RUNG_UBUF : SKIFF_RUNG_SPLICE,
			  r->rung);
		EXPECT_EQ(expected(variant->policy, len), r->policy);
		EXPECT_EQ(r->policy, reqs[which].out_policy);
		EXPECT_EQ(0, r->reserved);
		EXPECT_TRUE(receipt_balances(r));
	}
	EXPECT_TRUE(link_arrived(&self->link, total));
}

/* The caller waits; the last range reaches past the end of the file. */
TEST_F(policy, send)
{
	struct range ranges[] = {
		{ 1, 12345, 2 * MIB },
		{ 1, 1, 1 },
		{ 1, FILE_LEN - 5000, 5000 },
	};
	struct skiff_piece piece;
	struct skiff_request req = request(self->link.sock[0], &piece, 1);
	unsigned int i;

	req.policy = variant->policy;
	receiver_start(&self->link.receiver, self->link.sock[1], ranges, 3);
	for (i = 0; i < 3; i++) {
		piece = file_piece(self->file, ranges[i].pos,
				   ranges[i].len + (i == 2 ? 9000 : 0));
		ASSERT_EQ(0, skiff_call(self->link.dev, SKIFF_SEND, &req));
		EXPECT_EQ(i == 2 ? -ENODATA : 0, req.out_error);
		EXPECT_EQ(ranges[i].len, req.out_queued);
	}
	EXPECT_TRUE(link_arrived(&self->link, 2 * MIB + 5001));
}

TEST_F(policy, pieces)
{
	char header[300], trailer[77];
	struct range ranges[] = {
		{ 2, 0, sizeof(header) },
		{ 1, 5, 100000 },
		{ 1, 2 * MIB - 1, 1 },
		{ 3, 0, sizeof(trailer) },
		{ 1, MIB + 4096, FILE_LEN - MIB - 4096 },
	};
	struct skiff_piece pieces[] = {
		memory_piece(header, sizeof(header)),
		file_piece(self->file, 5, 100000),
		file_piece(self->file, 2 * MIB - 1, 1),
		memory_piece(trailer, sizeof(trailer)),
		file_piece(self->file, MIB + 4096, 0),
	};
	struct skiff_request req = request(self->link.sock[0], pieces, 5);
	uint64_t total = sizeof(header) + 100001 + sizeof(trailer) +
			 FILE_LEN - MIB - 4096;

	pattern_fill(2, 0, header, sizeof(header));
	pattern_fill(3, 0, trailer, sizeof(trailer));
	req.policy = variant->policy;
	receiver_start(&self->link.receiver, self->link.sock[1], ranges, 5);
	ASSERT_EQ(0, submit(self->link.dev, &req));
	ASSERT_TRUE(link_ended(&self->link));
	EXPECT_EQ(0, self->link.c.error);
	EXPECT_EQ(total, self->link.c.queued);
	EXPECT_EQ(sizeof(header) + sizeof(trailer), self->link.r.bytes_copied);
	EXPECT_EQ(variant->policy, self->link.r.policy);
	EXPECT_TRUE(link_arrived(&self->link, total));
}

static char got[MIB], want[MIB];

/* Send @len bytes of @fd from @pos on; position of a byte that is not as in
 * @want, or -1.
 */
static int64_t compare(FIXTURE_DATA(policy) * self, uint32_t policy, int fd,
		       uint64_t pos, size_t len)
{
	struct skiff_piece piece = file_piece(fd, pos, len);
	struct skiff_request req = request(self->link.sock[0], &piece, 1);
	size_t i;

	req.policy = policy;
	if (submit(self->link.dev, &req) ||
	    recv(self->link.sock[1], got, len, MSG_WAITALL) != (ssize_t)len ||
	    !link_ended(&self->link) || self->link.c.error ||
	    !receipt_balances(&self->link.r))
		return -2;
	for (i = 0; i < len; i++)
		if (got[i] != want[pos + i])
			return pos + i;
	return -1;
}

/* Overwrite, in the file and in what is expected of it. */
static bool write_both(int fd, uint64_t pos, size_t len)
{
	pattern_fill(2, pos, want + pos, len);
	return pwrite(fd, want + pos, len, pos) == (ssize_t)len;
}

/* Data, what never was written, and what is allocated but not written. */
TEST_F(policy, holes)
{
	const size_t len = 900 * KIB + 777;

	memset(want, 0, sizeof(want));
	ASSERT_EQ(0, ftruncate(self->file, 0));
	ASSERT_EQ(0, ftruncate(self->file, len));
	ASSERT_EQ(0, fallocate(self->file, FALLOC_FL_KEEP_SIZE, 600 * KIB,
			       100 * KIB));
	ASSERT_TRUE(write_both(self->file, 0, 1000));
	ASSERT_TRUE(write_both(self->file, 300 * KIB + 13, 70000));
	ASSERT_TRUE(write_both(self->file, 650 * KIB, 4096));
	ASSERT_TRUE(write_both(self->file, len - 10, 10));
	file_make_cold(self->file);
	EXPECT_EQ(-1, compare(self, variant->policy, self->file, 0, len));
	EXPECT_EQ(-1, compare(self, variant->policy, self->file, 999,
			      len - 999));
	EXPECT_EQ(-1, compare(self, variant->policy, self->file, 100 * KIB + 1,
			      100 * KIB));
}

/* Pages that are only in the page cache yet, some of them with no place on the
 * disk.
 */
TEST_F(policy, dirty)
{
	const size_t len = 256 * KIB;
	struct stat st;

	pattern_fill(1, 0, want, sizeof(want));
	ASSERT_EQ(0, ftruncate(self->file, len));
	file_make_cold(self->file);
	ASSERT_TRUE(write_both(self->file, 5000, 100));
	ASSERT_TRUE(write_both(self->file, 64 * KIB, 4096));
	ASSERT_TRUE(write_both(self->file, len - 1, 1));
	ASSERT_TRUE(write_both(self->file, len, 50001));
	EXPECT_EQ(-1, compare(self, variant->policy, self->file, 0,
			      len + 50001));
	ASSERT_TRUE(write_both(self->file, 5050, 1));
	EXPECT_EQ(-1, compare(self, variant->policy, self->file, 4097, 2000));

	/* Nothing was lost for the others, nor added. */
	ASSERT_EQ(0, fstat(self->file, &st));
	EXPECT_EQ(len + 50001, st.st_size);
	file_make_cold(self->file);
	ASSERT_EQ(len + 50001, pread(self->file, got, sizeof(got), 0));
	EXPECT_EQ(0, memcmp(got, want, len + 50001));
}

/* btrfs keeps such a file in its tree. */
TEST_F(policy, tiny)
{
	pattern_fill(1, 0, want, 1000);
	ASSERT_EQ(0, ftruncate(self->file, 0));
	ASSERT_TRUE(write_both(self->file, 0, 1000));
	file_make_cold(self->file);
	EXPECT_EQ(-1, compare(self, variant->policy, self->file, 1, 998));
	EXPECT_EQ(-1, compare(self, variant->policy, self->file, 0, 1000));
}

TEST_HARNESS_MAIN
