/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file system whose server is this process: it answers everything but reads,
 * until it is told to. Pattern files 1 to FUSE_FILES, the seed of each its
 * number, are called "1" and so on.
 */
#ifndef SKIFF_FUSE_H
#define SKIFF_FUSE_H

#include <linux/fuse.h>
#include <sys/mount.h>
#include <sys/uio.h>

#include "skiff_test.h"

#define FUSE_FILES 8
#define FUSE_FILE_LEN (256 * KIB)
#define FUSE_READ_MAX (128 * KIB)
#define FUSE_NODE(number) (FUSE_ROOT_ID + (number))

struct fuse_held {
	uint64_t unique;
	uint64_t node;
	uint64_t pos;
	uint32_t len;
};

struct fuse_server {
	char dir[64];
	int fd;
	uint32_t flags; /* FUSE_ASYNC_READ, or who reads cannot be killed */
	pthread_t thread;
	pthread_mutex_t lock; /* what is below */
	bool answers_reads;
	struct fuse_held held[256];
	unsigned int nr_held;
	unsigned int reads[FUSE_FILES + 1];    /* that came */
	unsigned int releases[FUSE_FILES + 1]; /* last closes */
};

static inline void fuse_reply(struct fuse_server *s, uint64_t unique, int error,
			      const void *body, size_t len)
{
	struct fuse_out_header out = {
		.len = sizeof(out) + len,
		.error = error,
		.unique = unique,
	};
	struct iovec iov[] = {
		{ &out, sizeof(out) },
		{ (void *)body, len },
	};

	/* Who asked may be gone. */
	(void)!writev(s->fd, iov, 2);
}

static inline void fuse_answer_read(struct fuse_server *s,
				    const struct fuse_held *r)
{
	static __thread char buf[FUSE_READ_MAX];
	uint64_t left = r->pos < FUSE_FILE_LEN ? FUSE_FILE_LEN - r->pos : 0;
	size_t n = r->len < left ? r->len : left;

	pattern_fill(r->node - FUSE_ROOT_ID, r->pos, buf, n);
	fuse_reply(s, r->unique, 0, buf, n);
}

static inline struct fuse_attr fuse_attr_of(uint64_t node)
{
	return (struct fuse_attr){
		.ino = node,
		.nlink = 1,
		.size = node == FUSE_ROOT_ID ? 0 : FUSE_FILE_LEN,
		.mode = node == FUSE_ROOT_ID ? S_IFDIR | 0755 : S_IFREG | 0644,
	};
}

static inline void fuse_on_init(struct fuse_server *s,
				const struct fuse_in_header *in,
				const struct fuse_init_in *arg)
{
	struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = arg->max_readahead,
		.flags = s->flags,
		.max_background = 64,
		.max_write = FUSE_READ_MAX,
	};

	fuse_reply(s, in->unique, 0, &out, sizeof(out));
}

static inline void fuse_on_lookup(struct fuse_server *s,
				  const struct fuse_in_header *in,
				  const char *name)
{
	uint64_t node = FUSE_NODE(atoi(name));
	struct fuse_entry_out out = {
		.nodeid = node,
		.entry_valid = 3600,
		.attr_valid = 3600,
		.attr = fuse_attr_of(node),
	};

	if (node == FUSE_ROOT_ID)
		fuse_reply(s, in->unique, -ENOENT, NULL, 0);
	else
		fuse_reply(s, in->unique, 0, &out, sizeof(out));
}

static inline void fuse_on_getattr(struct fuse_server *s,
				   const struct fuse_in_header *in)
{
	struct fuse_attr_out out = {
		.attr_valid = 3600,
		.attr = fuse_attr_of(in->nodeid),
	};

	fuse_reply(s, in->unique, 0, &out, sizeof(out));
}

