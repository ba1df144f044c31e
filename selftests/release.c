// SPDX-License-Identifier: GPL-2.0-only
/* When the network lets go of bytes, what it holds, and who is told. */
#include "card.h"
#include "knobs.h"
#include "pages.h"

#include <sys/sendfile.h>

#define FILE_LEN (2 * MIB)

FIXTURE(release)
{
	int dev;
	int sock[2];
	int file;
	char path[256];
	struct skiff_piece piece;
	struct skiff_request req;
	struct range all;
	struct receiver receiver;
	struct skiff_completion c;
	struct skiff_receipt r;
};

FIXTURE_VARIANT(release)
{
	const char *far; /* address of a card's other end, or NULL: loopback */
	const char *dir;
};

FIXTURE_VARIANT_ADD(release, loopback){ .dir = "/mnt/vblk-ext4" };
FIXTURE_VARIANT_ADD(release, card_small_folios){
	.far = "10.77.2.2",
	.dir = "/mnt/vblk-ext4",
};
FIXTURE_VARIANT_ADD(release, card_large_folios){
	.far = "10.77.2.2",
	.dir = "/mnt/vblk-xfs",
};

static long pinned(void)
{
	return read_number("/sys/class/misc/skiff/limits/pinned");
}

/* The sender's buffer has room for the whole file, the receiver's has not. */
static int pair_of(const char *far, int pair[2])
{
	int large = 8 * MIB, small = 64 * KIB;

	return (far ? card_pair(far, pair) : net_pair(TCP4, pair)) ?:
		       setsockopt(pair[0], SOL_SOCKET, SO_SNDBUFFORCE, &large,
				  sizeof(large)) ?
		       :
		       setsockopt(pair[1], SOL_SOCKET, SO_RCVBUFFORCE,
				  &small, sizeof(small));
}

FIXTURE_SETUP(release)
{
	ASSERT_EQ(0, pair_of(variant->far, self->sock));
	self->dev = open("/dev/skiff", O_RDWR);
	ASSERT_LE(0, self->dev);
	self->file = file_create(variant->dir, 1, FILE_LEN, self->path);
	ASSERT_LE(0, self->file);
	self->all = (struct range){ 1, 0, FILE_LEN };
	self->piece = file_piece(self->file, 0, 0);
	self->req = request(self->sock[0], &self->piece, 1);
}

FIXTURE_TEARDOWN(release)
{
	close(self->dev);
	close(self->file);
	close(self->sock[0]);
	close(self->sock[1]);
	unlink(self->path);
	EXPECT_TRUE(eventually(!pinned()));
	EXPECT_TRUE(eventually(!module_refs()));
}

#define RECEIPT() \
	ASSERT_EQ(0, get_receipt(self->dev, self->req.out_id, &self->r))

/* Queue the whole file; the peer has acknowledged but a part of it. */
#define QUEUE()                                                            \
	do {                                                               \
		ASSERT_EQ(0, submit(self->dev, &self->req));               \
		ASSERT_TRUE(eventually(!get_receipt(self->dev,             \
						    self->req.out_id,      \
						    &self->r) &&           \
				       self->r.bytes_queued == FILE_LEN)); \
	} while (0)

#define EXPECT_ARRIVES(bytes)                                                  \
	do {                                                                   \
		receiver_start(&self->receiver, self->sock[1], &self->all, 1); \
		shutdown(self->sock[0], SHUT_WR);                              \
		receiver_join(&self->receiver);                                \
		EXPECT_EQ(0, self->receiver.error);                            \
		EXPECT_EQ(-1, self->receiver.bad);                             \
		EXPECT_EQ((uint64_t)(bytes), self->receiver.received);         \
	} while (0)

/* An ordinary transfer is complete when it is queued; the receipt of one on
 * UBUF goes on, and what the network holds is counted as long as it does.
 */
