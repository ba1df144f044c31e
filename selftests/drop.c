// SPDX-License-Identifier: GPL-2.0-only
/* DROP: what a transfer brought into the page cache goes, and nothing else. */
#include "policy.h"

#define FILE_LEN (4 * MIB)
#define NR PAGES(FILE_LEN)

FIXTURE(drop)
{
	struct link link;
	int file;
	char path[256];
	struct skiff_piece piece;
	struct skiff_request req;
	struct range all;
	unsigned char before[NR], after[NR];
};

FIXTURE_VARIANT(drop)
{
	const char *dir;
	const char *far;
	bool one_page; /* folios of ext4 here */
};

FIXTURE_VARIANT_ADD(drop, ext4){
	.dir = "/mnt/vblk-ext4",
	.one_page = true,
};
FIXTURE_VARIANT_ADD(drop, xfs){ .dir = "/mnt/vblk-xfs" };
FIXTURE_VARIANT_ADD(drop, btrfs){
	.dir = "/mnt/vblk-btrfs",
	.one_page = true,
};
FIXTURE_VARIANT_ADD(drop, ext4_card){
	.dir = "/mnt/vblk-ext4",
	.far = CARD,
	.one_page = true,
};
FIXTURE_VARIANT_ADD(drop, xfs_card){ .dir = "/mnt/vblk-xfs", .far = CARD };

FIXTURE_SETUP(drop)
{
	ASSERT_EQ(0, link_open(&self->link, variant->far));
	self->file = file_create(variant->dir, 1, FILE_LEN, self->path);
	ASSERT_LE(0, self->file);
	file_make_cold(self->file);
	ASSERT_EQ(0, nr_resident(self->file, NR));
	self->all = (struct range){ 1, 0, FILE_LEN };
	self->piece = file_piece(self->file, 0, 0);
	self->req = request(self->link.sock[0], &self->piece, 1);
	self->req.policy = SKIFF_POLICY_DROP;
}

FIXTURE_TEARDOWN(drop)
{
	close(self->file);
	unlink(self->path);
	link_close(&self->link);
	EXPECT_TRUE(eventually(!module_refs()));
}

static void read_all(FIXTURE_DATA(drop) * self)
{
	receiver_start(&self->link.receiver, self->link.sock[1], &self->all, 1);
}

/* Send the whole file to somebody who reads it. */
#define SEND_ALL()                                                \
	do {                                                      \
		read_all(self);                                   \
		ASSERT_EQ(0, submit(self->link.dev, &self->req)); \
		ASSERT_TRUE(link_ended(&self->link));             \
		EXPECT_EQ(0, self->link.c.error);                 \
		EXPECT_EQ(FILE_LEN, self->link.r.bytes_by_ref);   \
		EXPECT_TRUE(link_arrived(&self->link, FILE_LEN)); \
	} while (0)

/* A transfer of which at least one page is on its way, and stays there. */
#define STALL()                                                            \
	do {                                                               \
		ASSERT_EQ(0, link_narrow(&self->link));                    \
		ASSERT_EQ(0, submit(self->link.dev, &self->req));          \
		ASSERT_TRUE(eventually(!get_receipt(self->link.dev,        \
						    self->req.out_id,      \
						    &self->link.r) &&      \
				       self->link.r.room_waits &&          \
				       self->link.r.bytes_queued > PAGE)); \
	} while (0)

static bool receipt_now(FIXTURE_DATA(drop) * self)
{
	return !get_receipt(self->link.dev, self->req.out_id, &self->link.r);
}

/* Each page that it brought in has gone or was left, and none counts twice. */
static bool all_accounted(FIXTURE_DATA(drop) * self)
{
	return receipt_now(self) &&
	       self->link.r.pages_read ==
		       self->link.r.pages_dropped + self->link.r.pages_spared;
}

/* The pages that are there are, in the end, those of self->before. */
static bool as_before(FIXTURE_DATA(drop) * self)
{
	residency(self->file, NR, self->after);
	return !memcmp(self->before, self->after, NR);
}

