// SPDX-License-Identifier: GPL-2.0-only
/* How far a transfer reads ahead, on a disk that takes its time. */
#include <sys/sysmacros.h>

#include "knobs.h"

#include <inttypes.h>

#define FILE_LEN (24 * MIB)
#define DELAY_MS "30"
#define DEVICE "/dev/mapper/skiff-slow"
#define NR_SLOW 10

FIXTURE(ahead)
{
	int dev;
	int disk;
	char path[256];
	char loop[64];
	unsigned int theirs; /* KiB: the setting of the disk */
	unsigned int max;
	struct skiff_completion c;
	struct skiff_receipt r;
};

static int run(const char *format, const char *arg)
{
	char command[512];

	snprintf(command, sizeof(command), format, arg);
	return system(command);
}

static int make_slow_disk(FIXTURE_DATA(ahead) * self)
{
	char command[512];
	FILE *losetup;
	int n;

	run("%s", "modprobe -aq loop dm-mod dm-delay 2>/dev/null");
	snprintf(command, sizeof(command), "losetup -f --show %s", self->path);
	losetup = popen(command, "r");
	n = fscanf(losetup, "%63s", self->loop);
	pclose(losetup);
	if (n != 1 ||
	    run("DM_DISABLE_UDEV=1 dmsetup --noudevsync create skiff-slow --table \"0 $(blockdev --getsz %1$s) delay %1$s 0 " DELAY_MS "\"",
		self->loop))
		return -1;
	return open(DEVICE, O_RDONLY);
}

FIXTURE_SETUP(ahead)
{
	struct stat st;
	char path[64];
	int fd;

	self->dev = open("/dev/skiff", O_RDWR);
	ASSERT_LE(0, self->dev);
	fd = file_create("/mnt/vblk-ext4", 1, FILE_LEN, self->path);
	ASSERT_LE(0, fd);
	close(fd);
	self->disk = make_slow_disk(self);
	ASSERT_LE(0, self->disk);
	ASSERT_EQ(0, fstat(self->disk, &st));
	sprintf(path, "/sys/dev/block/%u:%u/queue/read_ahead_kb",
		major(st.st_rdev), minor(st.st_rdev));
	self->theirs = read_number(path);
	self->max = parameter("readahead_max_kb");
	file_make_cold(self->disk);
}

FIXTURE_TEARDOWN(ahead)
{
	set_parameter("readahead_max_kb", self->max);
	close(self->disk);
	EXPECT_EQ(0, run("DM_DISABLE_UDEV=1 dmsetup --noudevsync remove --retry %s", "skiff-slow"));
	EXPECT_EQ(0, run("losetup -d %s", self->loop));
	unlink(self->path);
	close(self->dev);
	EXPECT_TRUE(eventually(module_refs() == 0));
}

static uint64_t bytes_resident(int fd, uint64_t pos, uint64_t len)
{
	static unsigned char vec[FILE_LEN / 4096];
	void *p = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, pos);
	uint64_t i, n = 0;

	mincore(p, len, vec);
	for (i = 0; i < len / 4096; i++)
		n += vec[i] & 1;
	munmap(p, len);
	return n * 4096;
}

/* All of the disk to somebody who reads as fast as can be. Returns the first
 * thing that is wrong, or NULL.
 */
static const char *send_all(FIXTURE_DATA(ahead) * self, unsigned int kb,
			    bool here)
{
	struct skiff_piece piece = file_piece(self->disk, 0, FILE_LEN);
	struct range all = { 1, 0, FILE_LEN };
	struct skiff_request req;
	struct receiver receiver;
	int sock[2];

	if (net_pair(TCP4, sock))
		return "net_pair";
	receiver_start(&receiver, sock[1], &all, 1);
	req = request(sock[0], &piece, 1);
	req.readahead_kb = kb;
	if (here) {
		if (skiff_call(self->dev, SKIFF_SEND, &req))
			return "send";
	} else if (submit(self->dev, &req) ||
		   take(self->dev, &self->c, PATIENCE_MS) != 1 || self->c.error) {
		return "submit";
	}
	if (get_receipt(self->dev, req.out_id, &self->r) ||
	    !receipt_balances(&self->r))
		return "receipt";
	shutdown(sock[0], SHUT_WR);
	receiver_join(&receiver);
	close(sock[0]);
	close(sock[1]);
	if (receiver.bad >= 0 || receiver.received != FILE_LEN)
		return "bytes";
	printf("# window %llu KiB, %llu disk waits of %llu ms, %llu ms in all\n",
	       self->r.readahead / 1024, self->r.disk_waits,
	       self->r.disk_wait_ns / 1000000,
	       (self->r.end_ns - self->r.submit_ns) / 1000000);
	return NULL;
}

#define EXPECT_ALL(kb, here)                                  \
	do {                                                  \
		const char *wrong = send_all(self, kb, here); \
                                                              \
		EXPECT_EQ(NULL, wrong)                        \
		TH_LOG("%s", wrong);                          \
	} while (0)

/* The window grows to what the socket takes while the disk is waited for. */
TEST_F(ahead, grows)
{
	EXPECT_ALL(0, false);
	EXPECT_LT(2 * self->theirs * KIB, self->r.readahead);
	EXPECT_GE(self->max * KIB, self->r.readahead);
}