TEST_F(release, queued_then_released)
{
	bool ubuf = variant->far;

	QUEUE();
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(0, self->c.error);
	RECEIPT();
	EXPECT_EQ(ubuf ? SKIFF_RUNG_UBUF : SKIFF_RUNG_SPLICE, self->r.rung);
	EXPECT_EQ(FILE_LEN, self->r.bytes_by_ref);
	EXPECT_TRUE(receipt_balances(&self->r));
	EXPECT_LE(self->r.first_ns, self->r.queued_ns);
	EXPECT_LE(self->r.queued_ns, self->r.end_ns);
	EXPECT_EQ(0, self->r.released_ns);
	EXPECT_EQ(ubuf, pinned() > 0);

	EXPECT_ARRIVES(FILE_LEN);
	EXPECT_TRUE(eventually(!pinned()));
	RECEIPT();
	EXPECT_EQ(ubuf, !!self->r.released_ns);
	if (ubuf)
		EXPECT_LT(self->r.end_ns, self->r.released_ns);
	EXPECT_EQ(0, self->r.orphaned_skbs);
}

/* Each frag is a part of one folio, and no smaller than it must be. */
TEST_F(release, frags)
{
	uint64_t cap = parameter("frag_kb") * KIB;

	self->req.flags = SKIFF_REQUEST_RELEASED;
	ASSERT_EQ(0, submit(self->dev, &self->req));
	EXPECT_ARRIVES(FILE_LEN);
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	RECEIPT();
	EXPECT_LE(FILE_LEN / cap, self->r.frags);
	EXPECT_LE(self->r.folios, self->r.frags);
	if (self->r.folios < FILE_LEN / (16 * KIB))
		EXPECT_GT(FILE_LEN / (8 * KIB), self->r.frags);
	if (self->r.folios == FILE_LEN / (4 * KIB))
		EXPECT_GT(FILE_LEN / (2 * KIB), self->r.frags);
}

TEST_F(release, completion_at_release)
{
	self->req.flags = SKIFF_REQUEST_RELEASED;
	QUEUE();
	EXPECT_EQ(0, take(self->dev, &self->c, 200));
	RECEIPT();
	EXPECT_EQ(SKIFF_STATE_QUEUED, self->r.state);
	EXPECT_EQ(0, self->r.released_ns);

	EXPECT_ARRIVES(FILE_LEN);
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(0, self->c.error);
	RECEIPT();
	EXPECT_EQ(SKIFF_STATE_ENDED, self->r.state);
	EXPECT_LT(self->r.queued_ns, self->r.released_ns);
	EXPECT_LE(self->r.released_ns, self->r.end_ns);
	EXPECT_EQ(0, pinned());
}

/* Whoever waits for its release keeps nobody from sending. */
TEST_F(release, next_goes_on)
{
	char word[] = "next";
	struct skiff_piece piece = memory_piece(word, 4);
	struct skiff_request next = request(self->sock[0], &piece, 1);
	struct range ranges[] = { self->all, { 2, 0, 4 } };

	pattern_fill(2, 0, word, 4);
	self->req.flags = SKIFF_REQUEST_RELEASED;
	QUEUE();
	ASSERT_EQ(0, submit(self->dev, &next));
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(next.out_id, self->c.id);
	EXPECT_EQ(0, self->c.error);

	receiver_start(&self->receiver, self->sock[1], ranges, 2);
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(self->req.out_id, self->c.id);
	EXPECT_EQ(0, self->c.error);
	shutdown(self->sock[0], SHUT_WR);
	receiver_join(&self->receiver);
	EXPECT_EQ(-1, self->receiver.bad);
	EXPECT_EQ(FILE_LEN + 4, self->receiver.received);
}

TEST_F(release, send_waits_for_release)
{
	receiver_start(&self->receiver, self->sock[1], &self->all, 1);
	self->req.flags = SKIFF_REQUEST_RELEASED;
	ASSERT_EQ(0, skiff_call(self->dev, SKIFF_SEND, &self->req));
	EXPECT_EQ(FILE_LEN, self->req.out_queued);
	EXPECT_EQ(0, self->req.out_error);
	RECEIPT();
	EXPECT_LE(self->r.queued_ns, self->r.released_ns);
	EXPECT_LT(0, self->r.released_ns);
	shutdown(self->sock[0], SHUT_WR);
	receiver_join(&self->receiver);
	EXPECT_EQ(-1, self->receiver.bad);
}