TEST_F(drop, cold_file_leaves)
{
	SEND_ALL();
	EXPECT_TRUE(settles(!nr_resident(self->file, NR)));
	EXPECT_TRUE(settles(all_accounted(self)));
	EXPECT_EQ(SKIFF_POLICY_DROP, self->link.r.policy);
	EXPECT_EQ(0, self->link.r.pages_valid);
	EXPECT_EQ(NR, self->link.r.pages_read);
	EXPECT_EQ(NR, self->link.r.pages_dropped);
	EXPECT_EQ(0, self->link.r.pages_spared);
	EXPECT_EQ(FILE_LEN, self->link.r.read_cache);
	EXPECT_GE(self->link.r.pages_read, self->link.r.pages_ahead);
	EXPECT_EQ(0, self->link.r.read_direct);
}

/* The end of a range lies within a page, as its start does. */
TEST_F(drop, range_leaves)
{
	self->piece = file_piece(self->file, MIB + 1000, MIB);
	self->all = (struct range){ 1, MIB + 1000, MIB };
	read_all(self);
	ASSERT_EQ(0, submit(self->link.dev, &self->req));
	ASSERT_TRUE(link_ended(&self->link));
	EXPECT_TRUE(link_arrived(&self->link, MIB));
	EXPECT_TRUE(settles(!nr_resident(self->file, NR)));
	EXPECT_TRUE(settles(all_accounted(self)));
	EXPECT_LE(PAGES(MIB) + 1, self->link.r.pages_read);
	EXPECT_EQ(0, self->link.r.pages_spared);
}

/* Nothing is brought in, so nothing goes. */
TEST_F(drop, resident_stays)
{
	make_resident(self->path, NR, 1);
	residency(self->file, NR, self->before);
	ASSERT_EQ(NR, nr_resident(self->file, NR));
	SEND_ALL();
	stir_network();
	EXPECT_TRUE(as_before(self));
	EXPECT_TRUE(receipt_now(self));
	EXPECT_EQ(NR, self->link.r.pages_valid);
	EXPECT_EQ(0, self->link.r.pages_read);
	EXPECT_EQ(0, self->link.r.pages_dropped);
	EXPECT_EQ(0, self->link.r.pages_spared);
	EXPECT_EQ(0, self->link.r.read_cache);
}

TEST_F(drop, half_stays)
{
	make_resident(self->path, NR / 2, 1);
	residency(self->file, NR, self->before);
	ASSERT_EQ(NR / 2, nr_resident(self->file, NR));
	SEND_ALL();
	EXPECT_TRUE(settles(as_before(self)));
	EXPECT_TRUE(settles(all_accounted(self)));
	EXPECT_EQ(NR / 2, self->link.r.pages_valid);
	EXPECT_EQ(NR / 2, self->link.r.pages_dropped);
}

TEST_F(drop, every_other_page_stays)
{
	make_resident(self->path, NR, 2);
	residency(self->file, NR, self->before);
	ASSERT_EQ(NR / 2, nr_resident(self->file, NR));
	ASSERT_EQ(1, self->before[0]);
	ASSERT_EQ(0, self->before[1]);
	SEND_ALL();
	EXPECT_TRUE(settles(as_before(self)));
	EXPECT_TRUE(settles(all_accounted(self)));
	EXPECT_EQ(NR / 2, self->link.r.pages_valid);
	EXPECT_EQ(NR / 2, self->link.r.pages_dropped);
}

/* The page that went out last, which the network has longest. */
static size_t last_queued(const FIXTURE_DATA(drop) * self)
{
	return (self->link.r.bytes_queued - 1) / PAGE;
}

/* Another reader wants a page of those that are on their way. (One who reads
 * twice in a row from a page by the same descriptor as the transfer did, is not
 * another to the kernel.)
 */
