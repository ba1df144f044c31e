// SPDX-License-Identifier: GPL-2.0-only
/* Files that are not like the others. */
#include "skiff_test.h"

#include <linux/falloc.h>

#define DIR "/mnt/vblk-ext4"

FIXTURE(files)
{
	int dev;
	int sock[2];
	struct receiver receiver;
	struct skiff_completion c;
	struct skiff_receipt r;
};

FIXTURE_SETUP(files)
{
	self->dev = open("/dev/skiff", O_RDWR);
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, net_pair(TCP4, self->sock));
}

FIXTURE_TEARDOWN(files)
{
	close(self->dev);
	close(self->sock[0]);
	close(self->sock[1]);
}

/* Send a range and see its end in self->c and self->r. */
static int send_range(FIXTURE_DATA(files) * self, int fd, uint64_t pos,
		      uint64_t len, unsigned int flags)
{
	struct skiff_piece piece = file_piece(fd, pos, len);
	struct skiff_request req = request(self->sock[0], &piece, 1);
	int err;

	req.flags = flags;
	err = submit(self->dev, &req);
	if (err)
		return err;
	if (take(self->dev, &self->c, 10 * PATIENCE_MS) != 1)
		return -ETIME;
	return get_receipt(self->dev, self->c.id, &self->r);
}

static void end_stream(FIXTURE_DATA(files) * self)
{
	shutdown(self->sock[0], SHUT_WR);
	receiver_join(&self->receiver);
}

#define EXPECT_SENT(bytes)                                 \
	do {                                               \
		end_stream(self);                          \
		EXPECT_EQ(0, self->c.error);               \
		EXPECT_EQ(bytes, self->c.queued);          \
		EXPECT_EQ(-1, self->receiver.bad);         \
		EXPECT_EQ(bytes, self->receiver.received); \
		EXPECT_TRUE(receipt_balances(&self->r));   \
	} while (0)

static int run(const char *format, const char *arg)
{
	char command[512];

	snprintf(command, sizeof(command), format, arg);
	return system(command);
}

/* Islands of pattern in a sea of zeroes, at the borders of 31 and 32 bits. */
static const uint64_t islands[] = {
	0,
	2 * GIB - 5000,
	4 * GIB - 5000,
	5 * GIB - 10000,
};

#define ISLAND 10000

/* Reads the stream as if it began at @pos; position of a bad byte, or -1. */
static int64_t check_sparse(int sock, uint64_t pos, uint64_t end)
{
	static char buf[MIB], want[MIB];
	uint64_t start;
	unsigned int i;
	ssize_t n;

	for (; pos < end; pos += n) {
		n = recv(sock, buf, sizeof(buf), 0);
		if (n <= 0)
			return pos;
		memset(want, 0, n);
		for (i = 0; i < 4; i++) {
			uint64_t last = islands[i] + ISLAND;

			start = islands[i] > pos ? islands[i] : pos;
			if (last > pos + n)
				last = pos + n;
			if (start < last)
				pattern_fill(1, start, want + (start - pos),
					     last - start);
		}
		if (memcmp(buf, want, n))
			return pos;
	}
	return -1;
}

struct sparse_check {
	int sock;
	uint64_t pos, end;
	int64_t bad;
};

static void *sparse_thread(void *arg)
{
	struct sparse_check *s = arg;

	s->bad = check_sparse(s->sock, s->pos, s->end);
	return NULL;
}

TEST_F_TIMEOUT(files, sparse_5_gib, 1200)
{
	const char *kernel = getenv("SKIFF_KERNEL");
	bool slow = kernel && !strcmp(kernel, "debug");
	static const char path[] = "/mnt/vblk-xfs/skiff-sparse";
	struct sparse_check check = { .sock = self->sock[1] };
	char island[ISLAND];
	pthread_t thread;
	unsigned int i;
	int fd;

	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		SKIP(return, "no /mnt/vblk-xfs");
	ASSERT_EQ(0, ftruncate(fd, 5 * GIB));
	for (i = 0; i < 4; i++) {
		pattern_fill(1, islands[i], island, ISLAND);
		ASSERT_EQ(ISLAND, pwrite(fd, island, ISLAND, islands[i]));
	}
	check.end = 5 * GIB;
	if (slow) {
		/* All of it takes minutes here: across both borders. */
		check.pos = 2 * GIB - 8 * MIB;
		check.end = 2 * GIB + 8 * MIB;
	}
	pthread_create(&thread, NULL, sparse_thread, &check);
	EXPECT_EQ(0, send_range(self, fd, check.pos, check.end - check.pos,
				0));
	pthread_join(thread, NULL);
	EXPECT_EQ(0, self->c.error);
	EXPECT_EQ(check.end - check.pos, self->c.queued);
	EXPECT_EQ(-1, check.bad);

	check.pos = 4 * GIB - 8 * MIB;
	check.end = 4 * GIB + 8 * MIB;
	pthread_create(&thread, NULL, sparse_thread, &check);
	EXPECT_EQ(0, send_range(self, fd, check.pos, 16 * MIB, 0));
	pthread_join(thread, NULL);
	EXPECT_EQ(16 * MIB, self->c.queued);
	EXPECT_EQ(-1, check.bad);
	close(fd);
	unlink(path);
}

