// SPDX-License-Identifier: GPL-2.0-only
/* Commands of io_uring: each ends in one CQE that tells the truth, whatever
 * kind of ring it came by and whoever goes away. What is refused, and how, is
 * in abi.c, next to the ioctls.
 */
#include "skiff_ring.h"

#define FILE_LEN (4 * MIB)
#define RING_SIZE 512
#define MODULE_DIR "/sys/module/skiff/"

FIXTURE(uring)
{
	int dev;
	struct io_uring ring;
	int sock[2];
	int file;
	char path[256];
	struct skiff_piece piece;
	struct skiff_request req;
	struct range all;
	struct receiver receiver;
	struct io_uring_cqe cqe;
};

FIXTURE_VARIANT(uring)
{
	unsigned int flags;
};

FIXTURE_VARIANT_ADD(uring, plain){ .flags = 0 };
FIXTURE_VARIANT_ADD(uring, cqe32){
	.flags = IORING_SETUP_CQE32 | IORING_SETUP_SQE128,
};
FIXTURE_VARIANT_ADD(uring, defer){
	.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
};
FIXTURE_VARIANT_ADD(uring, sqpoll){ .flags = IORING_SETUP_SQPOLL };

FIXTURE_SETUP(uring)
{
	self->dev = open("/dev/skiff", O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, self->dev);
	if (!ring_possible(self->dev)) {
		close(self->dev);
		SKIP(return, "no io_uring for us (kernel.io_uring_disabled?)");
	}
	ASSERT_EQ(0, io_uring_queue_init(RING_SIZE, &self->ring,
					 variant->flags));
	ASSERT_EQ(0, net_small_pair(TCP4, self->sock));
	self->file = file_create("/mnt/vblk-ext4", 1, FILE_LEN, self->path);
	ASSERT_LE(0, self->file);
	self->all = (struct range){ 1, 0, FILE_LEN };
	self->piece = file_piece(self->file, 0, 0);
	self->req = request(self->sock[0], &self->piece, 1);
}

/* No command leaves a completion for read(2), and nothing is left of any. */
FIXTURE_TEARDOWN(uring)
{
	struct skiff_completion c;

	if (!self->path[0])
		return;
	EXPECT_EQ(-1, read(self->dev, &c, sizeof(c)));
	if (self->ring.ring_fd >= 0)
		io_uring_queue_exit(&self->ring);
	close(self->dev);
	close(self->file);
	close(self->sock[0]);
	close(self->sock[1]);
	unlink(self->path);
	EXPECT_TRUE(eventually(module_refs() == 0));
}

/* With SQPOLL there may be older ones that were not seen yet. */
#define SUBMIT(n) ASSERT_LE(n, io_uring_submit(&self->ring))
#define TAKE() ASSERT_TRUE(ring_take(&self->ring, &self->cqe, PATIENCE_MS))

/* What a CQE of 32 bytes tells besides. */
#define EXPECT_QUEUED(bytes)                                                 \
	do {                                                                 \
		if (variant->flags & IORING_SETUP_CQE32) {                   \
			struct io_uring_cqe *cqe_;                           \
                                                                             \
			ASSERT_EQ(0, io_uring_wait_cqe(&self->ring, &cqe_)); \
			EXPECT_EQ(bytes, skiff_cqe_queued(cqe_));            \
		}                                                            \
	} while (0)

static uint64_t queued(FIXTURE_DATA(uring) * self)
{
	struct skiff_receipt r;

	return get_receipt(self->dev, self->req.out_id, &r) ? 0 :
							      r.bytes_queued;
}

static bool has_stalled(FIXTURE_DATA(uring) * self)
{
	volatile __u64 *id = &self->req.out_id;
	struct skiff_receipt r;

	return *id && !get_receipt(self->dev, *id, &r) && r.room_waits;
}

/* Send to a peer that does not read, until it waits for room. */
#define STALL()                                                   \
	do {                                                      \
		ring_send(&self->ring, self->dev, &self->req, 7); \
		SUBMIT(1);                                        \
		ASSERT_TRUE(eventually(has_stalled(self)));       \
		EXPECT_FALSE(ring_take(&self->ring, &self->cqe,   \
				       0));                       \
	} while (0)