TEST_F(drop, touched_stays)
{
	int other = open(self->path, O_RDONLY);
	size_t page;
	char byte;

	STALL();
	page = last_queued(self);
	ASSERT_EQ(1, pread(other, &byte, 1, page * PAGE));
	close(other);
	read_all(self);
	ASSERT_TRUE(link_ended(&self->link));
	EXPECT_TRUE(link_arrived(&self->link, FILE_LEN));
	EXPECT_TRUE(settles(all_accounted(self)));
	residency(self->file, NR, self->after);
	EXPECT_EQ(1, self->after[page]);
	EXPECT_LE(1, self->link.r.pages_spared);
	EXPECT_LE(NR / 2, self->link.r.pages_dropped);
	/* And pages that the other one may have read ahead. */
	EXPECT_LE(self->link.r.pages_spared, nr_resident(self->file, NR));
	if (variant->one_page)
		EXPECT_EQ(1, self->link.r.pages_spared);
}

/* Somebody writes to such a page: it stays, and the disk gets it. */
TEST_F(drop, dirty_stays)
{
	static char buf[MIB];
	struct range rest;
	char want[PAGE];
	size_t page;

	STALL();
	page = last_queued(self);
	ASSERT_GE(sizeof(buf), (page + 1) * PAGE);
	pattern_fill(2, page * PAGE, want, PAGE);
	ASSERT_EQ(PAGE, pwrite(self->file, want, PAGE, page * PAGE));
	/* What comes of it are the old bytes or the new ones. */
	ASSERT_EQ((page + 1) * PAGE, recv(self->link.sock[1], buf,
					  (page + 1) * PAGE, MSG_WAITALL));
	EXPECT_EQ(-1, pattern_check(1, 0, buf, page * PAGE));
	rest = (struct range){ 1, (page + 1) * PAGE, FILE_LEN - (page + 1) * PAGE };
	receiver_start(&self->link.receiver, self->link.sock[1], &rest, 1);
	ASSERT_TRUE(link_ended(&self->link));
	EXPECT_EQ(0, self->link.c.error);
	EXPECT_TRUE(link_arrived(&self->link, rest.len));
	EXPECT_TRUE(settles(all_accounted(self)));
	residency(self->file, NR, self->after);
	EXPECT_EQ(1, self->after[page]);
	EXPECT_LE(1, self->link.r.pages_spared);
	EXPECT_LE(NR / 2, self->link.r.pages_dropped);
	file_make_cold(self->file);
	ASSERT_EQ(PAGE, pread(self->file, buf, PAGE, page * PAGE));
	EXPECT_EQ(0, memcmp(buf, want, PAGE));
}

/* A process that has a page in its memory, until it is told to end. */
static pid_t map_page(int fd, size_t page)
{
	int told[2];
	char byte;
	pid_t pid;

	if (pipe(told))
		return -1;
	pid = fork();
	if (!pid) {
		volatile char *p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd,
					page * PAGE);

		if (p != MAP_FAILED && write(told[1], (char *)p, 1) == 1)
			pause();
		_exit(1);
	}
	close(told[1]);
	if (read(told[0], &byte, 1) != 1)
		pid = -1;
	close(told[0]);
	return pid;
}