TEST_F(ahead, grows_send)
{
	EXPECT_ALL(0, true);
	EXPECT_LT(2 * self->theirs * KIB, self->r.readahead);
}

/* A short file, for which nothing can be learnt: what the socket has room for
 * is read in one go, and not much behind its end.
 */
TEST_F(ahead, first_window)
{
	struct skiff_piece piece = file_piece(self->disk, 0, MIB);
	struct skiff_request req;
	int sock[2];

	ASSERT_EQ(0, net_pair(TCP4, sock));
	req = request(sock[0], &piece, 1);
	ASSERT_EQ(0, submit(self->dev, &req));
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(0, self->c.error);
	ASSERT_EQ(0, get_receipt(self->dev, req.out_id, &self->r));
	EXPECT_LT(2 * self->theirs * KIB, self->r.readahead);
	EXPECT_GE(MIB, self->r.readahead);
	EXPECT_GE(4, self->r.disk_waits);
	/* Two windows, if a marker is at the very end. */
	EXPECT_GE(MIB + 2 * self->theirs * KIB,
		  bytes_resident(self->disk, 0, FILE_LEN));
	close(sock[0]);
	close(sock[1]);
}

TEST_F(ahead, as_asked)
{
	EXPECT_ALL(64, false);
	EXPECT_EQ(64 * KIB, self->r.readahead);
	file_make_cold(self->disk);
	EXPECT_ALL(1024, false);
	EXPECT_EQ(1024 * KIB, self->r.readahead);
	file_make_cold(self->disk);
	EXPECT_ALL(~0U, false);
	EXPECT_GE(self->max * KIB, self->r.readahead);
}

TEST_F(ahead, as_the_file_system_has_it)
{
	ASSERT_EQ(0, set_parameter("readahead_max_kb", 0));
	EXPECT_ALL(0, false);
	EXPECT_EQ(self->theirs * KIB, self->r.readahead);
	file_make_cold(self->disk);
	EXPECT_ALL(1024, false);
	EXPECT_EQ(self->theirs * KIB, self->r.readahead);
}

/* Slow receivers: not much more than they took is in memory. */
TEST_F(ahead, slow_receivers)
{
	static char buf[64 * KIB];
	const uint64_t len = FILE_LEN / NR_SLOW / 4096 * 4096;
	struct skiff_piece piece[NR_SLOW];
	struct skiff_request req[NR_SLOW];
	int size = 128 * KIB;
	int sock[NR_SLOW][2];
	unsigned int i, j;

	for (i = 0; i < NR_SLOW; i++) {
		ASSERT_EQ(0, net_pair(TCP4, sock[i]));
		setsockopt(sock[i][0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
		setsockopt(sock[i][1], SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
		piece[i] = file_piece(self->disk, i * len, len);
		req[i] = request(sock[i][0], &piece[i], 1);
		ASSERT_EQ(0, submit(self->dev, &req[i]));
	}
	for (j = 0; j < 10; j++) {
		usleep(50000);
		for (i = 0; i < NR_SLOW; i++)
			EXPECT_LT(0, recv(sock[i][1], buf, sizeof(buf), 0));
	}
	for (i = 0; i < NR_SLOW; i++) {
		uint64_t there;

		there = bytes_resident(self->disk, i * len, len);
		ASSERT_EQ(0, get_receipt(self->dev, req[i].out_id, &self->r));
		EXPECT_EQ(SKIFF_STATE_RUNNING, self->r.state);
		EXPECT_LE(there, self->r.bytes_queued + 4 * self->theirs * KIB);
		if (!i)
			TH_LOG("%llu KiB queued, %" PRIu64 " KiB in memory, window %llu KiB",
			       self->r.bytes_queued / 1024, there / 1024,
			       self->r.readahead / 1024);
	}
	for (i = 0; i < NR_SLOW; i++) {
		EXPECT_EQ(0, cancel(self->dev, req[i].out_id));
		close(sock[i][0]);
		close(sock[i][1]);
	}
}

/* Markers that somebody left in a file that is in memory cost no wait, and no
 * more than once a thread.
 */
TEST_F(ahead, stale_markers)
{
	static char buf[64 * KIB];
	uint64_t fills;
	unsigned int i;

	for (i = 0; i < 16; i++)
		ASSERT_EQ(sizeof(buf), pread(self->disk, buf, sizeof(buf),
					     i * sizeof(buf)));
	for (i = 0; i < FILE_LEN / sizeof(buf); i++)
		posix_fadvise(self->disk, i * sizeof(buf), sizeof(buf),
			      POSIX_FADV_WILLNEED);
	ASSERT_TRUE(eventually(bytes_resident(self->disk, 0, FILE_LEN) ==
			       FILE_LEN));

	fills = stat_of("fills_ahead");
	EXPECT_ALL(0, false);
	/* A marker was there. */
	EXPECT_LT(fills, stat_of("fills_ahead"));
	EXPECT_GE(fills + 2, stat_of("fills_ahead"));
	EXPECT_EQ(0, self->r.disk_waits);
	fills = stat_of("fills");
	EXPECT_ALL(0, false);
	EXPECT_EQ(0, self->r.disk_waits);
	EXPECT_EQ(fills, stat_of("fills"));
}

TEST_HARNESS_MAIN
