// SPDX-License-Identifier: GPL-2.0-only
/* What arrives is what was asked for: file systems, sockets, sizes, offsets. */
#include "skiff_test.h"

#define FILE_LEN (3 * MIB + 123)

FIXTURE(transfer)
{
	int dev;
	int sock[2];
	int file;
	char path[256];
	struct receiver receiver;
};

FIXTURE_VARIANT(transfer)
{
	const char *dir;
	enum net net;
	unsigned int rung;
};

#define VARIANT(fs, where, sock, way)               \
	FIXTURE_VARIANT_ADD(transfer, fs##_##sock){ \
		.dir = where,                       \
		.net = sock,                        \
		.rung = SKIFF_RUNG_##way,           \
	};

VARIANT(ext4, "/mnt/vblk-ext4", TCP4, SPLICE)
VARIANT(ext4, "/mnt/vblk-ext4", TCP6, SPLICE)
VARIANT(ext4, "/mnt/vblk-ext4", UNIX, SPLICE)
VARIANT(xfs, "/mnt/vblk-xfs", TCP4, SPLICE)
VARIANT(xfs, "/mnt/vblk-xfs", UNIX, SPLICE)
VARIANT(btrfs, "/mnt/vblk-btrfs", TCP4, SPLICE)
VARIANT(btrfs, "/mnt/vblk-btrfs", UNIX, SPLICE)
VARIANT(tmpfs, "/dev/shm", TCP4, PIPE)
VARIANT(tmpfs, "/dev/shm", UNIX, PIPE)
VARIANT(overlay, "/var/tmp", TCP4, PIPE)

FIXTURE_SETUP(transfer)
{
	if (access(variant->dir, W_OK))
		SKIP(return, "no %s", variant->dir);
	self->dev = open("/dev/skiff", O_RDWR);
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, net_pair(variant->net, self->sock));
	self->file = file_create(variant->dir, 1, FILE_LEN, self->path);
	ASSERT_LE(0, self->file);
}

FIXTURE_TEARDOWN(transfer)
{
	close(self->file);
	unlink(self->path);
	close(self->dev);
	close(self->sock[0]);
	close(self->sock[1]);
}

/* End the stream and see that exactly the expected bytes arrived. */
#define EXPECT_ARRIVED(bytes)                              \
	do {                                               \
		shutdown(self->sock[0], SHUT_WR);          \
		receiver_join(&self->receiver);            \
		EXPECT_EQ(0, self->receiver.error);        \
		EXPECT_EQ(-1, self->receiver.bad);         \
		EXPECT_EQ(bytes, self->receiver.received); \
	} while (0)

static void whole(struct __test_metadata *_metadata,
		  FIXTURE_DATA(transfer) * self, unsigned int rung)
{
	struct range all = { 1, 0, FILE_LEN };
	struct skiff_piece piece = file_piece(self->file, 0, 0);
	struct skiff_request req = request(self->sock[0], &piece, 1);
	struct skiff_completion c;
	struct skiff_receipt r;

	receiver_start(&self->receiver, self->sock[1], &all, 1);
	req.cookie = 0xfeedULL << 40;
	ASSERT_EQ(0, submit(self->dev, &req));
	EXPECT_EQ(rung, req.out_rung);
	ASSERT_EQ(1, take(self->dev, &c, PATIENCE_MS));
	EXPECT_EQ(req.out_id, c.id);
	EXPECT_EQ(req.cookie, c.cookie);
	EXPECT_EQ(0, c.error);
	EXPECT_EQ(FILE_LEN, c.queued);
	EXPECT_EQ(rung, c.rung);

	ASSERT_EQ(0, get_receipt(self->dev, c.id, &r));
	EXPECT_EQ(sizeof(r), r.size);
	EXPECT_EQ(SKIFF_STATE_ENDED, r.state);
	EXPECT_EQ(FILE_LEN, r.bytes_requested);
	EXPECT_EQ(FILE_LEN, r.bytes_queued);
	EXPECT_EQ(FILE_LEN, r.bytes_by_ref);
	EXPECT_TRUE(receipt_balances(&r));
	EXPECT_LE(r.submit_ns, r.first_ns);
	EXPECT_LE(r.first_ns, r.end_ns);
	EXPECT_LE(1, r.windows);
	EXPECT_LE(r.segments, r.folios);
	EXPECT_LE(1, r.segment_max);
	EXPECT_LE(r.segment_max, FILE_LEN);
	EXPECT_ARRIVED(FILE_LEN);
}

