// SPDX-License-Identifier: GPL-2.0-only
/* Which policy is taken: by the file, by its length, by what may stand in. */
#include "policy.h"

#define FILE_LEN (3 * MIB)

/* What cannot be read by its mapping: tmpfs, and the root of this machine. */
static const char *const others[] = { "/dev/shm", "/var/tmp" };

FIXTURE(fallback)
{
	struct link link;
	int file; /* on ext4 */
	int other;
	char path[256], other_path[256];
	long large;
	struct skiff_piece piece[2];
	struct skiff_request req;
};

FIXTURE_SETUP(fallback)
{
	ASSERT_EQ(0, link_open(&self->link, NULL));
	self->file = file_create("/mnt/vblk-ext4", 1, FILE_LEN, self->path);
	ASSERT_LE(0, self->file);
	file_make_cold(self->file);
	self->other = file_create(others[0], 1, FILE_LEN, self->other_path);
	ASSERT_LE(0, self->other);
	self->large = parameter("large_mb");
	self->piece[0] = file_piece(self->file, 0, 0);
	self->piece[1] = file_piece(self->other, 0, 0);
	self->req = request(self->link.sock[0], self->piece, 1);
}

FIXTURE_TEARDOWN(fallback)
{
	set_parameter("large_mb", self->large);
	close(self->file);
	unlink(self->path);
	close(self->other);
	unlink(self->other_path);
	link_close(&self->link);
}

/* Neither way in takes it, nor does a probe. */
static void refused(struct __test_metadata *_metadata,
		    FIXTURE_DATA(fallback) * self, uint32_t policy)
{
	self->req.policy = policy;
	EXPECT_EQ(-EOPNOTSUPP, submit(self->link.dev, &self->req));
	EXPECT_EQ(-EOPNOTSUPP,
		  skiff_call(self->link.dev, SKIFF_SEND, &self->req));
	self->req.flags |= SKIFF_REQUEST_PROBE;
	EXPECT_EQ(-EOPNOTSUPP, submit(self->link.dev, &self->req));
	self->req.flags &= ~SKIFF_REQUEST_PROBE;
}

/* The request is accepted, goes by @taken and says so everywhere. */
static void taken(struct __test_metadata *_metadata,
		  FIXTURE_DATA(fallback) * self, uint32_t policy,
		  uint32_t taken)
{
	static char buf[64 * KIB];
	uint64_t n;

	self->req.policy = policy;
	self->req.flags |= SKIFF_REQUEST_PROBE;
	self->req.out_policy = ~0U;
	ASSERT_EQ(0, submit(self->link.dev, &self->req));
	EXPECT_EQ(taken, self->req.out_policy);
	self->req.flags &= ~SKIFF_REQUEST_PROBE;
	self->req.out_policy = ~0U;
	ASSERT_EQ(0, submit(self->link.dev, &self->req));
	EXPECT_EQ(taken, self->req.out_policy);
	ASSERT_EQ(0, get_receipt(self->link.dev, self->req.out_id,
				 &self->link.r));
	EXPECT_EQ(taken, self->link.r.policy);
	for (n = 0; n < self->link.r.bytes_requested;) {
		ssize_t got = recv(self->link.sock[1], buf, sizeof(buf), 0);

		ASSERT_LT(0, got);
		n += got;
	}
	ASSERT_TRUE(link_ended(&self->link));
	EXPECT_EQ(0, self->link.c.error);
	EXPECT_EQ(n, self->link.c.queued);
	EXPECT_EQ(taken, self->link.r.policy);
}

