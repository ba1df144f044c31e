/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests share: files whose every byte tells its position, connected
 * sockets, a receiver that checks what arrives, and the ioctls.
 */
#ifndef SKIFF_TEST_H
#define SKIFF_TEST_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/skiff.h>

#include "kselftest_harness.h"

/* A kernel that looks for mistakes, emulated, on a machine with other work. */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 300

#define KIB 1024ULL
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

/* Byte @pos of the file @seed. Words of 8 bytes, so that no shift of the
 * content by less than 2^64 bytes goes unseen.
 */
static inline uint64_t pattern_word(uint64_t seed, uint64_t index)
{
	uint64_t x = (index + 1) * 0x9e3779b97f4a7c15ULL ^
		     seed * 0xd1342543de82ef95ULL;

	x ^= x >> 32;
	x *= 0xff51afd7ed558ccdULL;
	return x ^ x >> 29;
}

static inline void pattern_fill(uint64_t seed, uint64_t pos, void *buf,
				size_t len)
{
	unsigned char *p = buf;

	while (len) {
		uint64_t word = pattern_word(seed, pos / 8);
		size_t skip = pos % 8;
		size_t n = 8 - skip < len ? 8 - skip : len;

		memcpy(p, (unsigned char *)&word + skip, n);
		p += n;
		pos += n;
		len -= n;
	}
}

/* Position of the first byte that is wrong, or -1. */
static inline int64_t pattern_check(uint64_t seed, uint64_t pos,
				    const void *buf, size_t len)
{
	const unsigned char *p = buf;
	unsigned char want[8192];
	size_t done, n;

	for (done = 0; done < len; done += n) {
		n = len - done < sizeof(want) ? len - done : sizeof(want);
		pattern_fill(seed, pos + done, want, n);
		if (memcmp(want, p + done, n)) {
			while (*want == p[done])
				pattern_fill(seed, pos + ++done, want, 1);
			return pos + done;
		}
	}
	return -1;
}

/* A file of @len pattern bytes; returns a descriptor, unlinked if !@keep. */
static inline int file_create(const char *dir, uint64_t seed, uint64_t len,
			      char *path)
{
	static char buf[64 * KIB];
	uint64_t pos;
	int fd;

	sprintf(path, "%s/skiff-test-XXXXXX", dir);
	fd = mkstemp(path);
	if (fd < 0)
		return -1;
	for (pos = 0; pos < len; pos += sizeof(buf)) {
		size_t n = len - pos < sizeof(buf) ? len - pos : sizeof(buf);

		pattern_fill(seed, pos, buf, n);
		if (write(fd, buf, n) != (ssize_t)n) {
			close(fd);
			unlink(path);
			return -1;
		}
	}
	return fd;
}

/* Nothing of it in the page cache any more, as far as the kernel obeys. */
static inline void file_make_cold(int fd)
{
	fsync(fd);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
}

enum net { TCP4,
	   TCP6,
	   UNIX };

static inline socklen_t net_loopback(enum net net, struct sockaddr_storage *a)
{
	struct sockaddr_in6 *in6 = (void *)a;
	struct sockaddr_in *in = (void *)a;

	memset(a, 0, sizeof(*a));
	if (net == TCP6) {
		in6->sin6_family = AF_INET6;
		in6->sin6_addr = in6addr_loopback;
		return sizeof(*in6);
	}
	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return sizeof(*in);
}

