// SPDX-License-Identifier: GPL-2.0-only
/* Files that are written and truncated while they are sent. */
#include "policy.h"

#include <sys/random.h>

#define FILE_LEN (4 * MIB)
#define ROUNDS 6

FIXTURE(changing)
{
	struct link link;
	int file;
	char path[256];
	struct skiff_piece piece;
	struct skiff_request req;
	uint64_t seed, random;
	volatile bool stop;
};

FIXTURE_VARIANT(changing)
{
	const char *dir;
	uint32_t policy;
};

#define VARIANT(fs, kind)                           \
	FIXTURE_VARIANT_ADD(changing, fs##_##kind){ \
		.dir = "/mnt/vblk-" #fs,            \
		.policy = SKIFF_POLICY_##kind,      \
	};

#define POLICIES(fs)      \
	VARIANT(fs, KEEP) \
	VARIANT(fs, DROP) \
	VARIANT(fs, DIRECT)

POLICIES(ext4)
POLICIES(xfs)
POLICIES(btrfs)

/* What a run did can be done again: SKIFF_SEED is the number that it logged. */
static uint64_t get_seed(void)
{
	const char *wish = getenv("SKIFF_SEED");
	uint64_t seed;

	if (wish)
		return strtoull(wish, NULL, 0);
	return getrandom(&seed, sizeof(seed), 0) == sizeof(seed) ? seed : 1;
}

static uint64_t random_below(FIXTURE_DATA(changing) * self, uint64_t limit)
{
	return pattern_word(self->seed, self->random++) % limit;
}

FIXTURE_SETUP(changing)
{
	ASSERT_EQ(0, link_open(&self->link, NULL));
	ASSERT_EQ(0, link_narrow(&self->link));
	self->file = file_create(variant->dir, 1, FILE_LEN, self->path);
	ASSERT_LE(0, self->file);
	file_make_cold(self->file);
	self->piece = file_piece(self->file, 0, FILE_LEN);
	self->req = request(self->link.sock[0], &self->piece, 1);
	self->req.policy = variant->policy;
	self->seed = get_seed();
	self->random = 0;
	self->stop = false;
	TH_LOG("SKIFF_SEED=%llu", (unsigned long long)self->seed);
}

FIXTURE_TEARDOWN(changing)
{
	close(self->file);
	unlink(self->path);
	link_close(&self->link);
	EXPECT_TRUE(eventually(!module_refs()));
}

/* The stream of some transfers of one file, whose every byte is that of one of
 * two files at its place. Not words: a writer may be amid one.
 */
struct reader {
	int sock;
	uint64_t other; /* seed of the second; 0: it has only zeroes */
	uint64_t pos;	/* in the file */
	int64_t bad;
	pthread_t thread;
};

static int64_t check_bytes(const struct reader *r, const char *buf, size_t len)
{
	static __thread char first[256 * KIB], second[256 * KIB];
	size_t i;

	pattern_fill(1, r->pos, first, len);
	if (r->other)
		pattern_fill(r->other, r->pos, second, len);
	for (i = 0; i < len; i++)
		if (buf[i] != first[i] && buf[i] != second[i])
			return r->pos + i;
	return -1;
}

/* Read @len bytes of the file; false if they do not come or are wrong. */
static bool read_bytes(struct reader *r, uint64_t len)
{
	static __thread char buf[256 * KIB];

	for (r->pos = 0; r->pos < len && r->bad < 0;) {
		uint64_t left = len - r->pos;
		ssize_t n = recv(r->sock, buf,
				 left < sizeof(buf) ? left : sizeof(buf), 0);

		if (n <= 0)
			return false;
		r->bad = check_bytes(r, buf, n);
		r->pos += n;
	}
	return r->bad < 0;
}

static void *write_over(void *arg)
{
	FIXTURE_DATA(changing)
		*self = arg;
	static char buf[64 * KIB];
	uint64_t i;

	for (i = 0; !self->stop; i++) {
		uint64_t pos = random_below(self, FILE_LEN - sizeof(buf));
		size_t len = 1 + random_below(self, sizeof(buf));

		pattern_fill(1 + i % 2, pos, buf, len);
		if (pwrite(self->file, buf, len, pos) != (ssize_t)len)
			break;
		if (!(i % 64))
			file_make_cold(self->file);
	}
	return NULL;
}

