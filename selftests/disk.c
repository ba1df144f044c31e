// SPDX-License-Identifier: GPL-2.0-only
/* Files whose bytes never come, until they do. */
#include <dirent.h>

#include "fuse.h"
#include "knobs.h"

#define NOBODY 65534

/* A file system that does not answer reads until it is told to. */

#define TRANSFERS FUSE_FILES

FIXTURE(hung)
{
	struct fuse_server server;
	int dev;
	int file[TRANSFERS + 1];
	int sock[TRANSFERS + 1][2];
	struct skiff_piece piece[TRANSFERS + 1];
	struct skiff_request req[TRANSFERS + 1];
	struct receiver receiver[TRANSFERS + 1];
	struct skiff_completion c;
	uint64_t killed;
	unsigned int workers, per_user;
};

/* Once its server has seen a request, FUSE lets nobody go who waits for the
 * answer; but who waits for a page that is read ahead.
 */
FIXTURE_VARIANT(hung)
{
	uint32_t flags;
};

FIXTURE_VARIANT_ADD(hung, killable){ .flags = FUSE_ASYNC_READ };
FIXTURE_VARIANT_ADD(hung, not_killable){ .flags = 0 };

FIXTURE_SETUP(hung)
{
	unsigned int i;

	self->dev = open("/dev/skiff", O_RDWR);
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, fuse_start(&self->server, variant->flags));
	for (i = 1; i <= TRANSFERS; i++) {
		self->file[i] = fuse_open(&self->server, i);
		ASSERT_LE(0, self->file[i]);
		ASSERT_EQ(0, net_pair(TCP4, self->sock[i]));
		self->piece[i] = file_piece(self->file[i], 0, 0);
		self->req[i] = request(self->sock[i][0], &self->piece[i], 1);
		self->req[i].cookie = i;
	}
	self->killed = stat_of("fills_killed");
	self->workers = parameter("workers");
	self->per_user = parameter("workers_per_user");
}

FIXTURE_TEARDOWN(hung)
{
	unsigned int i;

	set_parameter("workers", self->workers);
	set_parameter("workers_per_user", self->per_user);
	for (i = 1; i <= TRANSFERS; i++) {
		close(self->file[i]);
		close(self->sock[i][0]);
		close(self->sock[i][1]);
	}
	fuse_stop(&self->server);
	close(self->dev);
	EXPECT_TRUE(eventually(!module_refs()));
}

/* A transfer whose fill is stuck: the server has its read. */
static bool hang(FIXTURE_DATA(hung) * self, unsigned int i)
{
	return !submit(self->dev, &self->req[i]) &&
	       eventually(fuse_reads(&self->server, i));
}

/* Transfers and fills have none of the module's references any more. */
static bool gave_up(FIXTURE_DATA(hung) * self)
{
	return eventually(module_refs() == (self->dev >= 0));
}

/* The worker gives up although no read was answered, and put its file first.
 * If it cannot, it is all that is left.
 */
#define EXPECT_GIVES_UP()                                           \
	do {                                                        \
		if (!(variant->flags & FUSE_ASYNC_READ)) {          \
			EXPECT_LT((self->dev >= 0), module_refs()); \
			fuse_answer(&self->server);                 \
		}                                                   \
		EXPECT_TRUE(gave_up(self));                         \
	} while (0)

TEST_F(hung, cancel)
{
	ASSERT_TRUE(hang(self, 1));
	ASSERT_EQ(0, cancel(self->dev, self->req[1].out_id));
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(-ECANCELED, self->c.error);
	EXPECT_EQ(0, self->c.queued);
	EXPECT_GIVES_UP();
	EXPECT_EQ(self->killed + 1, stat_of("fills_killed"));
}

TEST_F(hung, deadline)
{
	self->req[1].deadline_ms = 100;
	ASSERT_TRUE(hang(self, 1));
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(-ETIMEDOUT, self->c.error);
	EXPECT_GIVES_UP();
	EXPECT_EQ(self->killed + 1, stat_of("fills_killed"));
}

