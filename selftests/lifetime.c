// SPDX-License-Identifier: GPL-2.0-only
/* What becomes of transfers when somebody goes away. */
#include "pages.h"

#include <sys/syscall.h>

#define FILE_LEN (4 * MIB)

FIXTURE(lifetime)
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
};

FIXTURE_VARIANT(lifetime)
{
	enum net net;
};

FIXTURE_VARIANT_ADD(lifetime, tcp){ .net = TCP4 };
FIXTURE_VARIANT_ADD(lifetime, unix){ .net = UNIX };

/* The file is longer than what both ends of a connection hold. */
FIXTURE_SETUP(lifetime)
{
	self->dev = open("/dev/skiff", O_RDWR);
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, net_small_pair(variant->net, self->sock));
	self->file = file_create("/mnt/vblk-ext4", 1, FILE_LEN, self->path);
	ASSERT_LE(0, self->file);
	self->all = (struct range){ 1, 0, FILE_LEN };
	self->piece = file_piece(self->file, 0, 0);
	self->req = request(self->sock[0], &self->piece, 1);
}

FIXTURE_TEARDOWN(lifetime)
{
	close(self->dev);
	close(self->file);
	close(self->sock[0]);
	close(self->sock[1]);
	unlink(self->path);
	EXPECT_TRUE(eventually(module_refs() == 0));
}

static uint64_t queued(FIXTURE_DATA(lifetime) * self)
{
	struct skiff_receipt r;

	return get_receipt(self->dev, self->req.out_id, &r) ? 0 :
							      r.bytes_queued;
}

/* Start a transfer to a peer that does not read, until it waits for room. */
static bool stall(FIXTURE_DATA(lifetime) * self)
{
	struct skiff_receipt r;

	return !submit(self->dev, &self->req) &&
	       eventually(!get_receipt(self->dev, self->req.out_id, &r) &&
			  r.room_waits);
}

#define STALL() ASSERT_TRUE(stall(self))

/* The first wait for room may end as what is on its way arrives. */
static bool is_stuck(FIXTURE_DATA(lifetime) * self)
{
	uint64_t before = queued(self);

	usleep(100000);
	return queued(self) == before;
}

/* The peer reads now; exactly @bytes of the file come. */
#define EXPECT_ARRIVES(bytes)                                                  \
	do {                                                                   \
		receiver_start(&self->receiver, self->sock[1], &self->all, 1); \
		shutdown(self->sock[0], SHUT_WR);                              \
		receiver_join(&self->receiver);                                \
		EXPECT_EQ(-1, self->receiver.bad);                             \
		EXPECT_EQ(bytes, self->receiver.received);                     \
	} while (0)

TEST_F(lifetime, room_comes)
{
	STALL();
	receiver_start(&self->receiver, self->sock[1], &self->all, 1);
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(0, self->c.error);
	EXPECT_EQ(FILE_LEN, self->c.queued);
	shutdown(self->sock[0], SHUT_WR);
	receiver_join(&self->receiver);
	EXPECT_EQ(-1, self->receiver.bad);
	EXPECT_EQ(FILE_LEN, self->receiver.received);
}

TEST_F(lifetime, cancel)
{
	STALL();
	ASSERT_EQ(0, cancel(self->dev, self->req.out_id));
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(-ECANCELED, self->c.error);
	EXPECT_LT(0, self->c.queued);
	EXPECT_EQ(-ENOENT, cancel(self->dev, self->req.out_id));
	EXPECT_ARRIVES(self->c.queued);
}

/* After close(2) no byte is queued, and the files are let go. */
TEST_F(lifetime, close_device)
{
	uint64_t before;

	STALL();
	close(self->file);
	EXPECT_FALSE(file_is_let_go(self->path));
	ASSERT_TRUE(eventually(is_stuck(self)));
	before = queued(self);
	close(self->dev);
	EXPECT_TRUE(file_is_let_go(self->path));
	EXPECT_ARRIVES(before);
}

/* The user's own descriptors may go before the transfer ends. */
TEST_F(lifetime, close_socket_and_file)
{
	STALL();
	close(self->file);
	close(self->sock[0]);
	receiver_start(&self->receiver, self->sock[1], &self->all, 1);
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(0, self->c.error);
	/* The end of the stream comes from the transfer letting go. */
	receiver_join(&self->receiver);
	EXPECT_EQ(-1, self->receiver.bad);
	EXPECT_EQ(FILE_LEN, self->receiver.received);
	EXPECT_TRUE(file_is_let_go(self->path));
}