/* The peer reads now; exactly @bytes of the file come. */
#define EXPECT_ARRIVES(bytes)                                                  \
	do {                                                                   \
		receiver_start(&self->receiver, self->sock[1], &self->all, 1); \
		shutdown(self->sock[0], SHUT_WR);                              \
		receiver_join(&self->receiver);                                \
		EXPECT_EQ(-1, self->receiver.bad);                             \
		EXPECT_EQ(bytes, self->receiver.received);                     \
	} while (0)

/* The peer reads now, and the stalled transfer goes on to its end. */
#define EXPECT_GOES_ON()                                                       \
	do {                                                                   \
		receiver_start(&self->receiver, self->sock[1], &self->all, 1); \
		TAKE();                                                        \
		EXPECT_EQ(FILE_LEN, self->cqe.res);                            \
		shutdown(self->sock[0], SHUT_WR);                              \
		receiver_join(&self->receiver);                                \
		EXPECT_EQ(FILE_LEN, self->receiver.received);                  \
	} while (0)

/* A hot file and room: the CQE is there when the submit has returned. */
TEST_F(uring, inline_end)
{
	struct skiff_receipt r;

	self->piece.length = 10000;
	self->req.cookie = 5;
	ring_send(&self->ring, self->dev, &self->req, 3);
	SUBMIT(1);
	if (variant->flags & IORING_SETUP_SQPOLL)
		EXPECT_TRUE(eventually(io_uring_cq_ready(&self->ring)));
	ASSERT_EQ(1, io_uring_cq_ready(&self->ring));
	EXPECT_QUEUED(10000);
	TAKE();
	EXPECT_EQ(3, self->cqe.user_data);
	EXPECT_EQ(10000, self->cqe.res);
	EXPECT_EQ(0, self->req.out_error);
	EXPECT_EQ(SKIFF_RUNG_SPLICE, self->req.out_rung);
	ASSERT_EQ(0, get_receipt(self->dev, self->req.out_id, &r));
	EXPECT_EQ(5, r.cookie);
	EXPECT_EQ(10000, r.bytes_by_ref);
	EXPECT_EQ(1, r.slices_inline);
	EXPECT_EQ(0, r.slices_worker);
	EXPECT_ARRIVES(10000);
}

TEST_F(uring, room_comes)
{
	STALL();
	receiver_start(&self->receiver, self->sock[1], &self->all, 1);
	EXPECT_QUEUED(FILE_LEN);
	TAKE();
	EXPECT_EQ(7, self->cqe.user_data);
	EXPECT_EQ(FILE_LEN, self->cqe.res);
	shutdown(self->sock[0], SHUT_WR);
	receiver_join(&self->receiver);
	EXPECT_EQ(-1, self->receiver.bad);
	EXPECT_EQ(FILE_LEN, self->receiver.received);
}

TEST_F(uring, cold)
{
	file_make_cold(self->file);
	receiver_start(&self->receiver, self->sock[1], &self->all, 1);
	EXPECT_EQ(FILE_LEN, ring_call(&self->ring, self->dev, &self->req));
	shutdown(self->sock[0], SHUT_WR);
	receiver_join(&self->receiver);
	EXPECT_EQ(-1, self->receiver.bad);
	EXPECT_EQ(FILE_LEN, self->receiver.received);
}

/* Issued by a worker of io_uring. */
TEST_F(uring, force_async)
{
	ring_send(&self->ring, self->dev, &self->req, 1)->flags = IOSQE_ASYNC;
	SUBMIT(1);
	ASSERT_TRUE(eventually(has_stalled(self)));
	receiver_start(&self->receiver, self->sock[1], &self->all, 1);
	EXPECT_QUEUED(FILE_LEN);
	TAKE();
	EXPECT_EQ(FILE_LEN, self->cqe.res);

	self->piece.length = 0;
	ring_send(&self->ring, self->dev, &self->req, 1)->flags = IOSQE_ASYNC;
	self->piece.offset = FILE_LEN; /* ends where it was issued */
	SUBMIT(1);
	EXPECT_QUEUED(0);
	TAKE();
	EXPECT_EQ(0, self->cqe.res);
	shutdown(self->sock[0], SHUT_WR);
	receiver_join(&self->receiver);
	EXPECT_EQ(-1, self->receiver.bad);
	EXPECT_EQ(FILE_LEN, self->receiver.received);
}