TEST_F(hung, close)
{
	ASSERT_TRUE(hang(self, 1));
	ASSERT_TRUE(hang(self, 2));
	close(self->dev);
	self->dev = -1;
	EXPECT_GIVES_UP();
	EXPECT_EQ(self->killed + 2, stat_of("fills_killed"));
}

/* Who was killed works on as if nothing had been. */
TEST_F(hung, worker_lives_on)
{
	struct range all = { 2, 0, FUSE_FILE_LEN };
	uint64_t started;

	ASSERT_TRUE(hang(self, 1));
	ASSERT_EQ(0, cancel(self->dev, self->req[1].out_id));
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_GIVES_UP();
	started = stat_of("workers_started");
	fuse_answer(&self->server);
	receiver_start(&self->receiver[2], self->sock[2][1], &all, 1);
	ASSERT_EQ(0, submit(self->dev, &self->req[2]));
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(0, self->c.error);
	shutdown(self->sock[2][0], SHUT_WR);
	receiver_join(&self->receiver[2]);
	EXPECT_EQ(-1, self->receiver[2].bad);
	EXPECT_EQ(FUSE_FILE_LEN, self->receiver[2].received);
	EXPECT_EQ(started, stat_of("workers_started"));
}

/* In a child that is somebody else: start @nr transfers, and stay until told.
 * Returns the pid, or -1.
 */
static pid_t submit_as(FIXTURE_DATA(hung) * self, uid_t uid, unsigned int nr)
{
	unsigned int i;
	int told[2];
	char byte;
	pid_t pid;

	if (pipe(told))
		return -1;
	pid = fork();
	if (!pid) {
		if (setresuid(uid, uid, uid))
			_exit(1);
		for (i = 1; i <= nr; i++)
			if (submit(self->dev, &self->req[i]))
				_exit(1);
		(void)!write(told[1], "", 1);
		pause();
		_exit(0);
	}
	close(told[1]);
	if (read(told[0], &byte, 1) != 1)
		pid = -1;
	close(told[0]);
	return pid;
}

static unsigned int nr_being_read(FIXTURE_DATA(hung) * self, unsigned int nr)
{
	unsigned int i, n = 0;

	for (i = 1; i <= nr; i++)
		n += fuse_reads(&self->server, i) > 0;
	return n;
}

/* A user at the cap waits; others go past him, and what he withdraws goes. */
TEST_F(hung, cap_per_user)
{
	struct range all[TRANSFERS + 1];
	unsigned int i, ended[TRANSFERS + 1] = {};
	char path[256];
	pid_t child;
	int file;

	ASSERT_EQ(0, set_parameter("workers", 3));
	ASSERT_EQ(0, set_parameter("workers_per_user", 2));
	child = submit_as(self, NOBODY, 4);
	ASSERT_LT(0, child);
	ASSERT_TRUE(eventually(nr_being_read(self, 4) == 2));

	/* Another user, whose file has to be read, too. */
	file = file_create("/mnt/vblk-ext4", 5, FUSE_FILE_LEN, path);
	ASSERT_LE(0, file);
	file_make_cold(file);
	self->piece[5] = file_piece(file, 0, 0);
	all[5] = (struct range){ 5, 0, FUSE_FILE_LEN };
	receiver_start(&self->receiver[5], self->sock[5][1], &all[5], 1);
	ASSERT_EQ(0, submit(self->dev, &self->req[5]));
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(5, self->c.cookie);
	EXPECT_EQ(0, self->c.error);
	shutdown(self->sock[5][0], SHUT_WR);
	receiver_join(&self->receiver[5]);
	EXPECT_EQ(-1, self->receiver[5].bad);
	close(file);
	unlink(path);
	EXPECT_EQ(2, nr_being_read(self, 4));

	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	/* Not begun, but ended, and its file let go at once. */
	ASSERT_EQ(0, cancel(self->dev, self->c.id - 1));
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(4, self->c.cookie);
	EXPECT_EQ(-ECANCELED, self->c.error);
	close(self->file[4]);
	self->file[4] = -1;
	EXPECT_TRUE(eventually(fuse_releases(&self->server, 4)));
	EXPECT_EQ(0, fuse_reads(&self->server, 4));
	EXPECT_EQ(self->killed, stat_of("fills_killed"));

	for (i = 1; i <= 3; i++) {
		all[i] = (struct range){ i, 0, FUSE_FILE_LEN };
		receiver_start(&self->receiver[i], self->sock[i][1], &all[i], 1);
	}
	fuse_answer(&self->server);
	for (i = 1; i <= 3; i++) {
		ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
		EXPECT_EQ(0, self->c.error);
		ended[self->c.cookie]++;
	}
	for (i = 1; i <= 3; i++) {
		EXPECT_EQ(1, ended[i]);
		shutdown(self->sock[i][0], SHUT_WR);
		receiver_join(&self->receiver[i]);
		EXPECT_EQ(-1, self->receiver[i].bad);
		EXPECT_EQ(FUSE_FILE_LEN, self->receiver[i].received);
	}
}