TEST_F(transfer, hot)
{
	whole(_metadata, self, variant->rung);
}

TEST_F(transfer, cold)
{
	file_make_cold(self->file);
	whole(_metadata, self, variant->rung);
}

/* One batch, one stream: every size around the borders of pages and windows,
 * at offsets around them.
 */
TEST_F(transfer, borders)
{
	static const uint64_t sizes[] = {
		1,
		2,
		7,
		4095,
		4096,
		4097,
		64 * KIB - 1,
		64 * KIB,
		64 * KIB + 1,
		1020 * KIB - 1,
		1020 * KIB,
		1020 * KIB + 1,
		MIB - 1,
		MIB,
		MIB + 1,
		2 * MIB + 1,
	};
	static const uint64_t offsets[] = { 0, 1, 4095, 4096, 8193, 65535 };
	enum { NR = 16 * 6 };
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
	int i;

	for (i = 0; i < NR; i++) {
		ranges[i] = (struct range){ 1, offsets[i % 6], sizes[i / 6] };
		pieces[i] = file_piece(self->file, ranges[i].pos,
				       ranges[i].len);
		reqs[i] = request(self->sock[0], &pieces[i], 1);
		reqs[i].cookie = i;
		total += ranges[i].len;
	}
	receiver_start(&self->receiver, self->sock[1], ranges, NR);
	ASSERT_EQ(0, skiff_call(self->dev, SKIFF_SUBMIT, &s));
	ASSERT_EQ(NR, s.out_accepted);
	for (i = 0; i < NR; i++) {
		struct skiff_completion c;

		ASSERT_EQ(1, take(self->dev, &c, PATIENCE_MS));
		ASSERT_GT(NR, c.cookie);
		EXPECT_FALSE(seen[c.cookie]);
		seen[c.cookie] = true;
		EXPECT_EQ(0, c.error);
		EXPECT_EQ(ranges[c.cookie].len, c.queued);
	}
	EXPECT_ARRIVED(total);
}

TEST_F(transfer, past_the_end)
{
	struct range tail = { 1, FILE_LEN - 100, 100 };
	struct skiff_piece piece = file_piece(self->file, FILE_LEN - 100,
					      5000);
	struct skiff_request req = request(self->sock[0], &piece, 1);
	struct skiff_completion c;

	receiver_start(&self->receiver, self->sock[1], &tail, 1);
	ASSERT_EQ(0, submit(self->dev, &req));
	ASSERT_EQ(1, take(self->dev, &c, PATIENCE_MS));
	EXPECT_EQ(-ENODATA, c.error);
	EXPECT_EQ(100, c.queued);

	piece = file_piece(self->file, FILE_LEN + 5000, 10);
	ASSERT_EQ(0, submit(self->dev, &req));
	ASSERT_EQ(1, take(self->dev, &c, PATIENCE_MS));
	EXPECT_EQ(-ENODATA, c.error);
	EXPECT_EQ(0, c.queued);

	/* "To the end" from behind it is nothing, and no error. */
	piece = file_piece(self->file, FILE_LEN + 5000, 0);
	ASSERT_EQ(0, submit(self->dev, &req));
	ASSERT_EQ(1, take(self->dev, &c, PATIENCE_MS));
	EXPECT_EQ(0, c.error);
	EXPECT_EQ(0, c.queued);
	EXPECT_ARRIVED(100);
}

TEST_F(transfer, empty_file)
{
	char path[256];
	int empty = file_create(variant->dir, 0, 0, path);
	struct skiff_piece piece = file_piece(empty, 0, 0);
	struct skiff_request req = request(self->sock[0], &piece, 1);
	struct skiff_completion c;

	ASSERT_LE(0, empty);
	ASSERT_EQ(0, submit(self->dev, &req));
	ASSERT_EQ(1, take(self->dev, &c, PATIENCE_MS));
	EXPECT_EQ(0, c.error);
	EXPECT_EQ(0, c.queued);
	close(empty);
	unlink(path);
}