TEST_F(release, deadline)
{
	self->req.flags = SKIFF_REQUEST_RELEASED;
	self->req.deadline_ms = 300;
	ASSERT_EQ(0, submit(self->dev, &self->req));
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(-ETIMEDOUT, self->c.error);
	EXPECT_EQ(FILE_LEN, self->c.queued);
	/* It cannot be taken back. */
	EXPECT_ARRIVES(FILE_LEN);
}

TEST_F(release, deadline_with_abort)
{
	char buf[4096];
	ssize_t n;

	self->req.flags = SKIFF_REQUEST_RELEASED | SKIFF_REQUEST_ABORT;
	self->req.deadline_ms = 300;
	ASSERT_EQ(0, submit(self->dev, &self->req));
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(-ETIMEDOUT, self->c.error);
	EXPECT_TRUE(eventually(!pinned()));
	while ((n = recv(self->sock[1], buf, sizeof(buf), 0)) > 0)
		;
	EXPECT_EQ(-1, n);
	EXPECT_EQ(ECONNRESET, errno);
}

/* Queued bytes outlive the context; the reset of the connection ends them. */
TEST_F(release, close_then_reset)
{
	struct linger reset = { 1, 0 };

	QUEUE();
	close(self->dev);
	self->dev = -1;
	if (variant->far)
		EXPECT_LT(0, pinned());
	setsockopt(self->sock[1], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(self->sock[1]);
	self->sock[1] = -1;
	EXPECT_TRUE(eventually(!pinned()));
}

TEST_F(release, reset_while_waiting)
{
	struct linger reset = { 1, 0 };

	self->req.flags = SKIFF_REQUEST_RELEASED;
	QUEUE();
	setsockopt(self->sock[1], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(self->sock[1]);
	self->sock[1] = -1;
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(-ECONNRESET, self->c.error);
	EXPECT_EQ(FILE_LEN, self->c.queued);
}

/* The next connection of the socket counts anew: what it acknowledges is not
 * what this one sent.
 */
TEST_F(release, disconnect_while_waiting)
{
	struct sockaddr nowhere = { .sa_family = AF_UNSPEC };

	self->req.flags = SKIFF_REQUEST_RELEASED;
	QUEUE();
	ASSERT_EQ(0, connect(self->sock[0], &nowhere, sizeof(nowhere)));
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_GT(0, self->c.error);
}

TEST_F(release, cancel_while_waiting)
{
	self->req.flags = SKIFF_REQUEST_RELEASED;
	QUEUE();
	ASSERT_EQ(0, cancel(self->dev, self->req.out_id));
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(-ECANCELED, self->c.error);
	EXPECT_EQ(FILE_LEN, self->c.queued);
	EXPECT_ARRIVES(FILE_LEN);
}

/* On this machine the stack copies what UBUF lent, and the receipt says so. */
TEST_F(release, forced_ubuf)
{
	bool local = !variant->far;

	self->req.rung = SKIFF_RUNG_UBUF;
	self->req.flags = SKIFF_REQUEST_ZEROCOPY | SKIFF_REQUEST_PROBE;
	EXPECT_EQ(local ? -EOPNOTSUPP : 0, submit(self->dev, &self->req));
	self->req.flags = SKIFF_REQUEST_RELEASED;
	ASSERT_EQ(0, submit(self->dev, &self->req));
	EXPECT_EQ(local ? SKIFF_REASON_REQUESTED : SKIFF_REASON_BEST,
		  self->req.out_reason);
	EXPECT_ARRIVES(FILE_LEN);
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(0, self->c.error);
	RECEIPT();
	EXPECT_EQ(FILE_LEN, self->r.bytes_by_ref);
	EXPECT_LE(local ? FILE_LEN : 0, self->r.orphaned_bytes);
	EXPECT_EQ(local, self->r.orphaned_skbs > 0);
}

/* When the network holds too much, new requests are refused, those accepted
 * wait, and all goes on when peers read.
 */
static void limit(struct __test_metadata *_metadata,
		  FIXTURE_DATA(release) * self, const char *name)
{
	long before = parameter(name);
	struct skiff_request more = self->req;

	ASSERT_EQ(0, set_parameter(name, 1));
	ASSERT_EQ(0, submit(self->dev, &self->req));
	ASSERT_TRUE(eventually(pinned() >= (long)MIB));
	EXPECT_EQ(-ENOBUFS, submit(self->dev, &more));
	EXPECT_EQ(0, take(self->dev, &self->c, 200));
	EXPECT_GE(2 * MIB, pinned());
	receiver_start(&self->receiver, self->sock[1], &self->all, 1);
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(0, self->c.error);
	shutdown(self->sock[0], SHUT_WR);
	receiver_join(&self->receiver);
	EXPECT_EQ(-1, self->receiver.bad);
	EXPECT_EQ(FILE_LEN, self->receiver.received);
	EXPECT_EQ(0, set_parameter(name, before));
}

#define NEEDS_CARD() \
	SKIP(return, "only a card's flights count against the limits")

TEST_F(release, limit_of_context)
{
	if (!variant->far)
		NEEDS_CARD();
	limit(_metadata, self, "pin_context_mb");
}

TEST_F(release, limit_of_user)
{
	if (!variant->far)
		NEEDS_CARD();
	limit(_metadata, self, "pin_user_mb");
}

TEST_F(release, limit_of_module)
{
	if (!variant->far)
		NEEDS_CARD();
	limit(_metadata, self, "pin_total_mb");
}

/* TCP may have no memory, though the socket has room: then it goes on when there
 * is some.
 */
TEST_F(release, no_memory_for_tcp)
{
	char before[64] = "";
	FILE *f;
	int n;

	if (variant->far)
		SKIP(return, "only the first network namespace has tcp_mem");
	f = fopen("/proc/sys/net/ipv4/tcp_mem", "r+");
	ASSERT_NE(NULL, f);
	ASSERT_NE(NULL, fgets(before, sizeof(before), f));
	rewind(f);
	ASSERT_LT(0, fprintf(f, "1 1 1\n"));
	fflush(f);
	self->req.rung = SKIFF_RUNG_SPLICE;
	EXPECT_EQ(0, submit(self->dev, &self->req));
	receiver_start(&self->receiver, self->sock[1], &self->all, 1);
	n = take(self->dev, &self->c, 300);
	rewind(f);
	ASSERT_LT(0, fprintf(f, "%s", before));
	fclose(f);

	if (!n)
		n = take(self->dev, &self->c, PATIENCE_MS);
	ASSERT_EQ(1, n);
	EXPECT_EQ(0, self->c.error);
	shutdown(self->sock[0], SHUT_WR);
	receiver_join(&self->receiver);
	EXPECT_EQ(-1, self->receiver.bad);
	EXPECT_EQ(FILE_LEN, self->receiver.received);
	RECEIPT();
	EXPECT_LT(0, self->r.room_waits);
}

/* A tail of ours, held back by MSG_MORE, and behind it the owner's own pages:
 * none of them stays referenced when all is read.
 */
TEST_F(release, corked_tail_then_sendfile)
{
	struct range ranges[] = { { 1, 0, 5000 }, { 1, 5000, FILE_LEN - 5000 } };
	int one = 1;
	off_t pos = 5000;

	setsockopt(self->sock[0], SOL_TCP, TCP_CORK, &one, sizeof(one));
	self->piece.length = 5000;
	ASSERT_EQ(0, submit(self->dev, &self->req));
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(0, self->c.error);
	receiver_start(&self->receiver, self->sock[1], ranges, 2);
	while (pos < (off_t)FILE_LEN)
		ASSERT_LT(0, sendfile(self->sock[0], self->file, &pos,
				      FILE_LEN - pos));
	shutdown(self->sock[0], SHUT_WR);
	receiver_join(&self->receiver);
	EXPECT_EQ(-1, self->receiver.bad);
	EXPECT_EQ(FILE_LEN, self->receiver.received);

	EXPECT_LT(0, pages_resident(self->file, FILE_LEN));
	EXPECT_TRUE(eventually(pages_all_go(self->file, FILE_LEN)));
}

TEST_HARNESS_MAIN