TEST_F(lifetime, peer_goes_away)
{
	struct linger reset = { .l_onoff = 1 };

	STALL();
	setsockopt(self->sock[1], SOL_SOCKET, SO_LINGER, &reset,
		   sizeof(reset));
	close(self->sock[1]);
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(variant->net == UNIX ? -EPIPE : -ECONNRESET, self->c.error);
	EXPECT_LT(0, self->c.queued);
	EXPECT_GT(FILE_LEN, self->c.queued);
}

TEST_F(lifetime, shutdown)
{
	STALL();
	shutdown(self->sock[0], SHUT_WR);
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(-EPIPE, self->c.error);
	EXPECT_ARRIVES(self->c.queued);
}

TEST_F(lifetime, deadline)
{
	self->req.deadline_ms = 50;
	ASSERT_EQ(0, submit(self->dev, &self->req));
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(-ETIMEDOUT, self->c.error);
	EXPECT_LT(0, self->c.queued);
	EXPECT_ARRIVES(self->c.queued);
}

TEST_F(lifetime, killed_process)
{
	uint64_t total = 0;
	int status, ready[2];
	char buf[64 * KIB];
	pid_t child;
	ssize_t n;

	ASSERT_EQ(0, pipe(ready));
	close(self->dev);
	child = fork();
	if (!child) {
		self->dev = open("/dev/skiff", O_RDWR);
		close(self->sock[1]);
		if (stall(self))
			(void)!write(ready[1], "", 1);
		pause();
		_exit(1);
	}
	close(self->sock[0]);
	ASSERT_EQ(1, read(ready[0], buf, 1));
	kill(child, SIGKILL);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	/* Everything that it had is closed: the stream ends, in good order. */
	while ((n = recv(self->sock[1], buf, sizeof(buf), 0)) > 0) {
		EXPECT_EQ(-1, pattern_check(1, total, buf, n));
		total += n;
	}
	EXPECT_EQ(0, n);
	EXPECT_LT(0, total);
	EXPECT_GT(FILE_LEN, total);
	close(self->file);
	EXPECT_TRUE(eventually(file_is_let_go(self->path)));
}

/* Truncated below what is queued already: the rest is missing, and what comes
 * from behind the new end is not looked at, as it may have changed.
 */
TEST_F(lifetime, truncate)
{
	struct range below = { 1, 0, 10000 };

	STALL();
	ASSERT_EQ(0, ftruncate(self->file, 10000));
	self->all = below;
	receiver_start(&self->receiver, self->sock[1], &self->all, 1);
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(-ENODATA, self->c.error);
	EXPECT_GT(FILE_LEN, self->c.queued);
	shutdown(self->sock[0], SHUT_WR);
	receiver_join(&self->receiver);
	EXPECT_LE(10000, self->receiver.bad);
	EXPECT_EQ(self->c.queued, self->receiver.received);
}

/* Grown after submit: "to the end" was what it was then. */
TEST_F(lifetime, grow)
{
	STALL();
	ASSERT_EQ(0, ftruncate(self->file, FILE_LEN + MIB));
	receiver_start(&self->receiver, self->sock[1], &self->all, 1);
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(0, self->c.error);
	EXPECT_EQ(FILE_LEN, self->c.queued);
	shutdown(self->sock[0], SHUT_WR);
	receiver_join(&self->receiver);
	EXPECT_EQ(-1, self->receiver.bad);
}

TEST_F(lifetime, unlink)
{
	STALL();
	ASSERT_EQ(0, unlink(self->path));
	close(self->file);
	receiver_start(&self->receiver, self->sock[1], &self->all, 1);
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(0, self->c.error);
	shutdown(self->sock[0], SHUT_WR);
	receiver_join(&self->receiver);
	EXPECT_EQ(-1, self->receiver.bad);
	EXPECT_EQ(FILE_LEN, self->receiver.received);
}

TEST_F(lifetime, rmmod_is_refused)
{
	EXPECT_EQ(-1, syscall(SYS_delete_module, "skiff", O_NONBLOCK));
	EXPECT_EQ(EWOULDBLOCK, errno);
	STALL();
	EXPECT_LT(1, module_refs());
	EXPECT_EQ(-1, syscall(SYS_delete_module, "skiff", O_NONBLOCK));
	EXPECT_EQ(EWOULDBLOCK, errno);
}