/* The device as a registered file, which has no descriptor any more. */
TEST_F(uring, registered_file)
{
	ASSERT_EQ(0, io_uring_register_files(&self->ring, &self->dev, 1));
	self->piece.length = 100;
	ring_send(&self->ring, 0, &self->req, 1)->flags = IOSQE_FIXED_FILE;
	SUBMIT(1);
	TAKE();
	EXPECT_EQ(100, self->cqe.res);
	self->piece.length = 0;
	ring_send(&self->ring, 0, &self->req, 1)->flags = IOSQE_FIXED_FILE;
	SUBMIT(1);
	ASSERT_TRUE(eventually(has_stalled(self)));
}

/* Hundreds in one submit, to one socket: in order, and each has its CQE. */
TEST_F(uring, batch)
{
	static struct skiff_request reqs[RING_SIZE];
	static struct skiff_piece pieces[RING_SIZE];
	static struct range ranges[RING_SIZE];
	static bool seen[RING_SIZE];
	uint64_t total = 0;
	int i;

	for (i = 0; i < RING_SIZE; i++) {
		ranges[i] = (struct range){ 1, i * 1117, 100 * i };
		pieces[i] = file_piece(self->file, i * 1117, 100 * i);
		if (!i)
			pieces[i].offset = FILE_LEN; /* no bytes */
		reqs[i] = request(self->sock[0], &pieces[i], 1);
		ring_send(&self->ring, self->dev, &reqs[i], i);
		total += 100 * i;
	}
	SUBMIT(RING_SIZE);
	receiver_start(&self->receiver, self->sock[1], ranges, RING_SIZE);
	for (i = 0; i < RING_SIZE; i++) {
		TAKE();
		ASSERT_GT(RING_SIZE, self->cqe.user_data);
		EXPECT_FALSE(seen[self->cqe.user_data]);
		seen[self->cqe.user_data] = true;
		EXPECT_EQ(100 * self->cqe.user_data, self->cqe.res);
	}
	shutdown(self->sock[0], SHUT_WR);
	receiver_join(&self->receiver);
	EXPECT_EQ(-1, self->receiver.bad);
	EXPECT_EQ(total, self->receiver.received);
}

/* Wait for many at once, as a server does: no CQE comes too late for it. */
TEST_F(uring, wait_for_many)
{
	struct skiff_request reqs[8];
	struct io_uring_cqe *cqe;
	struct range all = { 1, 0, FILE_LEN };
	struct receiver receivers[8];
	int pairs[8][2], i;

	for (i = 0; i < 8; i++) {
		ASSERT_EQ(0, net_small_pair(UNIX, pairs[i]));
		reqs[i] = request(pairs[i][0], &self->piece, 1);
		ring_send(&self->ring, self->dev, &reqs[i], i);
	}
	SUBMIT(8);
	for (i = 0; i < 8; i++)
		receiver_start(&receivers[i], pairs[i][1], &all, 1);
	ASSERT_EQ(0, io_uring_wait_cqe_nr(&self->ring, &cqe, 8));
	for (i = 0; i < 8; i++) {
		TAKE();
		EXPECT_EQ(FILE_LEN, self->cqe.res);
		close(pairs[i][0]);
	}
	for (i = 0; i < 8; i++) {
		receiver_join(&receivers[i]);
		EXPECT_EQ(-1, receivers[i].bad);
		EXPECT_EQ(FILE_LEN, receivers[i].received);
		close(pairs[i][1]);
	}
}

