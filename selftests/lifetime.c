// SPDX-License-Identifier: GPL-2.0-only
/* What becomes of transfers when somebody goes away. */
#include "skiff_test.h"

#include <linux/sockios.h>
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

/* Whether somebody but us has the file open. */
static bool file_is_let_go(FIXTURE_DATA(lifetime) * self)
{
	int fd = open(self->path, O_RDWR);
	bool gone = !fcntl(fd, F_SETLEASE, F_WRLCK);

	close(fd);
	return gone;
}

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
	EXPECT_FALSE(file_is_let_go(self));
	ASSERT_TRUE(eventually(is_stuck(self)));
	before = queued(self);
	close(self->dev);
	EXPECT_TRUE(file_is_let_go(self));
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
	EXPECT_TRUE(file_is_let_go(self));
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
	EXPECT_TRUE(eventually(file_is_let_go(self)));
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

static unsigned int pages_resident(int fd, size_t len)
{
	static unsigned char vec[FILE_LEN / 4096];
	void *p = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
	unsigned int i, nr = 0;

	mincore(p, len, vec);
	for (i = 0; i < len / 4096; i++)
		nr += vec[i] & 1;
	munmap(p, len);
	return nr;
}

/* Skbs that were freed may rest on a per-CPU list until others come. */
static void stir_network(void)
{
	char buf[4096] = "";
	int pair[2], i;

	if (net_pair(TCP4, pair))
		return;
	for (i = 0; i < 20; i++) {
		(void)!send(pair[0], buf, sizeof(buf), 0);
		(void)!recv(pair[1], buf, sizeof(buf), MSG_WAITALL);
	}
	close(pair[0]);
	close(pair[1]);
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
	EXPECT_TRUE(eventually(({
		stir_network();
		file_make_cold(self->file);
		pages_resident(self->file, FILE_LEN) == 0;
	})));
}

/* TCP only from here on. */

FIXTURE(tcp)
{
	int dev;
	int sock[2];
	int file;
	char path[256];
	struct skiff_piece piece;
	struct skiff_request req;
	struct skiff_completion c;
};

FIXTURE_SETUP(tcp)
{
	self->dev = open("/dev/skiff", O_RDWR);
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, net_small_pair(TCP4, self->sock));
	self->file = file_create("/mnt/vblk-ext4", 1, FILE_LEN, self->path);
	ASSERT_LE(0, self->file);
	self->piece = file_piece(self->file, 0, 0);
	self->req = request(self->sock[0], &self->piece, 1);
}

FIXTURE_TEARDOWN(tcp)
{
	close(self->dev);
	close(self->file);
	close(self->sock[0]);
	close(self->sock[1]);
	unlink(self->path);
	EXPECT_TRUE(eventually(module_refs() == 0));
}

/* Disconnected and connected to somebody else under a transfer from @pair[0]:
 * not one byte goes there. Returns 0, or what went wrong.
 */
static const char *reconnect(FIXTURE_DATA(tcp) * self, int pair[2], int protocol)
{
	struct sockaddr unspec = { .sa_family = AF_UNSPEC };
	struct sockaddr_storage a;
	socklen_t len = net_loopback(TCP4, &a);
	struct skiff_receipt r;
	int listening, other;
	char byte;

	listening = socket(AF_INET, SOCK_STREAM, protocol);
	if (bind(listening, (void *)&a, len) || listen(listening, 1) ||
	    getsockname(listening, (void *)&a, &len))
		return "listen";
	self->req.socket = pair[0];
	if (submit(self->dev, &self->req) ||
	    !eventually(!get_receipt(self->dev, self->req.out_id, &r) && r.room_waits))
		return "submit";
	if (connect(pair[0], &unspec, sizeof(unspec)) ||
	    connect(pair[0], (void *)&a, len))
		return "connect";
	other = accept(listening, NULL, NULL);
	if (take(self->dev, &self->c, PATIENCE_MS) != 1)
		return "take";
	shutdown(pair[0], SHUT_WR);
	if (recv(other, &byte, 1, 0))
		return "a byte came to the other peer";
	close(listening);
	close(other);
	return NULL;
}

TEST_F(tcp, reconnect)
{
	const char *wrong = reconnect(self, self->sock, 0);

	EXPECT_EQ(NULL, wrong)
	TH_LOG("%s", wrong);
	EXPECT_EQ(-ECONNRESET, self->c.error);
}