/* Two contexts, one socket: the order of submit, and no byte in between. */
TEST_F(lifetime, order_across_contexts)
{
	enum { NR = 20,
	       LEN = 700001 };
	int devs[2] = { self->dev, open("/dev/skiff", O_RDWR) };
	struct range ranges[NR];
	int i;

	for (i = 0; i < NR; i++) {
		ranges[i] = (struct range){ 1, i * 1000 + 1, LEN };
		self->piece = file_piece(self->file, ranges[i].pos, LEN);
		ASSERT_EQ(0, submit(devs[i % 2], &self->req));
	}
	receiver_start(&self->receiver, self->sock[1], ranges, NR);
	for (i = 0; i < NR; i++) {
		ASSERT_EQ(1, take(devs[i % 2], &self->c, PATIENCE_MS));
		EXPECT_EQ(0, self->c.error);
		EXPECT_EQ(LEN, self->c.queued);
	}
	shutdown(self->sock[0], SHUT_WR);
	receiver_join(&self->receiver);
	EXPECT_EQ(-1, self->receiver.bad);
	EXPECT_EQ(NR * (uint64_t)LEN, self->receiver.received);
	close(devs[1]);
}

/* Who could send at once does not overtake who has to wait for the disk. */
TEST_F(lifetime, hot_behind_cold)
{
	char memory[1000];
	struct range ranges[] = { { 1, 0, 100000 }, { 2, 0, sizeof(memory) } };
	struct skiff_piece cold = file_piece(self->file, 0, 100000);
	struct skiff_piece hot = memory_piece(memory, sizeof(memory));
	struct skiff_request reqs[] = {
		request(self->sock[0], &cold, 1),
		request(self->sock[0], &hot, 1),
	};
	struct skiff_submit s = {
		.size = sizeof(s),
		.nr = 2,
		.stride = sizeof(reqs[0]),
		.requests = (uintptr_t)reqs,
	};

	pattern_fill(2, 0, memory, sizeof(memory));
	file_make_cold(self->file);
	ASSERT_EQ(0, skiff_call(self->dev, SKIFF_SUBMIT, &s));
	ASSERT_EQ(2, s.out_accepted);
	receiver_start(&self->receiver, self->sock[1], ranges, 2);
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	shutdown(self->sock[0], SHUT_WR);
	receiver_join(&self->receiver);
	EXPECT_EQ(-1, self->receiver.bad);
	EXPECT_EQ(100000 + sizeof(memory), self->receiver.received);
}

/* Cancelling those in the middle of the line lets the others pass. */
TEST_F(lifetime, cancel_in_line)
{
	struct range ranges[] = { { 1, 0, FILE_LEN }, { 1, 5, 100 } };
	uint64_t first, second;

	STALL();
	first = self->req.out_id;
	self->piece = file_piece(self->file, 7, 9999);
	ASSERT_EQ(0, submit(self->dev, &self->req));
	second = self->req.out_id;
	self->piece = file_piece(self->file, 5, 100);
	ASSERT_EQ(0, submit(self->dev, &self->req));

	ASSERT_EQ(0, cancel(self->dev, second));
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(second, self->c.id);
	EXPECT_EQ(-ECANCELED, self->c.error);
	EXPECT_EQ(0, self->c.queued);

	receiver_start(&self->receiver, self->sock[1], ranges, 2);
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(0, self->c.error);
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(0, self->c.error);
	EXPECT_NE(first, second);
	shutdown(self->sock[0], SHUT_WR);
	receiver_join(&self->receiver);
	EXPECT_EQ(-1, self->receiver.bad);
	EXPECT_EQ(FILE_LEN + 100, self->receiver.received);
}

/* SEND to a full socket that must not be waited for. */
TEST_F(lifetime, send_nonblocking)
{
	int flags = fcntl(self->sock[0], F_GETFL);

	fcntl(self->sock[0], F_SETFL, flags | O_NONBLOCK);
	ASSERT_EQ(0, skiff_call(self->dev, SKIFF_SEND, &self->req));
	EXPECT_EQ(-EAGAIN, self->req.out_error);
	EXPECT_LT(0, self->req.out_queued);
	EXPECT_GT(FILE_LEN, self->req.out_queued);
	self->c.queued = self->req.out_queued;
	EXPECT_EQ(-EAGAIN, skiff_call(self->dev, SKIFF_SEND, &self->req));
	EXPECT_ARRIVES(self->c.queued);
}

