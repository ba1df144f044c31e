// SPDX-License-Identifier: GPL-2.0-only
/* Ten thousand transfers come and go while somebody reads all that sysfs has of
 * them: it samples, counts what it left out, and stays small.
 */
#include "skiff_test.h"

#include <dirent.h>

#define TRANSFERS 10000
#define LENGTH 1000
#define SYSFS "/sys/class/misc/skiff"
#define SHOWN_MAX 256 /* directories at once, sysfs.c */

FIXTURE(flood)
{
	int dev;
	int sock[2];
	int file;
	char path[256];
	struct skiff_piece piece;
	struct skiff_request req;
	pthread_t drain;
	pthread_t reader;
};

FIXTURE_SETUP(flood)
{
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, self->sock));
	self->dev = open("/dev/skiff", O_RDWR);
	ASSERT_LE(0, self->dev);
	self->file = file_create("/mnt/vblk-ext4", 1, LENGTH, self->path);
	ASSERT_LE(0, self->file);
	self->piece = file_piece(self->file, 0, 0);
	self->req = request(self->sock[0], &self->piece, 1);
}

FIXTURE_TEARDOWN(flood)
{
	close(self->dev);
	close(self->file);
	close(self->sock[0]);
	close(self->sock[1]);
	unlink(self->path);
	EXPECT_TRUE(eventually(!module_refs()));
}

static void *drain(void *sock)
{
	static char buf[64 * KIB];

	while (read(*(int *)sock, buf, sizeof(buf)) > 0)
		;
	return NULL;
}

static long stat_of(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), SYSFS "/stats/%s", name);
	return read_number(path);
}

/* What a reader saw. */
static struct {
	volatile bool stop;
	unsigned long rounds;
	unsigned long values;
	unsigned long most; /* directories at once */
	int error;
} seen;

/* A value, unless its transfer has gone meanwhile. */
static void read_value(int dir, const char *name)
{
	char buf[64];
	int fd = openat(dir, name, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf));

	if (n > 0)
		seen.values++;
	else if (errno != ENOENT && errno != ENODEV)
		seen.error = errno;
	if (fd >= 0)
		close(fd);
}

static void read_transfer(int transfers, const char *id)
{
	int fd = openat(transfers, id, O_RDONLY | O_DIRECTORY);
	struct dirent *entry;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (entry->d_type == DT_REG)
			read_value(fd, entry->d_name);
	closedir(dir);
}

static void *read_all(void *unused)
{
	while (!seen.stop) {
		DIR *dir = opendir(SYSFS "/transfers");
		unsigned long nr = 0;
		struct dirent *entry;

		while (dir && (entry = readdir(dir)))
			if (entry->d_name[0] != '.') {
				read_transfer(dirfd(dir), entry->d_name);
				nr++;
			}
		if (dir)
			closedir(dir);
		if (nr > seen.most)
			seen.most = nr;
		seen.rounds++;
	}
	return NULL;
}

/* The receipts that are kept. */
static unsigned int nr_kept(int dev, uint64_t last)
{
	struct skiff_receipt r;
	unsigned int nr = 0;

	for (; last && !get_receipt(dev, last, &r); last--)
		nr++;
	return nr;
}

TEST_F(flood, sysfs_stays_small)
{
	long ended = stat_of("transfers_ended");
	long unpublished = stat_of("transfers_unpublished");
	long recent = read_number("/sys/module/skiff/parameters/recent");
	int i;

	ASSERT_EQ(0, pthread_create(&self->drain, NULL, drain, &self->sock[1]));
	ASSERT_EQ(0, pthread_create(&self->reader, NULL, read_all, NULL));
	for (i = 0; i < TRANSFERS; i++) {
		ASSERT_EQ(0, skiff_call(self->dev, SKIFF_SEND, &self->req));
		ASSERT_EQ(LENGTH, self->req.out_queued);
	}
	EXPECT_TRUE(eventually(seen.rounds > 2 && seen.values));
	seen.stop = true;
	pthread_join(self->reader, NULL);
	shutdown(self->sock[0], SHUT_WR);
	pthread_join(self->drain, NULL);
	TH_LOG("%lu rounds, %lu values, at most %lu transfers at once; %ld were never shown",
	       seen.rounds, seen.values, seen.most,
	       stat_of("transfers_unpublished") - unpublished);
	EXPECT_EQ(0, seen.error);
	EXPECT_GE(SHOWN_MAX, seen.most);
	EXPECT_EQ(TRANSFERS, stat_of("transfers_ended") - ended);
	/* It can show but a few of so many, and says of how many it did not. */
	EXPECT_LT(0, stat_of("transfers_unpublished") - unpublished);
	EXPECT_GE(TRANSFERS, stat_of("transfers_unpublished") - unpublished);
	EXPECT_EQ(recent, nr_kept(self->dev, self->req.out_id));
}

TEST_HARNESS_MAIN
