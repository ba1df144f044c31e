/* SPDX-License-Identifier: GPL-2.0-only */
/* A connection with a transfer on it, and which pages of a file are cached. */
#ifndef SKIFF_POLICY_TEST_H
#define SKIFF_POLICY_TEST_H

#include "card.h"
#include "knobs.h"
#include "pages.h"

#include <time.h>

#define PAGE 4096ULL
#define PAGES(len) (((len) + PAGE - 1) / PAGE)

/* The other end of the card that gathers (e1000e). */
#define CARD "10.77.2.2"

struct link {
	int dev;
	int sock[2];
	struct receiver receiver;
	struct skiff_completion c;
	struct skiff_receipt r;
};

/* @far: address of a card's other end, or NULL: loopback. No read of what does
 * not come lasts for ever.
 */
static inline int link_open(struct link *l, const char *far)
{
	struct timeval patience = { .tv_sec = PATIENCE_MS / 1000 };

	if ((far ? card_pair(far, l->sock) : net_pair(TCP4, l->sock)) ||
	    setsockopt(l->sock[1], SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)))
		return -1;
	l->dev = open("/dev/skiff", O_RDWR);
	return l->dev < 0 ? -1 : 0;
}

static inline void link_close(struct link *l)
{
	close(l->dev);
	close(l->sock[0]);
	close(l->sock[1]);
}

/* The sender's buffer has room for all of @len, the receiver's has not. */
static inline int link_hold(struct link *l, size_t len)
{
	int large = 4 * len, small = 64 * KIB;

	return setsockopt(l->sock[0], SOL_SOCKET, SO_SNDBUFFORCE, &large,
			  sizeof(large)) ?
		       :
		       setsockopt(l->sock[1], SOL_SOCKET, SO_RCVBUFFORCE,
				  &small, sizeof(small));
}

/* Little room at both ends: a transfer of some MiB stalls. */
static inline int link_narrow(struct link *l)
{
	int size = 64 * KIB;

	return setsockopt(l->sock[0], SOL_SOCKET, SO_SNDBUF, &size,
			  sizeof(size)) ?
		       :
		       setsockopt(l->sock[1], SOL_SOCKET, SO_RCVBUF, &size,
				  sizeof(size));
}

/* The completion and the receipt of the transfer that ends next. */
static inline bool link_ended(struct link *l)
{
	return take(l->dev, &l->c, PATIENCE_MS) == 1 &&
	       !get_receipt(l->dev, l->c.id, &l->r);
}

/* No more is sent: whether exactly @bytes of what was expected have come. */
static inline bool link_arrived(struct link *l, uint64_t bytes)
{
	shutdown(l->sock[0], SHUT_WR);
	receiver_join(&l->receiver);
	if (l->receiver.error || l->receiver.bad >= 0)
		printf("# received %llu, bad at %lld, errno %d\n",
		       (unsigned long long)l->receiver.received,
		       (long long)l->receiver.bad, l->receiver.error);
	return !l->receiver.error && l->receiver.bad < 0 &&
	       l->receiver.received == bytes;
}

/* Which of the first @nr pages are there: a byte for each, 0 or 1. */
static inline void residency(int fd, size_t nr, unsigned char *vec)
{
	void *p = mmap(NULL, nr * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	size_t i;

	if (p == MAP_FAILED || mincore(p, nr * PAGE, vec))
		memset(vec, 0xff, nr); /* as no file is */
	for (i = 0; i < nr; i++)
		vec[i] &= 1;
	if (p != MAP_FAILED)
		munmap(p, nr * PAGE);
}

static inline size_t nr_resident(int fd, size_t nr)
{
	unsigned char vec[nr];
	size_t i, n = 0;

	residency(fd, nr, vec);
	for (i = 0; i < nr; i++)
		n += vec[i];
	return n;
}

/* Read every @step-th page of @fd's first @nr, and no other beside it. */
static inline void make_resident(const char *path, size_t nr, size_t step)
{
	int fd = open(path, O_RDONLY);
	char byte;
	size_t i;

	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	for (i = 0; i < nr; i += step)
		(void)!pread(fd, &byte, 1, i * PAGE);
	close(fd);
}

static inline uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

/* Pages go soon after the network is done with them, or never. */
#define SETTLE_MS 10000

/* Wait until @cond, while other packets push those along that were freed. */
#define settles(cond) ({                              \
	uint64_t until_ = now_ms() + SETTLE_MS;       \
	bool met_;                                    \
                                                      \
	while (!(met_ = (cond)) && now_ms() < until_) \
		stir_network();                       \
	met_;                                         \
})

#endif