TEST_F(lifetime, send_timeout)
{
	struct timeval tv = { .tv_usec = 30000 };

	setsockopt(self->sock[0], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	ASSERT_EQ(0, skiff_call(self->dev, SKIFF_SEND, &self->req));
	EXPECT_EQ(-EAGAIN, self->req.out_error);
	EXPECT_LT(0, self->req.out_queued);
	EXPECT_ARRIVES(self->req.out_queued);
}

static void on_signal(int sig)
{
	(void)sig;
}

TEST_F(lifetime, send_signal)
{
	struct sigaction act = { .sa_handler = on_signal };
	pid_t child;

	sigaction(SIGUSR1, &act, NULL);
	STALL(); /* so that SEND stands in line, and queues nothing */
	child = fork();
	if (!child) {
		/* It may not sleep yet: again and again, until killed. */
		while (!kill(getppid(), SIGUSR1))
			usleep(10000);
		_exit(0);
	}
	EXPECT_EQ(-EINTR, skiff_call(self->dev, SKIFF_SEND, &self->req));
	kill(child, SIGKILL);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
}

/* SEND waits for room when it may. */
TEST_F(lifetime, send_blocks)
{
	receiver_start(&self->receiver, self->sock[1], &self->all, 1);
	file_make_cold(self->file);
	ASSERT_EQ(0, skiff_call(self->dev, SKIFF_SEND, &self->req));
	EXPECT_EQ(0, self->req.out_error);
	EXPECT_EQ(FILE_LEN, self->req.out_queued);
	shutdown(self->sock[0], SHUT_WR);
	receiver_join(&self->receiver);
	EXPECT_EQ(-1, self->receiver.bad);
	EXPECT_EQ(FILE_LEN, self->receiver.received);
}

/* A socket that lingers at close must hold up nobody else's descriptors: its
 * last reference is dropped by a worker here.
 */
TEST_F(lifetime, linger)
{
	struct linger hour = { .l_onoff = 1, .l_linger = 3600 };
	int other[2];
	char buf[4096];

	STALL();
	setsockopt(self->sock[0], SOL_SOCKET, SO_LINGER, &hour, sizeof(hour));
	close(self->sock[0]);
	ASSERT_EQ(0, cancel(self->dev, self->req.out_id));
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(-ECANCELED, self->c.error);

	ASSERT_EQ(0, net_small_pair(variant->net, other));
	self->req.socket = other[0];
	STALL();
	close(other[0]);
	ASSERT_EQ(0, cancel(self->dev, self->req.out_id));
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	while (recv(other[1], buf, sizeof(buf), 0) > 0)
		;
	close(other[1]);
}

/* A socket that is sent a transfer's own descriptors forms a cycle, which the
 * collector of AF_UNIX cannot break while the transfer holds it: the deadline
 * does.
 */
TEST_F(lifetime, unix_cycle)
{
	union {
		char buf[CMSG_SPACE(2 * sizeof(int))];
		struct cmsghdr align;
	} control = {};
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	int pair[2], fds[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	self->req.socket = pair[0];
	self->req.deadline_ms = 100;
	STALL();
	fds[0] = pair[0];
	fds[1] = self->dev;
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(cmsg), fds, sizeof(fds));
	/* In flight in the pair's own queues, and nowhere else. */
	ASSERT_EQ(1, sendmsg(pair[1], &msg, 0));
	close(pair[0]);
	close(pair[1]);
	close(self->dev);
	/* A new socket with descriptors in flight starts the collector. */
	EXPECT_TRUE(eventually(({
		socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
		close(pair[0]);
		close(pair[1]);
		module_refs() == 0;
	})));
}

/* The file system is asked for each page while the socket keeps waking the
 * transfer: no page that it gave is lost on the way.
 */
TEST_F(lifetime, pipe_pages_balance)
{
	static char buf[4 * KIB];
	uint64_t pos;
	int i;

	self->req.rung = SKIFF_RUNG_PIPE;
	for (i = 0; i < 3; i++) {
		file_make_cold(self->file);
		ASSERT_EQ(0, submit(self->dev, &self->req));
		for (pos = 0; pos < FILE_LEN; pos += sizeof(buf)) {
			ASSERT_EQ(sizeof(buf), recv(self->sock[1], buf, sizeof(buf), MSG_WAITALL));
			ASSERT_EQ(-1, pattern_check(1, pos, buf, sizeof(buf)));
		}
		ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
		EXPECT_EQ(0, self->c.error);
	}
	close(self->sock[0]);
	close(self->sock[1]);
	self->sock[0] = self->sock[1] = -1;
	EXPECT_TRUE(eventually(pages_all_go(self->file, FILE_LEN)));
}

TEST_HARNESS_MAIN
