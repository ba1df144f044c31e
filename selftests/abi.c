// SPDX-License-Identifier: GPL-2.0-only
/* Every size, flag, reserved field, pointer and descriptor: the right errno,
 * and nothing sent or kept.
 */
#include "skiff_ring.h"

#include <sys/epoll.h>
#include <sys/syscall.h>

FIXTURE(abi)
{
	int dev;
	struct io_uring ring;
	bool has_ring;
	int sock[2];
	int file;
	char path[256];
	struct skiff_piece piece;
	struct skiff_request req;
};

FIXTURE_SETUP(abi)
{
	self->dev = open("/dev/skiff", O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, self->dev);
	self->has_ring = ring_possible(self->dev);
	if (self->has_ring)
		ASSERT_EQ(0, io_uring_queue_init(4, &self->ring, 0));
	ASSERT_EQ(0, net_pair(TCP4, self->sock));
	self->file = file_create("/mnt/vblk-ext4", 1, 10000, self->path);
	ASSERT_LE(0, self->file);
	self->piece = file_piece(self->file, 0, 0);
	self->req = request(self->sock[0], &self->piece, 1);
}

/* Whatever a test did, the socket stayed empty and the file can be let go. */
FIXTURE_TEARDOWN(abi)
{
	struct skiff_completion c;
	char byte;

	EXPECT_EQ(-1, read(self->dev, &c, sizeof(c)));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(-1, recv(self->sock[1], &byte, 1, MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	if (self->has_ring)
		io_uring_queue_exit(&self->ring);
	close(self->dev);
	close(self->file);
	close(self->sock[0]);
	close(self->sock[1]);
	/* Not one reference is left: a lease needs to be the only user. */
	self->file = open(self->path, O_RDWR);
	EXPECT_EQ(0, fcntl(self->file, F_SETLEASE, F_WRLCK));
	close(self->file);
	unlink(self->path);
}

static int submit_by_ring(FIXTURE_DATA(abi) * self, int otherwise)
{
	return self->has_ring ?
		       ring_call(&self->ring, self->dev, &self->req) :
		       otherwise;
}

/* All ways in refuse it alike. */
#define EXPECT_REFUSED(err)                                         \
	do {                                                        \
		EXPECT_EQ(-(err), submit(self->dev, &self->req));   \
		EXPECT_EQ(-(err), submit_by_ring(self, -(err)));    \
		EXPECT_EQ(-(err), skiff_call(self->dev, SKIFF_SEND, \
					     &self->req));          \
	} while (0)

TEST_F(abi, info)
{
	struct skiff_info i = { .size = sizeof(i) };

	ASSERT_EQ(0, skiff_call(self->dev, SKIFF_INFO, &i));
	EXPECT_EQ(sizeof(i), i.size);
	EXPECT_EQ(SKIFF_ABI_VERSION, i.out_abi);
	EXPECT_EQ(1 << SKIFF_RUNG_UBUF | 1 << SKIFF_RUNG_SPLICE |
			  1 << SKIFF_RUNG_PIPE | 1 << SKIFF_RUNG_COPY,
		  i.out_rungs);
	EXPECT_EQ(1 << SKIFF_POLICY_KEEP | 1 << SKIFF_POLICY_DROP |
			  1 << SKIFF_POLICY_DIRECT | 1 << SKIFF_POLICY_AUTO,
		  i.out_policies);
	EXPECT_LE(16, i.out_max_pieces);
	EXPECT_LE(256, i.out_max_batch);
	EXPECT_LE(10000, i.out_max_transfers);
	EXPECT_LE(4096, i.out_max_memory);
	EXPECT_LE(1, i.out_deadline_ms);
	EXPECT_GE(SKIFF_DEADLINE_MAX_MS, i.out_deadline_ms);
	EXPECT_EQ(0, i.out_features & ~SKIFF_FEATURE_URING);

	i.flags = 1;
	EXPECT_EQ(-EINVAL, skiff_call(self->dev, SKIFF_INFO, &i));
}

TEST_F(abi, unknown_commands)
{
	__u32 size = 4;

	EXPECT_EQ(-ENOTTY, skiff_call(self->dev,
				      _IOWR(SKIFF_IOCTL_TYPE, 0x06, __u32),
				      &size));
	EXPECT_EQ(-ENOTTY, skiff_call(self->dev,
				      _IOWR(SKIFF_IOCTL_TYPE, 0xff, __u32),
				      &size));
	EXPECT_EQ(-ENOTTY, skiff_call(self->dev,
				      _IO(SKIFF_IOCTL_TYPE, 0x00), &size));
	EXPECT_EQ(-ENOTTY, skiff_call(self->dev, _IOWR('x', 0x00, __u32),
				      &size));
	EXPECT_EQ(-ENOTTY, skiff_call(self->dev, TCGETS, &size));
}

static const struct {
	unsigned long cmd;
	size_t size;
} commands[] = {
	{ SKIFF_INFO, sizeof(struct skiff_info) },
	{ SKIFF_SUBMIT, sizeof(struct skiff_submit) },
	{ SKIFF_WAIT, sizeof(struct skiff_wait) },
	{ SKIFF_CANCEL, sizeof(struct skiff_cancel) },
	{ SKIFF_RECEIPT, sizeof(struct skiff_receipt) },
	{ SKIFF_SEND, sizeof(struct skiff_request) },
};

TEST_F(abi, sizes)
{
	static __u32 arg[4096];
	unsigned int i;

	for (i = 0; i < 6; i++) {
		memset(arg, 0, sizeof(arg));
		arg[0] = 0;
		EXPECT_EQ(-EINVAL, skiff_call(self->dev, commands[i].cmd,
					      arg));
		arg[0] = 7;
		EXPECT_EQ(-EINVAL, skiff_call(self->dev, commands[i].cmd,
					      arg));
		/* Longer than the kernel knows, and not zero there. */
		arg[0] = commands[i].size + 8;
		arg[commands[i].size / 4 + 1] = 1;
		EXPECT_EQ(-E2BIG, skiff_call(self->dev, commands[i].cmd,
					     arg));
	}
	/* Longer and zero there is a newer program that asks nothing new. */
	memset(arg, 0, sizeof(arg));
	arg[0] = sizeof(struct skiff_info) + 64;
	EXPECT_EQ(0, skiff_call(self->dev, SKIFF_INFO, arg));
}

TEST_F(abi, bad_pointers)
{
	struct skiff_submit s = {
		.size = sizeof(s),
		.nr = 1,
		.stride = sizeof(self->req),
	};
	struct skiff_wait w = { .size = sizeof(w), .nr = 1 };
	size_t page = getpagesize();
	char *edge = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int i;

	ASSERT_NE(MAP_FAILED, edge);
	munmap(edge + page, page);
	for (i = 0; i < 6; i++) {
		__u32 *size = (__u32 *)(edge + page - 8);

		EXPECT_EQ(-EFAULT, skiff_call(self->dev, commands[i].cmd,
					      NULL));
		EXPECT_EQ(-EFAULT, skiff_call(self->dev, commands[i].cmd,
					      (void *)8));
		/* It begins well, and ends outside. */
		*size = commands[i].size;
		EXPECT_EQ(-EFAULT, skiff_call(self->dev, commands[i].cmd,
					      size));
	}
	EXPECT_EQ(-EFAULT, skiff_call(self->dev, SKIFF_SUBMIT, &s));
	EXPECT_EQ(0, skiff_call(self->dev, SKIFF_WAIT, &w));
	self->req.pieces = 8;
	EXPECT_REFUSED(EFAULT);

	self->piece = memory_piece((void *)8, 100);
	self->req.pieces = (uintptr_t)&self->piece;
	EXPECT_REFUSED(EFAULT);
	munmap(edge, page);
}

/* A completion that cannot be delivered is not lost. */
TEST_F(abi, completion_survives_efault)
{
	struct skiff_wait w = {
		.size = sizeof(w),
		.min = 1,
		.nr = 1,
		.completions = 8,
		.timeout_ns = SKIFF_WAIT_FOREVER,
	};
	struct skiff_completion c;
	char buf[10000];

	ASSERT_EQ(0, submit(self->dev, &self->req));
	EXPECT_EQ(-EFAULT, skiff_call(self->dev, SKIFF_WAIT, &w));
	EXPECT_EQ(-1, syscall(SYS_read, self->dev, 8, sizeof(c)));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(sizeof(c), read(self->dev, &c, sizeof(c)));
	EXPECT_EQ(self->req.out_id, c.id);
	EXPECT_EQ(10000, recv(self->sock[1], buf, 10000, MSG_WAITALL));
}

/* A request that could not be told its id does not run. */
TEST_F(abi, read_only_request)
{
	size_t page = getpagesize();
	struct skiff_request *r = mmap(NULL, page, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct skiff_submit s = {
		.size = sizeof(s),
		.nr = 1,
		.stride = sizeof(*r),
		.requests = (uintptr_t)r,
	};

	ASSERT_NE(MAP_FAILED, r);
	*r = self->req;
	mprotect(r, page, PROT_READ);
	EXPECT_EQ(-EFAULT, skiff_call(self->dev, SKIFF_SUBMIT, &s));
	if (self->has_ring)
		EXPECT_EQ(-EFAULT, ring_call(&self->ring, self->dev, r));
	munmap(r, page);
}

TEST_F(abi, request_fields)
{
	struct skiff_request good = self->req;
	struct skiff_piece pieces[65];
	unsigned int bit, i;

#define BAD(field, value, err)           \
	do {                             \
		self->req = good;        \
		self->req.field = value; \
		EXPECT_REFUSED(err);     \
	} while (0)

	for (bit = 5; bit < 32; bit++)
		BAD(flags, 1U << bit, EINVAL);
	BAD(policy, SKIFF_POLICY_AUTO + 1, EINVAL);
	BAD(policy, ~0U, EINVAL);
	BAD(rung, SKIFF_RUNG_COPY + 1, EINVAL);
	BAD(rung, ~0U, EINVAL);
	BAD(nr_pieces, 0, EINVAL);
	BAD(nr_pieces, 65, EINVAL);
	BAD(nr_pieces, ~0U, EINVAL);
	BAD(deadline_ms, SKIFF_DEADLINE_MAX_MS + 1, EINVAL);
	BAD(size, 4, EINVAL);

	/* A bad piece behind good ones: nothing of them is sent. */
	for (i = 0; i < 64; i++)
		pieces[i] = self->piece;
	pieces[63].fd = -1;
	self->req = good;
	self->req.pieces = (uintptr_t)pieces;
	self->req.nr_pieces = 64;
	EXPECT_REFUSED(EBADF);

	self->req = good;
	self->req.rung = SKIFF_RUNG_COPY;
	self->req.flags = SKIFF_REQUEST_ZEROCOPY;
	EXPECT_REFUSED(EOPNOTSUPP);
}

TEST_F(abi, piece_fields)
{
	char byte = 0;

#define BAD_PIECE(err, ...)                                        \
	do {                                                       \
		self->piece = (struct skiff_piece){ __VA_ARGS__ }; \
		EXPECT_REFUSED(err);                               \
	} while (0)

	BAD_PIECE(EINVAL, .kind = 2, .fd = self->file);
	BAD_PIECE(EINVAL, .kind = ~0U, .fd = self->file);
	BAD_PIECE(EINVAL, .fd = self->file, .offset = 1ULL << 63);
	BAD_PIECE(EINVAL, .fd = self->file, .offset = -1ULL);
	BAD_PIECE(EINVAL, .fd = self->file, .length = 1ULL << 63);
	BAD_PIECE(EINVAL, .fd = self->file, .offset = 1ULL << 62,
		  .length = 1ULL << 62);
	BAD_PIECE(EINVAL, .fd = self->file, .offset = 1,
		  .length = -1ULL);
	BAD_PIECE(EINVAL, .kind = SKIFF_PIECE_MEMORY, .fd = 1,
		  .offset = (uintptr_t)&byte, .length = 1);
	BAD_PIECE(EINVAL, .kind = SKIFF_PIECE_MEMORY,
		  .offset = (uintptr_t)&byte, .length = 64 * KIB + 1);
	BAD_PIECE(EINVAL, .kind = SKIFF_PIECE_MEMORY,
		  .offset = (uintptr_t)&byte, .length = -1ULL);
}

TEST_F(abi, sum_of_memory_pieces)
{
	static char memory[40 * KIB];
	struct skiff_piece pieces[] = {
		memory_piece(memory, sizeof(memory)),
		memory_piece(memory, sizeof(memory)),
	};

	self->req.pieces = (uintptr_t)pieces;
	self->req.nr_pieces = 2;
	EXPECT_REFUSED(EINVAL);
}

static int refused_file(FIXTURE_DATA(abi) * self, int fd)
{
	int one, two, three;

	if (fd < 0)
		return errno == ENOSYS ? -ENOSYS : 1;
	self->piece = file_piece(fd, 0, 0);
	one = submit(self->dev, &self->req);
	two = skiff_call(self->dev, SKIFF_SEND, &self->req);
	three = submit_by_ring(self, two);
	close(fd);
	return one == two && two == three ? one : 1;
}

TEST_F(abi, file_descriptors)
{
	int pipes[2], err;

	EXPECT_EQ(1, refused_file(self, -1));
	self->piece = file_piece(-1, 0, 0);
	EXPECT_REFUSED(EBADF);
	self->piece = file_piece(1 << 20, 0, 0);
	EXPECT_REFUSED(EBADF);

	EXPECT_EQ(-EBADF, refused_file(self, open(self->path, O_WRONLY)));
	EXPECT_EQ(-EBADF, refused_file(self, open(self->path, O_PATH)));
	EXPECT_EQ(-EISDIR, refused_file(self, open("/mnt", O_RDONLY)));
	EXPECT_EQ(-ESPIPE, refused_file(self, open("/dev/zero", O_RDONLY)));
	EXPECT_EQ(-ESPIPE, refused_file(self, dup(self->sock[0])));
	EXPECT_EQ(-ESPIPE, refused_file(self, dup(self->dev)));
	ASSERT_EQ(0, pipe(pipes));
	EXPECT_EQ(-ESPIPE, refused_file(self, pipes[0]));
	EXPECT_EQ(-EBADF, refused_file(self, pipes[1]));
	/* The inode of an epoll descriptor is of no type at all. */
	EXPECT_EQ(-ESPIPE, refused_file(self, epoll_create1(0)));

	/* Memory that the kernel itself must not read. */
	err = refused_file(self, syscall(SYS_memfd_secret, 0));
	if (err == -ENOSYS)
		SKIP(return, "no memfd_secret in this kernel");
	EXPECT_EQ(-ESPIPE, err);
}

static int refused_socket(FIXTURE_DATA(abi) * self, int fd)
{
	int one, two, three;

	if (fd < 0)
		return 1;
	self->req.socket = fd;
	one = submit(self->dev, &self->req);
	two = skiff_call(self->dev, SKIFF_SEND, &self->req);
	three = submit_by_ring(self, two);
	close(fd);
	return one == two && two == three ? one : 1;
}

TEST_F(abi, socket_descriptors)
{
	int listening, pair[2];
	struct sockaddr_storage a;
	socklen_t len;

	self->req.socket = -1;
	EXPECT_REFUSED(EBADF);
	EXPECT_EQ(-ENOTSOCK, refused_socket(self, dup(self->file)));
	EXPECT_EQ(-ENOTSOCK, refused_socket(self, dup(self->dev)));
	EXPECT_EQ(-EBADF, refused_socket(self, open("/", O_PATH)));
	EXPECT_EQ(-ESOCKTNOSUPPORT, refused_socket(self,
						   socket(AF_INET, SOCK_DGRAM, 0)));
	EXPECT_EQ(-ESOCKTNOSUPPORT, refused_socket(self,
						   socket(AF_INET6, SOCK_DGRAM, 0)));
	EXPECT_EQ(-ESOCKTNOSUPPORT, refused_socket(self,
						   socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)));
	EXPECT_EQ(-ESOCKTNOSUPPORT, refused_socket(self,
						   socket(AF_UNIX, SOCK_DGRAM, 0)));
	EXPECT_EQ(-ESOCKTNOSUPPORT, refused_socket(self,
						   socket(AF_NETLINK, SOCK_RAW, 0)));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
	EXPECT_EQ(-ESOCKTNOSUPPORT, refused_socket(self, pair[0]));
	close(pair[1]);

	EXPECT_EQ(-ENOTCONN, refused_socket(self,
					    socket(AF_INET, SOCK_STREAM, 0)));
	EXPECT_EQ(-ENOTCONN, refused_socket(self,
					    socket(AF_UNIX, SOCK_STREAM, 0)));
	listening = net_listen(TCP4, &a, &len);
	EXPECT_EQ(-ENOTCONN, refused_socket(self, listening));
}

/* A probe finds what a request would, and sends nothing. */
TEST_F(abi, probe)
{
	struct skiff_receipt r;

	self->req.flags = SKIFF_REQUEST_PROBE;
	EXPECT_EQ(0, submit(self->dev, &self->req));
	EXPECT_EQ(0, self->req.out_id);
	EXPECT_EQ(SKIFF_RUNG_SPLICE, self->req.out_rung);
	EXPECT_EQ(SKIFF_REASON_LOCAL, self->req.out_reason);
	EXPECT_EQ(0, skiff_call(self->dev, SKIFF_SEND, &self->req));
	EXPECT_EQ(0, self->req.out_queued);
	EXPECT_EQ(SKIFF_RUNG_SPLICE, self->req.out_rung);
	EXPECT_EQ(-ENOENT, get_receipt(self->dev, 0, &r));

	/* A hint: any will do. */
	self->req.readahead_kb = ~0U;
	EXPECT_EQ(0, submit(self->dev, &self->req));

	self->req.socket = self->file;
	EXPECT_REFUSED(ENOTSOCK);
}

TEST_F(abi, submit_fields)
{
	struct skiff_submit good = {
		.size = sizeof(good),
		.nr = 1,
		.stride = sizeof(self->req),
		.requests = (uintptr_t)&self->req,
	};
	struct skiff_submit s;

#define BAD_SUBMIT(field, value)                                             \
	do {                                                                 \
		s = good;                                                    \
		s.field = value;                                             \
		EXPECT_EQ(-EINVAL, skiff_call(self->dev, SKIFF_SUBMIT, &s)); \
	} while (0)

	BAD_SUBMIT(flags, 1);
	BAD_SUBMIT(reserved, 1);
	BAD_SUBMIT(nr, 0);
	BAD_SUBMIT(nr, 1025);
	BAD_SUBMIT(stride, 0);
	BAD_SUBMIT(stride, sizeof(self->req) - 8);
	BAD_SUBMIT(stride, sizeof(self->req) + 4);
	BAD_SUBMIT(stride, 1 << 20);
	/* A request longer than the stride; how many came before is told. */
	self->req.size += 8;
	good.out_accepted = 99;
	EXPECT_EQ(-EINVAL, skiff_call(self->dev, SKIFF_SUBMIT, &good));
	EXPECT_EQ(0, good.out_accepted);
}

/* Each request of a batch has its own result. */
TEST_F(abi, batch_of_good_and_bad)
{
	struct skiff_request reqs[3] = { self->req, self->req, self->req };
	struct skiff_submit s = {
		.size = sizeof(s),
		.nr = 3,
		.stride = sizeof(reqs[0]),
		.requests = (uintptr_t)reqs,
	};
	struct skiff_completion c[3];
	struct skiff_wait w = {
		.size = sizeof(w),
		.min = 2,
		.nr = 3,
		.completions = (uintptr_t)c,
		.timeout_ns = SKIFF_WAIT_FOREVER,
	};
	char buf[20000];

	reqs[1].policy = 99;
	ASSERT_EQ(0, skiff_call(self->dev, SKIFF_SUBMIT, &s));
	EXPECT_EQ(2, s.out_accepted);
	EXPECT_EQ(0, reqs[0].out_error);
	EXPECT_EQ(-EINVAL, reqs[1].out_error);
	EXPECT_EQ(0, reqs[1].out_id);
	EXPECT_EQ(0, reqs[2].out_error);
	EXPECT_LT(reqs[0].out_id, reqs[2].out_id);
	EXPECT_EQ(20000, recv(self->sock[1], buf, 20000, MSG_WAITALL));
	ASSERT_EQ(0, skiff_call(self->dev, SKIFF_WAIT, &w));
	EXPECT_EQ(2, w.out_nr);
}

/* What only the ring's way of handing it in can have wrong. */
TEST_F(abi, uring_fields)
{
	struct skiff_cancel c = { .size = sizeof(c), .flags = 2 };
	struct io_uring_sqe *sqe;
	struct io_uring_cqe cqe;

#define BAD_COMMAND(err, command, argument)                             \
	do {                                                            \
		sqe = io_uring_get_sqe(&self->ring);                    \
		skiff_prep_command(sqe, self->dev, command, argument);  \
		ASSERT_EQ(1, io_uring_submit(&self->ring));             \
		ASSERT_TRUE(ring_take(&self->ring, &cqe, PATIENCE_MS)); \
		EXPECT_EQ(-(err), cqe.res);                             \
	} while (0)

	if (!self->has_ring)
		SKIP(return, "no io_uring");
	BAD_COMMAND(ENOTTY, 0, &self->req);
	BAD_COMMAND(ENOTTY, SKIFF_SEND, &self->req);
	BAD_COMMAND(EFAULT, SKIFF_URING_SEND, (void *)8);
	BAD_COMMAND(EFAULT, SKIFF_URING_CANCEL, NULL);
	BAD_COMMAND(EINVAL, SKIFF_URING_CANCEL, &c);
	sqe = ring_send(&self->ring, self->dev, &self->req, 1);
	sqe->__pad2[0] = 1; /* reserved */
	ASSERT_EQ(1, io_uring_submit(&self->ring));
	ASSERT_TRUE(ring_take(&self->ring, &cqe, PATIENCE_MS));
	EXPECT_EQ(-EINVAL, cqe.res);

	EXPECT_EQ(-ENOTTY, skiff_call(self->dev, SKIFF_URING_SEND, &c));
	/* A ring that polls for ends: there is nothing that could be polled. */
	io_uring_queue_exit(&self->ring);
	ASSERT_EQ(0, io_uring_queue_init(4, &self->ring, IORING_SETUP_IOPOLL));
	ring_send(&self->ring, self->dev, &self->req, 1);
	ASSERT_EQ(1, io_uring_submit(&self->ring));
	ASSERT_TRUE(ring_take(&self->ring, &cqe, PATIENCE_MS));
	EXPECT_EQ(-EOPNOTSUPP, cqe.res);
}

TEST_F(abi, wait_cancel_receipt_fields)
{
	struct skiff_completion done[2];
	struct skiff_wait w;
	struct skiff_cancel c;
	struct skiff_receipt r;

#define BAD_WAIT(...)                                                      \
	do {                                                               \
		w = (struct skiff_wait){ .size = sizeof(w),                \
					 .completions = (uintptr_t)done,   \
					 __VA_ARGS__ };                    \
		EXPECT_EQ(-EINVAL, skiff_call(self->dev, SKIFF_WAIT, &w)); \
	} while (0)

	BAD_WAIT(.nr = 0);
	BAD_WAIT(.nr = 1, .min = 2);
	BAD_WAIT(.nr = 1, .flags = 1);
	BAD_WAIT(.nr = 1, .reserved = 1);
	BAD_WAIT(.nr = ~0U);

	w = (struct skiff_wait){ .size = sizeof(w), .nr = 2, .min = 1, .completions = (uintptr_t)done, .timeout_ns = 1000 };
	EXPECT_EQ(0, skiff_call(self->dev, SKIFF_WAIT, &w));
	EXPECT_EQ(0, w.out_nr);

	c = (struct skiff_cancel){ .size = sizeof(c), .flags = 2 };
	EXPECT_EQ(-EINVAL, skiff_call(self->dev, SKIFF_CANCEL, &c));
	c = (struct skiff_cancel){ .size = sizeof(c), .reserved = 2 };
	EXPECT_EQ(-EINVAL, skiff_call(self->dev, SKIFF_CANCEL, &c));
	c = (struct skiff_cancel){ .size = sizeof(c), .id = 1, .flags = SKIFF_CANCEL_ALL };
	EXPECT_EQ(-EINVAL, skiff_call(self->dev, SKIFF_CANCEL, &c));
	EXPECT_EQ(-ENOENT, cancel(self->dev, 0));
	EXPECT_EQ(-ENOENT, cancel(self->dev, 1ULL << 60));
	c = (struct skiff_cancel){ .size = sizeof(c),
				   .flags = SKIFF_CANCEL_ALL };
	EXPECT_EQ(0, skiff_call(self->dev, SKIFF_CANCEL, &c));
	EXPECT_EQ(0, c.out_nr);

	EXPECT_EQ(-ENOENT, get_receipt(self->dev, 1ULL << 60, &r));
	r = (struct skiff_receipt){ .size = sizeof(r), .flags = 1 };
	EXPECT_EQ(-EINVAL, skiff_call(self->dev, SKIFF_RECEIPT, &r));
}

/* A receipt is its context's own business; a short one is cut. */
TEST_F(abi, receipt_of_another)
{
	int other = open("/dev/skiff", O_RDWR);
	struct skiff_completion c;
	struct skiff_receipt r;
	char buf[10000];

	ASSERT_LE(0, other);
	ASSERT_EQ(0, submit(self->dev, &self->req));
	ASSERT_EQ(1, take(self->dev, &c, PATIENCE_MS));
	EXPECT_EQ(-ENOENT, get_receipt(other, c.id, &r));
	EXPECT_EQ(-ENOENT, cancel(other, c.id));
	EXPECT_EQ(0, get_receipt(self->dev, c.id, &r));
	EXPECT_EQ(10000, r.bytes_queued);

	memset(&r, 0xee, sizeof(r));
	r.size = offsetof(struct skiff_receipt, state);
	r.flags = 0;
	r.id = c.id;
	EXPECT_EQ(0, skiff_call(self->dev, SKIFF_RECEIPT, &r));
	EXPECT_EQ(0, r.cookie);
	EXPECT_EQ(0xeeeeeeee, r.state);
	EXPECT_EQ(offsetof(struct skiff_receipt, state), r.size);
	close(other);
	EXPECT_EQ(10000, recv(self->sock[1], buf, 10000, MSG_WAITALL));
}

TEST_F(abi, read_and_poll)
{
	struct pollfd p = { .fd = self->dev, .events = POLLIN };
	struct skiff_completion c[2];
	char buf[20000];

	EXPECT_EQ(-1, read(self->dev, c, sizeof(c[0]) - 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, write(self->dev, c, sizeof(c)));
	EXPECT_EQ(0, poll(&p, 1, 0));

	ASSERT_EQ(0, submit(self->dev, &self->req));
	ASSERT_EQ(0, submit(self->dev, &self->req));
	EXPECT_EQ(20000, recv(self->sock[1], buf, 20000, MSG_WAITALL));
	EXPECT_EQ(1, poll(&p, 1, PATIENCE_MS));
	EXPECT_EQ(POLLIN, p.revents);
	/* Room for one and a half: one. */
	EXPECT_TRUE(eventually(read(self->dev, c, sizeof(c[0]) * 3 / 2) ==
			       sizeof(c[0])));
	EXPECT_TRUE(eventually(read(self->dev, c + 1, sizeof(c[0])) ==
			       sizeof(c[0])));
	EXPECT_NE(c[0].id, c[1].id);
	EXPECT_EQ(0, poll(&p, 1, 0));
}

TEST_HARNESS_MAIN