#define EXPECT_REFUSED(policy) refused(_metadata, self, SKIFF_POLICY_##policy)
#define EXPECT_TAKEN(policy, result)                  \
	taken(_metadata, self, SKIFF_POLICY_##policy, \
	      SKIFF_POLICY_##result)

/* What must be asked for its pages can only be kept. */
TEST_F(fallback, not_by_mapping)
{
	char path[256];
	unsigned int i;
	int file;

	for (i = 0; i < 2; i++) {
		TH_LOG("%s", others[i]);
		file = file_create(others[i], 1, FILE_LEN, path);
		ASSERT_LE(0, file);
		self->piece[0] = file_piece(file, 0, 0);
		self->req.flags = 0;
		EXPECT_REFUSED(DROP);
		EXPECT_REFUSED(DIRECT);
		EXPECT_TAKEN(KEEP, KEEP);
		self->req.flags = SKIFF_REQUEST_FALLBACK;
		EXPECT_TAKEN(DROP, KEEP);
		EXPECT_TAKEN(DIRECT, KEEP);
		close(file);
		unlink(path);
	}
}

/* Neither can what the request itself says is to be asked. */
TEST_F(fallback, rung_pipe)
{
	self->req.rung = SKIFF_RUNG_PIPE;
	EXPECT_REFUSED(DROP);
	EXPECT_REFUSED(DIRECT);
	self->req.flags = SKIFF_REQUEST_FALLBACK;
	EXPECT_TAKEN(DIRECT, KEEP);
	EXPECT_EQ(SKIFF_RUNG_PIPE, self->link.c.rung);
}

/* Where nothing stands in the way, nothing falls back. */
TEST_F(fallback, not_needed)
{
	self->req.flags = SKIFF_REQUEST_FALLBACK;
	EXPECT_TAKEN(DIRECT, DIRECT);
	EXPECT_TAKEN(DROP, DROP);
	EXPECT_TAKEN(KEEP, KEEP);
}

TEST_F(fallback, files_differ)
{
	self->req.nr_pieces = 2;
	EXPECT_REFUSED(DROP);
	EXPECT_REFUSED(DIRECT);
	self->req.flags = SKIFF_REQUEST_FALLBACK;
	EXPECT_TAKEN(DIRECT, AUTO);
	EXPECT_TAKEN(DROP, AUTO);
	EXPECT_TAKEN(KEEP, KEEP);
}

TEST_F(fallback, auto_by_length)
{
	ASSERT_EQ(0, set_parameter("large_mb", 2));
	self->piece[0] = file_piece(self->file, 1, 2 * MIB - 1);
	EXPECT_TAKEN(AUTO, KEEP);
	self->piece[0] = file_piece(self->file, 1, 2 * MIB);
	EXPECT_TAKEN(AUTO, DROP);
	/* The length that it has. */
	self->piece[0] = file_piece(self->file, 0, 0);
	EXPECT_TAKEN(AUTO, DROP);
	self->piece[0] = file_piece(self->file, MIB + 1, 0);
	EXPECT_TAKEN(AUTO, KEEP);

	self->piece[1] = file_piece(self->file, 0, 0);
	self->req.nr_pieces = 2;
	EXPECT_TAKEN(AUTO, AUTO);
	ASSERT_EQ(0, set_parameter("large_mb", 4));
	EXPECT_TAKEN(AUTO, KEEP);
}

/* AUTO is a wish: it needs no leave to keep. */
TEST_F(fallback, auto_not_by_mapping)
{
	ASSERT_EQ(0, set_parameter("large_mb", 2));
	self->piece[0] = self->piece[1];
	EXPECT_TAKEN(AUTO, KEEP);
}

/* Whether btrfs copied is not to be known, so it cannot be promised. */
TEST_F(fallback, zerocopy)
{
	char path[256];
	int file;

	self->req.flags = SKIFF_REQUEST_ZEROCOPY;
	EXPECT_TAKEN(DIRECT, DIRECT);
	EXPECT_EQ(0, self->link.r.bytes_copied);
	EXPECT_TAKEN(DROP, DROP);

	file = file_create("/mnt/vblk-btrfs", 1, FILE_LEN, path);
	if (file < 0)
		SKIP(return, "no /mnt/vblk-btrfs");
	file_make_cold(file);
	self->piece[0] = file_piece(file, 0, 0);
	EXPECT_REFUSED(DIRECT);
	EXPECT_TAKEN(DROP, DROP);
	self->req.flags |= SKIFF_REQUEST_FALLBACK;
	EXPECT_TAKEN(DIRECT, DROP);
	EXPECT_EQ(0, self->link.r.bytes_copied);
	close(file);
	unlink(path);
}

TEST_HARNESS_MAIN