/* What is behind a link waits for the end of the transfer. */
TEST_F(uring, links)
{
	struct io_uring_sqe *sqe;
	int i;

	ring_send(&self->ring, self->dev, &self->req, 1)->flags = IOSQE_IO_LINK;
	sqe = io_uring_get_sqe(&self->ring);
	io_uring_prep_shutdown(sqe, self->sock[0], SHUT_WR);
	sqe->user_data = 2;
	SUBMIT(2);
	ASSERT_TRUE(eventually(has_stalled(self)));
	EXPECT_FALSE(ring_take(&self->ring, &self->cqe, 100));
	receiver_start(&self->receiver, self->sock[1], &self->all, 1);
	for (i = 1; i <= 2; i++) {
		TAKE();
		EXPECT_EQ(i, self->cqe.user_data);
		EXPECT_EQ(i == 1 ? FILE_LEN : 0, self->cqe.res);
	}
	receiver_join(&self->receiver);
	EXPECT_EQ(FILE_LEN, self->receiver.received);

	/* Now the socket is shut down: the link breaks. */
	ring_send(&self->ring, self->dev, &self->req, 1)->flags = IOSQE_IO_LINK;
	io_uring_prep_nop(sqe = io_uring_get_sqe(&self->ring));
	sqe->user_data = 2;
	SUBMIT(2);
	TAKE();
	EXPECT_EQ(-ENOTCONN, self->cqe.res);
	TAKE();
	EXPECT_EQ(2, self->cqe.user_data);
	EXPECT_EQ(-ECANCELED, self->cqe.res);
}

/* An error, and how far it came. */
TEST_F(uring, past_the_end)
{
	self->piece = file_piece(self->file, FILE_LEN - 100, 5000);
	ring_send(&self->ring, self->dev, &self->req, 1);
	SUBMIT(1);
	EXPECT_QUEUED(100);
	TAKE();
	EXPECT_EQ(-ENODATA, self->cqe.res);
	EXPECT_EQ(100, queued(self));
	self->all.pos = FILE_LEN - 100;
	EXPECT_ARRIVES(100);
}

/* The CQE is the end, and with this flag the end is the release. */
TEST_F(uring, release)
{
	struct skiff_receipt r;

	self->req.flags = SKIFF_REQUEST_RELEASED;
	self->piece.length = 10000;
	EXPECT_EQ(10000, ring_call(&self->ring, self->dev, &self->req));
	ASSERT_EQ(0, get_receipt(self->dev, self->req.out_id, &r));
	EXPECT_LT(0, r.released_ns);
	EXPECT_ARRIVES(10000);
}

TEST_F(uring, peer_goes_away)
{
	STALL();
	close(self->sock[1]);
	TAKE();
	EXPECT_TRUE(self->cqe.res == -ECONNRESET || self->cqe.res == -EPIPE);
}

TEST_F(uring, deadline)
{
	self->req.deadline_ms = 300;
	STALL();
	TAKE();
	EXPECT_EQ(-ETIMEDOUT, self->cqe.res);
}

TEST_F(uring, probe)
{
	self->req.flags = SKIFF_REQUEST_PROBE;
	EXPECT_EQ(0, ring_call(&self->ring, self->dev, &self->req));
	EXPECT_EQ(0, self->req.out_id);
	EXPECT_EQ(SKIFF_RUNG_SPLICE, self->req.out_rung);
	EXPECT_ARRIVES(0);
}

/* By the ring, of what came by the ring and by SUBMIT. */
TEST_F(uring, cancel)
{
	struct skiff_cancel all = { .size = sizeof(all),
				    .flags = SKIFF_CANCEL_ALL };
	struct skiff_cancel one = { .size = sizeof(one) };
	struct skiff_request other = self->req;
	struct range sent[3] = { { 1 }, { 1 }, { 1 } };
	struct skiff_completion c;
	int results[8] = {}, i;

	STALL();
	one.id = self->req.out_id;
	ring_cancel(&self->ring, self->dev, &one);
	SUBMIT(1);
	for (i = 0; i < 2; i++) {
		TAKE();
		results[self->cqe.user_data] = self->cqe.res;
	}
	EXPECT_EQ(0, results[0]);
	EXPECT_EQ(-ECANCELED, results[7]);
	EXPECT_EQ(1, one.out_nr);
	sent[0].len = queued(self);
	EXPECT_LT(0, sent[0].len);

	ring_cancel(&self->ring, self->dev, &one);
	SUBMIT(1);
	TAKE();
	EXPECT_EQ(-ENOENT, self->cqe.res);

	self->req.out_id = 0;
	ring_send(&self->ring, self->dev, &self->req, 6);
	SUBMIT(1);
	ASSERT_TRUE(eventually(has_stalled(self))); /* first in line */
	ASSERT_EQ(0, submit(self->dev, &other));
	ring_cancel(&self->ring, self->dev, &all);
	SUBMIT(1);
	for (i = 0; i < 2; i++) {
		TAKE();
		results[self->cqe.user_data] = self->cqe.res;
	}
	EXPECT_EQ(-ECANCELED, results[6]);
	EXPECT_EQ(2, all.out_nr);
	EXPECT_EQ(1, take(self->dev, &c, PATIENCE_MS));
	EXPECT_EQ(other.out_id, c.id);
	EXPECT_EQ(-ECANCELED, c.error);
	sent[1].len = queued(self);
	sent[2].len = c.queued;

	receiver_start(&self->receiver, self->sock[1], sent, 3);
	shutdown(self->sock[0], SHUT_WR);
	receiver_join(&self->receiver);
	EXPECT_EQ(-1, self->receiver.bad);
	EXPECT_EQ(sent[0].len + sent[1].len + sent[2].len,
		  self->receiver.received);
}