static inline void fuse_on_read(struct fuse_server *s,
				const struct fuse_in_header *in,
				const struct fuse_read_in *arg)
{
	struct fuse_held r = { in->unique, in->nodeid, arg->offset, arg->size };

	pthread_mutex_lock(&s->lock);
	s->reads[in->nodeid - FUSE_ROOT_ID]++;
	if (s->answers_reads)
		fuse_answer_read(s, &r);
	else
		s->held[s->nr_held++] = r;
	pthread_mutex_unlock(&s->lock);
}

static inline void fuse_on_release(struct fuse_server *s,
				   const struct fuse_in_header *in)
{
	pthread_mutex_lock(&s->lock);
	s->releases[in->nodeid - FUSE_ROOT_ID]++;
	pthread_mutex_unlock(&s->lock);
	fuse_reply(s, in->unique, 0, NULL, 0);
}

static inline void fuse_on_request(struct fuse_server *s,
				   const struct fuse_in_header *in)
{
	struct fuse_open_out open = { .open_flags = FOPEN_KEEP_CACHE };

	switch (in->opcode) {
	case FUSE_INIT:
		return fuse_on_init(s, in, (void *)(in + 1));
	case FUSE_LOOKUP:
		return fuse_on_lookup(s, in, (void *)(in + 1));
	case FUSE_GETATTR:
		return fuse_on_getattr(s, in);
	case FUSE_OPEN:
		return fuse_reply(s, in->unique, 0, &open, sizeof(open));
	case FUSE_READ:
		return fuse_on_read(s, in, (void *)(in + 1));
	case FUSE_RELEASE:
		return fuse_on_release(s, in);
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		return;
	default:
		return fuse_reply(s, in->unique, -ENOSYS, NULL, 0);
	}
}

static inline void *fuse_serve(void *arg)
{
	static union {
		struct fuse_in_header in;
		char buf[FUSE_READ_MAX + FUSE_MIN_READ_BUFFER];
	} request;
	struct fuse_server *s = arg;

	/* A request may be withdrawn while it is read; ENODEV: unmounted. */
	for (;;) {
		if (read(s->fd, &request, sizeof(request)) > 0)
			fuse_on_request(s, &request.in);
		else if (errno == ENODEV)
			return NULL;
	}
}

/* 0, or -1 with errno. */
static inline int fuse_start(struct fuse_server *s, uint32_t flags)
{
	char options[128];

	memset(s, 0, sizeof(*s));
	s->flags = flags;
	pthread_mutex_init(&s->lock, NULL);
	strcpy(s->dir, "/tmp/skiff-fuse-XXXXXX");
	s->fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (s->fd < 0 || !mkdtemp(s->dir))
		return -1;
	sprintf(options,
		"fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other",
		s->fd);
	if (mount("skiff", s->dir, "fuse", 0, options))
		return -1;
	return pthread_create(&s->thread, NULL, fuse_serve, s);
}

static inline int fuse_open(struct fuse_server *s, unsigned int number)
{
	char path[80];

	sprintf(path, "%s/%u", s->dir, number);
	return open(path, O_RDONLY);
}

static inline unsigned int fuse_reads(struct fuse_server *s, unsigned int number)
{
	unsigned int n;

	pthread_mutex_lock(&s->lock);
	n = s->reads[number];
	pthread_mutex_unlock(&s->lock);
	return n;
}

static inline unsigned int fuse_releases(struct fuse_server *s,
					 unsigned int number)
{
	unsigned int n;

	pthread_mutex_lock(&s->lock);
	n = s->releases[number];
	pthread_mutex_unlock(&s->lock);
	return n;
}

/* Answer the reads that were held, and from now on all. */
static inline void fuse_answer(struct fuse_server *s)
{
	unsigned int i;

	pthread_mutex_lock(&s->lock);
	s->answers_reads = true;
	for (i = 0; i < s->nr_held; i++)
		fuse_answer_read(s, &s->held[i]);
	s->nr_held = 0;
	pthread_mutex_unlock(&s->lock);
}

static inline void fuse_stop(struct fuse_server *s)
{
	fuse_answer(s);
	umount2(s->dir, MNT_DETACH);
	pthread_join(s->thread, NULL);
	close(s->fd);
	rmdir(s->dir);
}

#endif