/* Blocks smaller than a page: a block written into a page that is not cached
 * makes it partially uptodate, for ever not uptodate, and a read of that part
 * content. The transfer must neither spin on it nor send what is not there.
 */

#define SMALL_BLOCKS "/run/skiff-1k"

static int partial_create(char *path)
{
	static const uint64_t written[] = { 4 * KIB, 34 * KIB, 63 * KIB };
	char block[KIB];
	unsigned int i;
	int fd;

	if (run("modprobe loop 2>/dev/null; truncate -s 16M %s", DIR "/image-1k") ||
	    run("mkfs.ext4 -q -F -b 1024 %s", DIR "/image-1k") ||
	    run("mkdir -p " SMALL_BLOCKS " && mount -o loop %s " SMALL_BLOCKS,
		DIR "/image-1k"))
		return -1;
	fd = file_create(SMALL_BLOCKS, 1, 64 * KIB, path);
	if (fd < 0)
		return -1;
	file_make_cold(fd);
	for (i = 0; i < 3; i++) {
		pattern_fill(1, written[i], block, sizeof(block));
		if (pwrite(fd, block, sizeof(block), written[i]) != sizeof(block))
			return -1;
	}
	return fd;
}

static int partial_remove(void)
{
	unlink(DIR "/image-1k");
	return run("umount %s", SMALL_BLOCKS);
}

TEST_F(files, partially_uptodate)
{
	struct range all = { 1, 0, 64 * KIB };
	char path[256];
	int fd = partial_create(path);

	ASSERT_LE(0, fd);
	receiver_start(&self->receiver, self->sock[1], &all, 1);
	EXPECT_EQ(0, send_range(self, fd, 0, 0, SKIFF_REQUEST_ZEROCOPY));
	EXPECT_GT(32, self->r.disk_waits);
	EXPECT_SENT(64 * KIB);
	close(fd);
	EXPECT_EQ(0, partial_remove());
}

/* Nor read it by what O_DIRECT on the descriptor demands of a position. */
TEST_F(files, partially_uptodate_o_direct)
{
	struct range most = { 1, 4 * KIB + 777, 60 * KIB - 777 };
	char path[256];
	int fd = partial_create(path);
	int direct;

	ASSERT_LE(0, fd);
	direct = open(path, O_RDONLY | O_DIRECT);
	ASSERT_LE(0, direct);
	receiver_start(&self->receiver, self->sock[1], &most, 1);
	EXPECT_EQ(0, send_range(self, direct, most.pos, 0,
				SKIFF_REQUEST_ZEROCOPY));
	EXPECT_GT(32, self->r.disk_waits);
	EXPECT_SENT(most.len);
	close(direct);
	close(fd);
	EXPECT_EQ(0, partial_remove());
}

TEST_F(files, block_device)
{
	struct range range = { 1, 12345, MIB };
	char path[256], device[64] = "";
	FILE *losetup;
	char command[512];
	int fd;

	fd = file_create(DIR, 1, 2 * MIB, path);
	ASSERT_LE(0, fd);
	close(fd);
	snprintf(command, sizeof(command),
		 "modprobe loop 2>/dev/null; losetup -f --show %s", path);
	losetup = popen(command, "r");
	ASSERT_EQ(1, fscanf(losetup, "%63s", device));
	pclose(losetup);
	fd = open(device, O_RDONLY);
	ASSERT_LE(0, fd);
	receiver_start(&self->receiver, self->sock[1], &range, 1);
	EXPECT_EQ(0, send_range(self, fd, 12345, MIB, 0));
	EXPECT_EQ(SKIFF_RUNG_SPLICE, self->r.rung);
	EXPECT_SENT(MIB);
	close(fd);
	run("losetup -d %s", device);
	unlink(path);
}

/* hugetlbfs has neither async reads nor splice_read. */
TEST_F(files, read_only_by_buffer)
{
	static const char path[] = "/run/skiff-huge/file";
	struct range range = { 1, 4095, 2 * MIB - 5000 };
	void *p;
	int fd;

	if (run("mkdir -p /run/skiff-huge && echo 4 >/proc/sys/vm/nr_hugepages%s && mount -t hugetlbfs none /run/skiff-huge",
		" 2>/dev/null"))
		SKIP(return, "no hugetlbfs in this kernel");
	fd = open(path, O_RDWR | O_CREAT, 0600);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ftruncate(fd, 2 * MIB));
	p = mmap(NULL, 2 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		run("umount %s", "/run/skiff-huge");
		SKIP(return, "no huge page to be had");
	}
	pattern_fill(1, 0, p, 2 * MIB);
	receiver_start(&self->receiver, self->sock[1], &range, 1);
	EXPECT_EQ(-EOPNOTSUPP, send_range(self, fd, range.pos, range.len,
					  SKIFF_REQUEST_ZEROCOPY));
	EXPECT_EQ(0, send_range(self, fd, range.pos, range.len, 0));
	EXPECT_EQ(SKIFF_RUNG_COPY, self->r.rung);
	EXPECT_EQ(SKIFF_REASON_NO_SPLICE, self->r.reason);
	EXPECT_EQ(range.len, self->r.copied_no_page_cache);
	EXPECT_SENT(range.len);
	munmap(p, 2 * MIB);
	close(fd);
	unlink(path);
	run("umount %s; echo 0 >/proc/sys/vm/nr_hugepages", "/run/skiff-huge");
}