TEST_F(transfer, header_ranges_trailer)
{
	char header[300], trailer[77];
	struct range ranges[] = {
		{ 2, 0, sizeof(header) },
		{ 1, 5, 100000 },
		{ 1, MIB, 1 },
		{ 3, 0, sizeof(trailer) },
	};
	struct skiff_piece pieces[] = {
		memory_piece(header, sizeof(header)),
		file_piece(self->file, 5, 100000),
		file_piece(self->file, MIB, 1),
		memory_piece(trailer, sizeof(trailer)),
	};
	struct skiff_request req = request(self->sock[0], pieces, 4);
	uint64_t total = sizeof(header) + 100001 + sizeof(trailer);
	struct skiff_completion c;
	struct skiff_receipt r;

	pattern_fill(2, 0, header, sizeof(header));
	pattern_fill(3, 0, trailer, sizeof(trailer));
	receiver_start(&self->receiver, self->sock[1], ranges, 4);
	ASSERT_EQ(0, submit(self->dev, &req));
	memset(header, 0, sizeof(header)); /* it was copied at submit */
	ASSERT_EQ(1, take(self->dev, &c, PATIENCE_MS));
	EXPECT_EQ(0, c.error);
	EXPECT_EQ(total, c.queued);
	ASSERT_EQ(0, get_receipt(self->dev, c.id, &r));
	EXPECT_EQ(sizeof(header) + sizeof(trailer), r.copied_memory);
	EXPECT_EQ(100001, r.bytes_by_ref);
	EXPECT_TRUE(receipt_balances(&r));
	EXPECT_ARRIVED(total);
}

TEST_F(transfer, forced_copy)
{
	struct range all = { 1, 0, FILE_LEN };
	struct skiff_piece piece = file_piece(self->file, 0, 0);
	struct skiff_request req = request(self->sock[0], &piece, 1);
	struct skiff_completion c;
	struct skiff_receipt r;

	req.rung = SKIFF_RUNG_COPY;
	receiver_start(&self->receiver, self->sock[1], &all, 1);
	ASSERT_EQ(0, submit(self->dev, &req));
	EXPECT_EQ(SKIFF_RUNG_COPY, req.out_rung);
	EXPECT_EQ(SKIFF_REASON_REQUESTED, req.out_reason);
	ASSERT_EQ(1, take(self->dev, &c, PATIENCE_MS));
	EXPECT_EQ(0, c.error);
	ASSERT_EQ(0, get_receipt(self->dev, c.id, &r));
	EXPECT_EQ(FILE_LEN, r.copied_socket);
	EXPECT_EQ(0, r.bytes_by_ref);
	EXPECT_TRUE(receipt_balances(&r));
	EXPECT_ARRIVED(FILE_LEN);
}

TEST_F(transfer, forced_pipe)
{
	struct range all = { 1, 3, FILE_LEN - 3 };
	struct skiff_piece piece = file_piece(self->file, 3, 0);
	struct skiff_request req = request(self->sock[0], &piece, 1);
	struct skiff_completion c;
	struct skiff_receipt r;

	req.rung = SKIFF_RUNG_PIPE;
	req.flags = SKIFF_REQUEST_ZEROCOPY;
	file_make_cold(self->file);
	receiver_start(&self->receiver, self->sock[1], &all, 1);
	ASSERT_EQ(0, submit(self->dev, &req));
	EXPECT_EQ(SKIFF_RUNG_PIPE, req.out_rung);
	ASSERT_EQ(1, take(self->dev, &c, PATIENCE_MS));
	EXPECT_EQ(0, c.error);
	ASSERT_EQ(0, get_receipt(self->dev, c.id, &r));
	EXPECT_EQ(FILE_LEN - 3, r.bytes_by_ref);
	EXPECT_TRUE(receipt_balances(&r));
	EXPECT_ARRIVED(FILE_LEN - 3);
}

/* SEND is sendfile(2): the whole of it, then the short count at the end. */
TEST_F(transfer, send)
{
	struct range all = { 1, 0, FILE_LEN };
	struct skiff_piece piece = file_piece(self->file, 0, FILE_LEN + 10);
	struct skiff_request req = request(self->sock[0], &piece, 1);
	off_t before = lseek(self->file, 17, SEEK_SET);

	file_make_cold(self->file);
	receiver_start(&self->receiver, self->sock[1], &all, 1);
	ASSERT_EQ(0, skiff_call(self->dev, SKIFF_SEND, &req));
	EXPECT_EQ(FILE_LEN, req.out_queued);
	EXPECT_EQ(-ENODATA, req.out_error);
	EXPECT_EQ(before, lseek(self->file, 0, SEEK_CUR));

	piece = file_piece(self->file, FILE_LEN, 10);
	ASSERT_EQ(0, skiff_call(self->dev, SKIFF_SEND, &req));
	EXPECT_EQ(0, req.out_queued);
	EXPECT_ARRIVED(FILE_LEN);
}

TEST_HARNESS_MAIN