/* Each byte is the old one or the new, in its place, and none is missing. */
TEST_F(changing, written)
{
	struct reader reader = {
		.sock = self->link.sock[1],
		.other = 2,
		.bad = -1,
	};
	bool failed = false;
	pthread_t writer;
	int i;

	pthread_create(&writer, NULL, write_over, self);
	for (i = 0; i < ROUNDS && !failed; i++) {
		failed = submit(self->link.dev, &self->req) ||
			 !read_bytes(&reader, FILE_LEN) ||
			 !link_ended(&self->link);
		EXPECT_FALSE(failed);
		EXPECT_EQ(-1, reader.bad);
		EXPECT_EQ(0, self->link.c.error);
		EXPECT_EQ(FILE_LEN, self->link.c.queued);
		EXPECT_TRUE(receipt_balances(&self->link.r));
	}
	self->stop = true;
	pthread_join(writer, NULL);
}

/* Cut off where nothing was sent yet, but much may have been read: all before is
 * sent, and no byte more.
 */
TEST_F(changing, truncated)
{
	struct range range = { 1, 0, 0 };
	uint64_t end;

	ASSERT_EQ(0, submit(self->link.dev, &self->req));
	ASSERT_TRUE(eventually(!get_receipt(self->link.dev, self->req.out_id,
					    &self->link.r) &&
			       self->link.r.room_waits));
	end = self->link.r.bytes_queued + 256 * KIB + random_below(self, MIB);
	ASSERT_EQ(0, ftruncate(self->file, end));
	ASSERT_EQ(0, get_receipt(self->link.dev, self->req.out_id,
				 &self->link.r));
	ASSERT_GT(end, self->link.r.bytes_queued);
	range.len = end;
	receiver_start(&self->link.receiver, self->link.sock[1], &range, 1);
	ASSERT_TRUE(link_ended(&self->link));
	EXPECT_EQ(-ENODATA, self->link.c.error);
	EXPECT_EQ(end, self->link.c.queued);
	EXPECT_TRUE(receipt_balances(&self->link.r));
	EXPECT_TRUE(link_arrived(&self->link, end));
}

static void *cut_and_mend(void *arg)
{
	FIXTURE_DATA(changing)
		*self = arg;
	static char buf[FILE_LEN];

	pattern_fill(1, 0, buf, sizeof(buf));
	while (!self->stop) {
		/* The nearer to the end the more often. */
		uint64_t end = FILE_LEN -
			       random_below(self, 1 + random_below(self, FILE_LEN));

		if (ftruncate(self->file, end) ||
		    pwrite(self->file, buf + end, FILE_LEN - end, end) !=
			    (ssize_t)(FILE_LEN - end))
			break;
	}
	return NULL;
}

/* Read until the transfer has ended, and all is here that it queued. */
static bool follow(FIXTURE_DATA(changing) * self, struct reader *r)
{
	static char buf[64 * KIB];
	uint64_t until = now_ms() + PATIENCE_MS;
	bool ended = false;

	for (r->pos = 0; !ended || r->pos < self->link.c.queued;) {
		ssize_t n = recv(r->sock, buf, sizeof(buf), MSG_DONTWAIT);

		if (n > 0) {
			if (r->bad < 0)
				r->bad = check_bytes(r, buf, n);
			r->pos += n;
		} else if (!ended) {
			ended = take(self->link.dev, &self->link.c, 1) == 1;
		}
		if (now_ms() > until)
			return false;
	}
	return r->pos == self->link.c.queued;
}

/* Cut off and written anew all the time: each transfer ends, and says where.
 * What it sent is the file's, or zero where it was cut off under way.
 */
TEST_F(changing, cut_and_mended)
{
	struct reader reader = { .sock = self->link.sock[1], .bad = -1 };
	unsigned int i, nr_short = 0;
	bool failed = false;
	pthread_t writer;

	pthread_create(&writer, NULL, cut_and_mend, self);
	for (i = 0; i < ROUNDS && !failed; i++) {
		failed = submit(self->link.dev, &self->req) ||
			 !follow(self, &reader);
		EXPECT_FALSE(failed);
		EXPECT_EQ(-1, reader.bad);
		EXPECT_EQ(self->link.c.queued == FILE_LEN ? 0 : -ENODATA,
			  self->link.c.error);
		nr_short += self->link.c.queued < FILE_LEN;
	}
	self->stop = true;
	pthread_join(writer, NULL);
	TH_LOG("%u of %u transfers ended short", nr_short, ROUNDS);
}

TEST_HARNESS_MAIN