/* A file of no size and no page cache: read to its end, as a copy. */
TEST_F(files, proc)
{
	char want[16384], got[16384];
	int fd = open("/proc/filesystems", O_RDONLY);
	ssize_t len = read(fd, want, sizeof(want));

	ASSERT_LT(0, len);
	EXPECT_EQ(0, send_range(self, fd, 0, 0, SKIFF_REQUEST_ZEROCOPY));
	EXPECT_EQ(-EOPNOTSUPP, self->c.error);
	EXPECT_EQ(0, self->c.queued);

	EXPECT_EQ(0, send_range(self, fd, 0, 0, 0));
	EXPECT_EQ(0, self->c.error);
	EXPECT_EQ(len, self->c.queued);
	EXPECT_EQ(SKIFF_RUNG_PIPE, self->r.rung);
	EXPECT_EQ(len, self->r.copied_no_page_cache);
	EXPECT_EQ(0, self->r.bytes_by_ref);
	EXPECT_TRUE(receipt_balances(&self->r));
	EXPECT_EQ(len, recv(self->sock[1], got, len, MSG_WAITALL));
	EXPECT_EQ(0, memcmp(want, got, len));
	close(fd);
}

TEST_F(files, o_direct_descriptor)
{
	struct range range = { 1, 777, 100001 };
	char path[256];
	int fd = file_create(DIR, 1, MIB, path);

	ASSERT_LE(0, fd);
	file_make_cold(fd);
	close(fd);
	fd = open(path, O_RDONLY | O_DIRECT);
	ASSERT_LE(0, fd);
	receiver_start(&self->receiver, self->sock[1], &range, 1);
	EXPECT_EQ(0, send_range(self, fd, range.pos, range.len, 0));
	EXPECT_EQ(SKIFF_RUNG_SPLICE, self->r.rung);
	EXPECT_SENT(range.len);
	close(fd);
	unlink(path);
}

struct writer {
	int fd;
	volatile bool stop;
};

/* Writes what is there already, and evicts it. */
static void *rewrite(void *arg)
{
	struct writer *w = arg;
	static char buf[64 * KIB];
	uint64_t pos = 0;

	while (!w->stop) {
		pattern_fill(1, pos, buf, sizeof(buf));
		if (pwrite(w->fd, buf, sizeof(buf), pos) < 0)
			break;
		pos = (pos + sizeof(buf)) % (8 * MIB);
		if (!pos)
			file_make_cold(w->fd);
	}
	return NULL;
}

TEST_F(files, writer_beside)
{
	struct range ranges[4];
	struct writer writer = {};
	pthread_t thread;
	char path[256];
	int i;

	writer.fd = file_create(DIR, 1, 8 * MIB, path);
	ASSERT_LE(0, writer.fd);
	pthread_create(&thread, NULL, rewrite, &writer);
	for (i = 0; i < 4; i++)
		ranges[i] = (struct range){ 1, i, 8 * MIB - i };
	receiver_start(&self->receiver, self->sock[1], ranges, 4);
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(0, send_range(self, writer.fd, i, 0, 0));
		EXPECT_EQ(0, self->c.error);
		EXPECT_EQ(8 * MIB - i, self->c.queued);
	}
	writer.stop = true;
	pthread_join(thread, NULL);
	end_stream(self);
	EXPECT_EQ(-1, self->receiver.bad);
	close(writer.fd);
	unlink(path);
}

/* Holes punched beside: each byte is the file's or zero, and all of them. */
TEST_F(files, punch_beside)
{
	struct skiff_piece piece;
	struct skiff_request req;
	static char buf[8 * MIB], want[8 * MIB];
	char path[256];
	size_t i;
	int fd;

	fd = file_create("/mnt/vblk-ext4", 1, sizeof(buf), path);
	ASSERT_LE(0, fd);
	piece = file_piece(fd, 0, 0);
	req = request(self->sock[0], &piece, 1);
	file_make_cold(fd);
	ASSERT_EQ(0, submit(self->dev, &req));
	for (i = 0; i < sizeof(buf); i += 16 * KIB)
		fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, i,
			  8 * KIB);
	EXPECT_EQ(sizeof(buf), recv(self->sock[1], buf, sizeof(buf),
				    MSG_WAITALL));
	/* Not words: a send may end, and a hole begin, within one. */
	pattern_fill(1, 0, want, sizeof(want));
	for (i = 0; i < sizeof(buf); i++)
		if (buf[i] && buf[i] != want[i])
			break;
	EXPECT_EQ(sizeof(buf), i);
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(0, self->c.error);
	close(fd);
	unlink(path);
}

TEST_HARNESS_MAIN