TEST_F(uring, cancel_by_ioctl)
{
	STALL();
	EXPECT_EQ(0, cancel(self->dev, self->req.out_id));
	EXPECT_QUEUED(queued(self));
	TAKE();
	EXPECT_EQ(-ECANCELED, self->cqe.res);
	EXPECT_ARRIVES(queued(self));
}

/* Whether the transfer was cancelled, and everything let go. */
static bool is_over(FIXTURE_DATA(uring) * self)
{
	struct skiff_receipt r;

	return !get_receipt(self->dev, self->req.out_id, &r) &&
	       r.state == SKIFF_STATE_ENDED && r.error == -ECANCELED;
}

TEST_F(uring, ring_exit)
{
	struct skiff_request second = self->req; /* in line */

	STALL();
	ring_send(&self->ring, self->dev, &second, 1);
	SUBMIT(1);
	io_uring_queue_exit(&self->ring);
	self->ring.ring_fd = -1;
	EXPECT_TRUE(eventually(is_over(self)));
	EXPECT_ARRIVES(queued(self));
}

/* The device goes first, but for what holds it. */
TEST_F(uring, close_device)
{
	struct skiff_completion c;

	STALL();
	close(self->dev);
	EXPECT_GOES_ON();
	EXPECT_TRUE(eventually(module_refs() == 0));
	self->dev = open("/dev/skiff", O_RDWR | O_NONBLOCK);
	EXPECT_EQ(-1, read(self->dev, &c, sizeof(c)));
}