/* A disk that does not answer: the file system reads without waiting, and no
 * worker is held. The transfer ends at once; what it leaves behind is a place
 * in the folio's wait queue, which the module outlives.
 */
TEST_F(hung, disk)
{
	char command[256], device[64] = "";
	FILE *losetup;
	int file;

	snprintf(command, sizeof(command),
		 "modprobe loop 2>/dev/null; losetup -rf --show %s/1",
		 self->server.dir);
	losetup = popen(command, "r");
	ASSERT_EQ(1, fscanf(losetup, "%63s", device));
	pclose(losetup);
	file = open(device, O_RDONLY);
	ASSERT_LE(0, file);
	self->piece[1] = file_piece(file, 0, 0);
	ASSERT_TRUE(hang(self, 1));
	ASSERT_EQ(0, cancel(self->dev, self->req[1].out_id));
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(-ECANCELED, self->c.error);
	EXPECT_EQ(self->killed, stat_of("fills_killed"));

	close(self->dev);
	self->dev = -1;
	EXPECT_EQ(1, module_refs());
	fuse_answer(&self->server);
	EXPECT_TRUE(eventually(!module_refs()));
	close(file);
	snprintf(command, sizeof(command), "losetup -d %s", device);
	EXPECT_EQ(0, system(command));
}

static unsigned int nr_threads(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	unsigned int n = 0;
	char path[300], name[32];
	FILE *f;

	while ((entry = readdir(proc))) {
		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		f = fopen(path, "r");
		if (!f)
			continue;
		n += fgets(name, sizeof(name), f) && !strcmp(name, "skiff_fill\n");
		fclose(f);
	}
	closedir(proc);
	return n;
}

/* Threads come when they are needed, and go when they are not. */
TEST(workers_come_and_go)
{
	struct skiff_completion c;
	struct skiff_piece piece;
	struct skiff_request req;
	int dev, file, sock[2];
	char path[256];

	EXPECT_TRUE(eventually(!nr_threads()));
	dev = open("/dev/skiff", O_RDWR);
	ASSERT_LE(0, dev);
	file = file_create("/mnt/vblk-ext4", 1, 4 * KIB, path);
	ASSERT_LE(0, file);
	ASSERT_EQ(0, net_pair(TCP4, sock));
	file_make_cold(file);
	piece = file_piece(file, 0, 0);
	req = request(sock[0], &piece, 1);
	ASSERT_EQ(0, submit(dev, &req));
	ASSERT_EQ(1, take(dev, &c, PATIENCE_MS));
	EXPECT_EQ(0, c.error);
	EXPECT_EQ(1, nr_threads());
	EXPECT_TRUE(eventually(!nr_threads()));
	close(file);
	unlink(path);
	close(dev);
	close(sock[0]);
	close(sock[1]);
}

TEST_HARNESS_MAIN
