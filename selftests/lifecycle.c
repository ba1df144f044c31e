// SPDX-License-Identifier: GPL-2.0-only
/* Insert, transfer, remove, many times: SKIFF_LIFECYCLES, 25 if not set. The
 * module is SKIFF_BUILD/skiff.ko, and is in when this ends, as it was before.
 */
#include "skiff_test.h"

#include <sys/syscall.h>

static int insert(void)
{
	const char *dir = getenv("SKIFF_BUILD");
	char path[4096];
	int fd, err;

	snprintf(path, sizeof(path), "%s/skiff.ko", dir ?: "");
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return -errno;
	err = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
	close(fd);
	return err;
}

static int remove_module(void)
{
	return syscall(SYS_delete_module, "skiff", O_NONBLOCK) ? -errno : 0;
}

static long slab_kib(void)
{
	FILE *f = fopen("/proc/meminfo", "r");
	char line[128];
	long kib = -1;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "SUnreclaim: %ld", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib;
}

/* Some of everything that leaves traces: a transfer that is inline, one that
 * waits for room and is cancelled, one that is left to close(2).
 */
static int transfers(int file)
{
	struct skiff_piece piece = file_piece(file, 0, 0);
	struct skiff_completion c;
	struct skiff_request req;
	int dev, pair[2], i;

	dev = open("/dev/skiff", O_RDWR);
	if (dev < 0 || net_pair(TCP4, pair))
		return -errno;
	req = request(pair[0], &piece, 1);
	for (i = 0; i < 3; i++) {
		piece.length = i ? 0 : 1000;
		if (submit(dev, &req))
			return -EIO;
	}
	if (take(dev, &c, PATIENCE_MS) != 1 || c.error || c.queued != 1000)
		return -EIO;
	if (cancel(dev, req.out_id) || take(dev, &c, PATIENCE_MS) != 1 ||
	    c.error != -ECANCELED)
		return -EIO;
	close(dev);
	close(pair[0]);
	close(pair[1]);
	return 0;
}

FIXTURE(lifecycle)
{
	int unused;
};

FIXTURE_SETUP(lifecycle)
{
	self->unused = 0;
}

FIXTURE_TEARDOWN(lifecycle)
{
}

TEST_F_TIMEOUT(lifecycle, insert_transfer_remove, 3600)
{
	const char *env = getenv("SKIFF_LIFECYCLES");
	int warm_up = 5, cycles = env && *env ? atoi(env) : 25;
	char path[256];
	int file = file_create("/mnt/vblk-ext4", 1, 16 * MIB, path);
	long before = 0, grown;
	int i;

	ASSERT_LE(0, file);
	if (access("/sys/module/skiff", F_OK))
		SKIP(return, "the module is not inserted");
	for (i = 0; i < warm_up + cycles; i++) {
		if (i == warm_up)
			before = slab_kib();
		ASSERT_TRUE(eventually(!remove_module()));
		ASSERT_EQ(0, insert());
		ASSERT_EQ(0, transfers(file));
	}
	grown = slab_kib() - before;
	TH_LOG("%d cycles, slab grown by %ld KiB", cycles, grown);
	/* Half a KiB a cycle is less than one transfer; the rest is the
	 * noise of a system that does other things, too.
	 */
	EXPECT_GT(2048 + cycles / 2, grown);
	close(file);
	unlink(path);
}

TEST_HARNESS_MAIN