static inline int net_listen(enum net net, struct sockaddr_storage *a,
			     socklen_t *len)
{
	int fd;

	*len = net_loopback(net, a);
	fd = socket(a->ss_family, SOCK_STREAM, 0);
	if (fd < 0)
		return -1;
	if (bind(fd, (void *)a, *len) || listen(fd, 16) ||
	    getsockname(fd, (void *)a, len)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Connected stream sockets: pair[0] sends, pair[1] receives. */
static inline int net_pair(enum net net, int pair[2])
{
	struct sockaddr_storage a;
	socklen_t len;
	int l;

	if (net == UNIX)
		return socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	l = net_listen(net, &a, &len);
	if (l < 0)
		return -1;
	pair[0] = socket(a.ss_family, SOCK_STREAM, 0);
	if (connect(pair[0], (void *)&a, len))
		return -1;
	pair[1] = accept(l, NULL, NULL);
	close(l);
	return pair[1] < 0 ? -1 : 0;
}

/* The same with little room on the way: some MiB stall. */
static inline int net_small_pair(enum net net, int pair[2])
{
	int size = 128 * KIB;

	if (net_pair(net, pair) ||
	    setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)))
		return -1;
	return setsockopt(pair[1], SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

/* Bytes that a receiver is to see: a range of a pattern file. */
struct range {
	uint64_t seed;
	uint64_t pos;
	uint64_t len;
};

/* Reads @fd to its end in a thread, and checks that it gives @ranges. */
struct receiver {
	int fd;
	const struct range *ranges;
	unsigned int nr;
	uint64_t received;
	int64_t bad; /* index in the stream of a wrong byte, or -1 */
	int error;   /* errno of recv */
	pthread_t thread;
};

static inline void receiver_check(struct receiver *r, const char *buf,
				  size_t len)
{
	uint64_t start = 0;
	unsigned int i;

	for (i = 0; len && i < r->nr; start += r->ranges[i++].len) {
		uint64_t skip = r->received - start;
		size_t n;

		if (skip >= r->ranges[i].len)
			continue;
		n = r->ranges[i].len - skip < len ? r->ranges[i].len - skip :
						    len;
		if (r->bad < 0 &&
		    pattern_check(r->ranges[i].seed, r->ranges[i].pos + skip,
				  buf, n) >= 0)
			r->bad = r->received;
		r->received += n;
		buf += n;
		len -= n;
	}
	if (len && r->bad < 0)
		r->bad = r->received; /* more than expected */
	r->received += len;
}

static inline void *receiver_run(void *arg)
{
	struct receiver *r = arg;
	static __thread char buf[256 * KIB];
	ssize_t n;

	/* With a limit in time a signal is not ignored, whoever it is for. */
	while ((n = recv(r->fd, buf, sizeof(buf), 0)) > 0 ||
	       (n < 0 && errno == EINTR))
		if (n > 0)
			receiver_check(r, buf, n);
	r->error = n < 0 ? errno : 0;
	return NULL;
}

static inline void receiver_start(struct receiver *r, int fd,
				  const struct range *ranges, unsigned int nr)
{
	*r = (struct receiver){
		.fd = fd,
		.ranges = ranges,
		.nr = nr,
		.bad = -1,
	};
	pthread_create(&r->thread, NULL, receiver_run, r);
}

static inline void receiver_join(struct receiver *r)
{
	pthread_join(r->thread, NULL);
}

/* ioctls: 0, or a negative errno. */

static inline int skiff_call(int fd, unsigned long cmd, void *arg)
{
	return ioctl(fd, cmd, arg) ? -errno : 0;
}

static inline struct skiff_piece file_piece(int fd, uint64_t pos, uint64_t len)
{
	return (struct skiff_piece){
		.kind = SKIFF_PIECE_FILE,
		.fd = fd,
		.offset = pos,
		.length = len,
	};
}

static inline struct skiff_piece memory_piece(const void *p, uint64_t len)
{
	return (struct skiff_piece){
		.kind = SKIFF_PIECE_MEMORY,
		.offset = (uintptr_t)p,
		.length = len,
	};
}

static inline struct skiff_request request(int sock,
					   const struct skiff_piece *pieces,
					   unsigned int nr)
{
	return (struct skiff_request){
		.size = sizeof(struct skiff_request),
		.socket = sock,
		.nr_pieces = nr,
		.pieces = (uintptr_t)pieces,
	};
}

/* Submit one: 0 if accepted. */
static inline int submit(int fd, struct skiff_request *req)
{
	struct skiff_submit s = {
		.size = sizeof(s),
		.nr = 1,
		.stride = sizeof(*req),
		.requests = (uintptr_t)req,
	};
	int err = skiff_call(fd, SKIFF_SUBMIT, &s);

	return err ?: req->out_error;
}

/* Take one completion, waiting up to @ms. 1, 0 if none came, or an errno. */
static inline int take(int fd, struct skiff_completion *c, unsigned int ms)
{
	struct skiff_wait w = {
		.size = sizeof(w),
		.min = 1,
		.nr = 1,
		.completions = (uintptr_t)c,
		.timeout_ns = ms * 1000000ULL,
	};
	int err = skiff_call(fd, SKIFF_WAIT, &w);

	return err ?: (int)w.out_nr;
}

static inline int cancel(int fd, uint64_t id)
{
	struct skiff_cancel c = { .size = sizeof(c), .id = id };

	return skiff_call(fd, SKIFF_CANCEL, &c);
}

static inline int get_receipt(int fd, uint64_t id, struct skiff_receipt *r)
{
	*r = (struct skiff_receipt){ .size = sizeof(*r), .id = id };
	return skiff_call(fd, SKIFF_RECEIPT, r);
}

/* Whether the sums that a receipt at rest promises hold. */
static inline bool receipt_balances(const struct skiff_receipt *r)
{
	return r->bytes_by_ref + r->bytes_copied == r->bytes_queued &&
	       r->ref_ubuf + r->ref_splice == r->bytes_by_ref &&
	       r->copied_memory + r->copied_no_page_cache +
			       r->copied_socket + r->copied_no_sg ==
		       r->bytes_copied &&
	       r->bytes_released <= r->bytes_queued;
}

/* A number from a file in sysfs, or -1. */
static inline long read_number(const char *path)
{
	FILE *f = fopen(path, "r");
	long n = -1;

	if (f) {
		if (fscanf(f, "%ld", &n) != 1)
			n = -1;
		fclose(f);
	}
	return n;
}

/* Module references: open devices, transfers, fills and flights. */
static inline long module_refs(void)
{
	return read_number("/sys/module/skiff/refcnt");
}

/* Long enough for the slowest machine; nothing waits so long that works. */
#define PATIENCE_MS 60000

/* Wait until @cond, looking again every millisecond. */
#define eventually(cond) ({        \
	int left_ = PATIENCE_MS;   \
                                   \
	while (!(cond) && left_--) \
		usleep(1000);      \
	left_ >= 0;                \
})

#endif