TEST_F(tcp, reconnect_mptcp)
{
	struct sockaddr_storage a;
	socklen_t len = net_loopback(TCP4, &a);
	int listening, pair[2], size = 128 * KIB;
	const char *wrong;

	pair[0] = socket(AF_INET, SOCK_STREAM, 262 /* IPPROTO_MPTCP */);
	listening = socket(AF_INET, SOCK_STREAM, 262);
	if (pair[0] < 0)
		SKIP(return, "no MPTCP in this kernel");
	/* Else the two may come to hold the whole file. */
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	setsockopt(listening, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	ASSERT_EQ(0, bind(listening, (void *)&a, len));
	ASSERT_EQ(0, listen(listening, 1));
	ASSERT_EQ(0, getsockname(listening, (void *)&a, &len));
	ASSERT_EQ(0, connect(pair[0], (void *)&a, len));
	pair[1] = accept(listening, NULL, NULL);
	wrong = reconnect(self, pair, 262);
	EXPECT_EQ(NULL, wrong)
	TH_LOG("%s", wrong);
	EXPECT_GT(0, self->c.error);
	close(pair[0]);
	close(pair[1]);
	close(listening);
}

/* The new connection is as good as any for who submits to it. */
TEST_F(tcp, submit_after_reconnect)
{
	struct sockaddr unspec = { .sa_family = AF_UNSPEC };
	struct range all = { 1, 0, FILE_LEN };
	struct sockaddr_storage a;
	struct receiver receiver;
	int listening, other;
	socklen_t len;

	listening = net_listen(TCP4, &a, &len);
	ASSERT_EQ(0, submit(self->dev, &self->req));
	ASSERT_EQ(0, connect(self->sock[0], &unspec, sizeof(unspec)));
	ASSERT_EQ(0, connect(self->sock[0], (void *)&a, len));
	other = accept(listening, NULL, NULL);
	ASSERT_EQ(0, submit(self->dev, &self->req));
	receiver_start(&receiver, other, &all, 1);
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	shutdown(self->sock[0], SHUT_WR);
	receiver_join(&receiver);
	EXPECT_EQ(-1, receiver.bad);
	EXPECT_EQ(FILE_LEN, receiver.received);
	close(listening);
	close(other);
}

/* Bytes that lie in the send buffer and were never sent. */
static int unsent(int sock)
{
	int n = -1;

	ioctl(sock, SIOCOUTQNSD, &n);
	return n;
}

/* A send that promised more, and did not keep it, leaves no part of a segment
 * behind: when the transfer has to wait for the disk, and when it ends.
 */
TEST_F(tcp, no_corked_tail)
{
	char header[100] = "", path[256];
	struct skiff_piece pieces[] = {
		memory_piece(header, sizeof(header)),
		file_piece(self->file, 1 * GIB, 5),
	};
	int small = file_create("/mnt/vblk-ext4", 1, 100, path);

	self->req.pieces = (uintptr_t)pieces;
	self->req.nr_pieces = 2;
	ASSERT_EQ(0, submit(self->dev, &self->req));
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(-ENODATA, self->c.error);
	EXPECT_EQ(sizeof(header), self->c.queued);
	EXPECT_EQ(0, unsent(self->sock[0]));

	/* The end of this one is found in the page cache. */
	self->piece = file_piece(small, 50, 100);
	self->req.pieces = (uintptr_t)&self->piece;
	self->req.nr_pieces = 1;
	ASSERT_EQ(0, submit(self->dev, &self->req));
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(-ENODATA, self->c.error);
	EXPECT_EQ(50, self->c.queued);
	EXPECT_EQ(0, unsent(self->sock[0]));
	close(small);
	unlink(path);
}

/* tcpi_data_segs_out of <linux/tcp.h>, which libc's header does not know. */
static unsigned int data_segments(int sock)
{
	uint32_t info[40] = {};
	socklen_t len = sizeof(info);

	getsockopt(sock, SOL_TCP, TCP_INFO, info, &len);
	return info[156 / 4];
}

/* A multipart answer is one request, and what it is made of joins to segments:
 * here all of it to one, as the loopback's are long.
 */
TEST_F(tcp, pieces_join)
{
	char header[256] = "", boundary[64] = "";
	struct skiff_piece pieces[] = {
		memory_piece(header, sizeof(header)),
		file_piece(self->file, 0, 8 * KIB),
		memory_piece(boundary, sizeof(boundary)),
		file_piece(self->file, 100 * KIB + 1, 8 * KIB),
		memory_piece(boundary, sizeof(boundary)),
	};
	unsigned int before = data_segments(self->sock[0]);

	self->req.pieces = (uintptr_t)pieces;
	self->req.nr_pieces = 5;
	ASSERT_EQ(0, submit(self->dev, &self->req));
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(0, self->c.error);
	EXPECT_EQ(before + 1, data_segments(self->sock[0]));
}

/* Every page that went out can be freed afterwards: a transfer with a corked
 * tail, the user's own sendfile(2) behind it, and all of it once more.
 */
TEST_F(tcp, pages_balance)
{
	struct range ranges[] = {
		{ 1, 0, MIB + 77 },
		{ 1, MIB + 77, MIB },
		{ 1, 0, MIB + 77 },
		{ 1, MIB + 77, MIB },
	};
	struct receiver r;
	off_t pos;
	int i;

	receiver_start(&r, self->sock[1], ranges, 4);
	for (i = 0; i < 2; i++) {
		self->piece = file_piece(self->file, 0, MIB + 77);
		ASSERT_EQ(0, submit(self->dev, &self->req));
		ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
		pos = MIB + 77;
		while (pos < (off_t)(2 * MIB + 77))
			ASSERT_LT(0, syscall(SYS_sendfile, self->sock[0],
					     self->file, &pos,
					     2 * MIB + 77 - pos));
	}
	shutdown(self->sock[0], SHUT_WR);
	receiver_join(&r);
	EXPECT_EQ(-1, r.bad);
	EXPECT_EQ(4 * MIB + 154, r.received);
	close(self->sock[0]);
	close(self->sock[1]);
	self->sock[0] = self->sock[1] = -1;
	EXPECT_LT(0, pages_resident(self->file, FILE_LEN));
	EXPECT_TRUE(eventually(({
		stir_network();
		file_make_cold(self->file);
		pages_resident(self->file, FILE_LEN) == 0;
	})));
}

TEST_HARNESS_MAIN