TEST_F(drop, mapped_stays)
{
	size_t page;
	pid_t child;

	STALL();
	page = last_queued(self);
	child = map_page(self->file, page);
	ASSERT_LT(0, child);
	read_all(self);
	ASSERT_TRUE(link_ended(&self->link));
	EXPECT_TRUE(link_arrived(&self->link, FILE_LEN));
	EXPECT_TRUE(settles(nr_resident(self->file, NR) < NR / 2));
	residency(self->file, NR, self->after);
	EXPECT_EQ(1, self->after[page]);
	EXPECT_TRUE(settles(all_accounted(self)));
	EXPECT_LE(1, self->link.r.pages_spared);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

/* Two transfers bring in the same file: who was first is not for them to say,
 * but between them they leave nothing that is not counted.
 */
TEST_F(drop, two_at_once)
{
	struct link second;
	struct skiff_request req;
	struct range all = self->all;

	ASSERT_EQ(0, link_open(&second, variant->far));
	req = request(second.sock[0], &self->piece, 1);
	req.policy = SKIFF_POLICY_DROP;
	read_all(self);
	receiver_start(&second.receiver, second.sock[1], &all, 1);
	ASSERT_EQ(0, submit(self->link.dev, &self->req));
	ASSERT_EQ(0, submit(second.dev, &req));
	ASSERT_TRUE(link_ended(&self->link));
	ASSERT_TRUE(link_ended(&second));
	EXPECT_TRUE(link_arrived(&self->link, FILE_LEN));
	EXPECT_TRUE(link_arrived(&second, FILE_LEN));
	EXPECT_TRUE(settles(all_accounted(self) &&
			    !get_receipt(second.dev, req.out_id, &second.r) &&
			    second.r.pages_read == second.r.pages_dropped +
							   second.r.pages_spared));
	EXPECT_GE(self->link.r.pages_spared + second.r.pages_spared,
		  nr_resident(self->file, NR));
	link_close(&second);
}

/* What was read ahead for it and never sent goes, too. */
TEST_F(drop, cancelled)
{
	uint64_t queued;

	STALL();
	ASSERT_EQ(0, cancel(self->link.dev, self->req.out_id));
	ASSERT_TRUE(link_ended(&self->link));
	EXPECT_EQ(-ECANCELED, self->link.c.error);
	queued = self->link.c.queued;
	EXPECT_GT(FILE_LEN, queued);
	read_all(self);
	EXPECT_TRUE(link_arrived(&self->link, queued));
	EXPECT_TRUE(settles(!nr_resident(self->file, NR)));
	EXPECT_TRUE(settles(all_accounted(self)));
	EXPECT_LE(PAGES(queued), self->link.r.pages_read);
}

/* All is queued and the transfer has ended, but the network holds the pages. */
#define HOLD()                                                    \
	do {                                                      \
		ASSERT_EQ(0, link_hold(&self->link, FILE_LEN));   \
		ASSERT_EQ(0, submit(self->link.dev, &self->req)); \
		ASSERT_TRUE(link_ended(&self->link));             \
		ASSERT_EQ(0, self->link.c.error);                 \
		ASSERT_EQ(FILE_LEN, self->link.c.queued);         \
		ASSERT_LT(0, nr_resident(self->file, NR));        \
		close(self->file);                                \
		self->file = -1;                                  \
	} while (0)

TEST_F(drop, slow_receiver)
{
	HOLD();
	EXPECT_FALSE(file_is_let_go(self->path));
	read_all(self);
	EXPECT_TRUE(link_arrived(&self->link, FILE_LEN));
	EXPECT_TRUE(settles(file_is_let_go(self->path)));
	EXPECT_TRUE(settles(all_accounted(self)));
	EXPECT_EQ(NR, self->link.r.pages_dropped);
	self->file = open(self->path, O_RDWR);
	EXPECT_EQ(0, nr_resident(self->file, NR));
}

TEST_F(drop, closed_while_held)
{
	long read = stat_of("pages_read");
	long gone = stat_of("pages_dropped") + stat_of("pages_spared");

	HOLD();
	EXPECT_FALSE(file_is_let_go(self->path));
	close(self->link.dev);
	self->link.dev = -1;
	EXPECT_TRUE(file_is_let_go(self->path));
	EXPECT_EQ(stat_of("pages_read") - read,
		  stat_of("pages_dropped") + stat_of("pages_spared") - gone);
	self->file = open(self->path, O_RDWR);
	EXPECT_LT(0, nr_resident(self->file, NR));
	read_all(self);
	EXPECT_TRUE(link_arrived(&self->link, FILE_LEN));
	EXPECT_TRUE(eventually(pages_all_go(self->file, FILE_LEN)));
}

TEST_F(drop, deadline_while_held)
{
	self->req.deadline_ms = 500;
	HOLD();
	EXPECT_FALSE(file_is_let_go(self->path));
	EXPECT_TRUE(settles(file_is_let_go(self->path)));
	EXPECT_TRUE(all_accounted(self));
	EXPECT_LT(0, self->link.r.pages_spared);
	read_all(self);
	EXPECT_TRUE(link_arrived(&self->link, FILE_LEN));
}

TEST_HARNESS_MAIN