/* A child stalls, and tells; then it waits to be killed, or becomes @program. */
static pid_t stall_in_child(FIXTURE_DATA(uring) * self, unsigned int flags,
			    const char *program)
{
	int ready[2];
	pid_t child;
	char byte;

	if (pipe(ready))
		return -1;
	child = fork();
	if (!child) {
		self->dev = open("/dev/skiff", O_RDWR | O_CLOEXEC);
		if (io_uring_queue_init(8, &self->ring, flags))
			_exit(1);
		close(self->sock[1]);
		ring_send(&self->ring, self->dev, &self->req, 1);
		io_uring_submit(&self->ring);
		if (!eventually(has_stalled(self)))
			_exit(1);
		(void)!write(ready[1], "", 1);
		if (program)
			execlp(program, program, "1000", NULL);
		pause();
		_exit(1);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		child = -1;
	close(ready[0]);
	return child;
}

TEST_F(uring, killed_process)
{
	char buf[4096];
	int status;
	ssize_t n;
	pid_t child;

	child = stall_in_child(self, variant->flags, NULL);
	ASSERT_LT(0, child);
	close(self->sock[0]);
	kill(child, SIGKILL);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	/* Everything that it had is closed: the stream ends, in good order. */
	self->all.len = 0;
	while ((n = recv(self->sock[1], buf, sizeof(buf), 0)) > 0) {
		EXPECT_EQ(-1, pattern_check(1, self->all.len, buf, n));
		self->all.len += n;
	}
	EXPECT_EQ(0, n);
	EXPECT_GT(FILE_LEN, self->all.len);
	/* Our own device is the only one left. */
	EXPECT_TRUE(eventually(module_refs() == 1));
	self->sock[0] = -1;
}

TEST_F(uring, exec)
{
	pid_t child = stall_in_child(self, variant->flags, "sleep");
	int status;

	ASSERT_LT(0, child);
	EXPECT_TRUE(eventually(module_refs() == 1));
	EXPECT_EQ(0, waitpid(child, &status, WNOHANG));
	kill(child, SIGKILL);
	ASSERT_EQ(child, waitpid(child, &status, 0));
}

static void *send_in_thread(void *arg)
{
	FIXTURE_DATA(uring)
		*self = arg;

	ring_send(&self->ring, self->dev, &self->req, 7);
	io_uring_submit(&self->ring);
	return (void *)(long)eventually(has_stalled(self));
}

/* The thread that submitted has ended: the command goes on, as others do. */
TEST_F(uring, thread_exit)
{
	pthread_t thread;
	void *stalled;

	if (variant->flags & (IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_SQPOLL))
		SKIP(return, "the thread would not be the submitter");
	ASSERT_EQ(0, pthread_create(&thread, NULL, send_in_thread, self));
	pthread_join(thread, &stalled);
	EXPECT_NE(NULL, stalled);
	EXPECT_GOES_ON();
}

/* A child uses the ring that it inherited, and ends: likewise. */
TEST_F(uring, forked)
{
	int status;
	pid_t child;

	if (variant->flags & (IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_SQPOLL))
		SKIP(return, "the child would not be the submitter");
	child = fork();
	if (!child)
		_exit(send_in_thread(self) ? 0 : 1);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_GOES_ON();
}

/* Ends, cancels and the end of a ring, all at once and ever anew. */
TEST_F(uring, races)
{
	int i;

	for (i = 0; i < 100; i++) {
		struct skiff_request req = self->req;
		struct io_uring ring;
		struct receiver r;
		int pair[2];

		ASSERT_EQ(0, net_small_pair(UNIX, pair));
		ASSERT_EQ(0, io_uring_queue_init(8, &ring, variant->flags));
		req.socket = pair[0];
		ring_send(&ring, self->dev, &req, 1);
		ring_send(&ring, self->dev, &req, 1)->flags = IOSQE_ASYNC;
		receiver_start(&r, pair[1], &self->all, 1);
		io_uring_submit(&ring);
		if (i % 3 == 1)
			shutdown(pair[1], SHUT_RDWR);
		if (i % 3 == 2)
			cancel(self->dev, *(volatile __u64 *)&req.out_id);
		usleep(i % 10 * 300);
		io_uring_queue_exit(&ring);
		close(pair[0]);
		receiver_join(&r);
		EXPECT_GE(2 * FILE_LEN, r.received);
		close(pair[1]);
	}
}

/* A transfer of a ring has a slot of the context until it ends. */
TEST_F(uring, slots)
{
	long max = read_number(MODULE_DIR "parameters/context_transfers");
	struct skiff_request tiny;
	struct skiff_cancel all = { .size = sizeof(all),
				    .flags = SKIFF_CANCEL_ALL };
	struct skiff_piece byte = memory_piece("x", 1);
	long i, refused = 0, cancelled = 0;

	if (variant->flags)
		SKIP(return, "the kind of ring makes no difference");
	ASSERT_LT(0, max);
	self->req.deadline_ms = SKIFF_DEADLINE_MAX_MS;
	STALL();
	for (i = 1; i < max + 2; i++) {
		tiny = request(self->sock[0], &byte, 1);
		ring_send(&self->ring, self->dev, &tiny, 1);
		SUBMIT(1);
		refused += tiny.out_error == -EBUSY;
	}
	EXPECT_EQ(2, refused);
	EXPECT_EQ(-EBUSY, submit(self->dev, &tiny));
	self->all.len = queued(self);
	EXPECT_EQ(0, skiff_call(self->dev, SKIFF_CANCEL, &all));
	EXPECT_EQ(max, all.out_nr);
	for (i = 0; i < max + 2; i++) {
		TAKE();
		cancelled += self->cqe.res == -ECANCELED;
	}
	EXPECT_EQ(max, cancelled);
	tiny.flags = SKIFF_REQUEST_PROBE;
	EXPECT_EQ(0, submit(self->dev, &tiny));
	EXPECT_ARRIVES(self->all.len);
}

TEST_HARNESS_MAIN
