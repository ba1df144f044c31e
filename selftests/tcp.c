// SPDX-License-Identifier: GPL-2.0-only
/* What is TCP's alone: another connection, segments, the pages in them. */
#include "pages.h"

#include <linux/sockios.h>
#include <sys/syscall.h>

#define FILE_LEN (4 * MIB)

FIXTURE(tcp)
{
	int dev;
	int sock[2];
	int file;
	char path[256];
	struct skiff_piece piece;
	struct skiff_request req;
	struct skiff_completion c;
};

FIXTURE_SETUP(tcp)
{
	self->dev = open("/dev/skiff", O_RDWR);
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, net_small_pair(TCP4, self->sock));
	self->file = file_create("/mnt/vblk-ext4", 1, FILE_LEN, self->path);
	ASSERT_LE(0, self->file);
	self->piece = file_piece(self->file, 0, 0);
	self->req = request(self->sock[0], &self->piece, 1);
}

FIXTURE_TEARDOWN(tcp)
{
	close(self->dev);
	close(self->file);
	close(self->sock[0]);
	close(self->sock[1]);
	unlink(self->path);
	EXPECT_TRUE(eventually(module_refs() == 0));
}

/* Disconnected and connected to somebody else under a transfer from @pair[0]:
 * not one byte goes there. Returns 0, or what went wrong.
 */
static const char *reconnect(FIXTURE_DATA(tcp) * self, int pair[2], int protocol)
{
	struct sockaddr unspec = { .sa_family = AF_UNSPEC };
	struct sockaddr_storage a;
	socklen_t len = net_loopback(TCP4, &a);
	struct skiff_receipt r;
	int listening, other;
	char byte;

	listening = socket(AF_INET, SOCK_STREAM, protocol);
	if (bind(listening, (void *)&a, len) || listen(listening, 1) ||
	    getsockname(listening, (void *)&a, &len))
		return "listen";
	self->req.socket = pair[0];
	if (submit(self->dev, &self->req) ||
	    !eventually(!get_receipt(self->dev, self->req.out_id, &r) && r.room_waits))
		return "submit";
	if (connect(pair[0], &unspec, sizeof(unspec)) ||
	    connect(pair[0], (void *)&a, len))
		return "connect";
	other = accept(listening, NULL, NULL);
	if (take(self->dev, &self->c, PATIENCE_MS) != 1)
		return "take";
	shutdown(pair[0], SHUT_WR);
	if (recv(other, &byte, 1, 0))
		return "a byte came to the other peer";
	close(listening);
	close(other);
	return NULL;
}

TEST_F(tcp, reconnect)
{
	const char *wrong = reconnect(self, self->sock, 0);

	EXPECT_EQ(NULL, wrong)
	TH_LOG("%s", wrong);
	EXPECT_EQ(-ECONNRESET, self->c.error);
}

TEST_F(tcp, reconnect_mptcp)
{
	struct sockaddr_storage a;
	socklen_t len = net_loopback(TCP4, &a);
	int listening, pair[2], size = 128 * KIB;
	const char *wrong;

	pair[0] = socket(AF_INET, SOCK_STREAM, 262 /* IPPROTO_MPTCP */);
	listening = socket(AF_INET, SOCK_STREAM, 262);
	if (pair[0] < 0)
		SKIP(return, "no MPTCP in this kernel");
	/* Else the two may come to hold the whole file. */
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	setsockopt(listening, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	ASSERT_EQ(0, bind(listening, (void *)&a, len));
	ASSERT_EQ(0, listen(listening, 1));
	ASSERT_EQ(0, getsockname(listening, (void *)&a, &len));
	ASSERT_EQ(0, connect(pair[0], (void *)&a, len));
	pair[1] = accept(listening, NULL, NULL);
	wrong = reconnect(self, pair, 262);
	EXPECT_EQ(NULL, wrong)
	TH_LOG("%s", wrong);
	EXPECT_GT(0, self->c.error);
	close(pair[0]);
	close(pair[1]);
	close(listening);
}

/* The new connection is as good as any for who submits to it. */
TEST_F(tcp, submit_after_reconnect)
{
	struct sockaddr unspec = { .sa_family = AF_UNSPEC };
	struct range all = { 1, 0, FILE_LEN };
	struct sockaddr_storage a;
	struct receiver receiver;
	int listening, other;
	socklen_t len;

	listening = net_listen(TCP4, &a, &len);
	ASSERT_EQ(0, submit(self->dev, &self->req));
	ASSERT_EQ(0, connect(self->sock[0], &unspec, sizeof(unspec)));
	ASSERT_EQ(0, connect(self->sock[0], (void *)&a, len));
	other = accept(listening, NULL, NULL);
	ASSERT_EQ(0, submit(self->dev, &self->req));
	receiver_start(&receiver, other, &all, 1);
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	shutdown(self->sock[0], SHUT_WR);
	receiver_join(&receiver);
	EXPECT_EQ(-1, receiver.bad);
	EXPECT_EQ(FILE_LEN, receiver.received);
	close(listening);
	close(other);
}

/* Bytes that lie in the send buffer and were never sent. */
static int unsent(int sock)
{
	int n = -1;

	ioctl(sock, SIOCOUTQNSD, &n);
	return n;
}

/* A send that promised more, and did not keep it, leaves no part of a segment
 * behind: when the transfer has to wait for the disk, and when it ends.
 */
TEST_F(tcp, no_corked_tail)
{
	char header[100] = "", path[256];
	struct skiff_piece pieces[] = {
		memory_piece(header, sizeof(header)),
		file_piece(self->file, 1 * GIB, 5),
	};
	int small = file_create("/mnt/vblk-ext4", 1, 100, path);

	self->req.pieces = (uintptr_t)pieces;
	self->req.nr_pieces = 2;
	ASSERT_EQ(0, submit(self->dev, &self->req));
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(-ENODATA, self->c.error);
	EXPECT_EQ(sizeof(header), self->c.queued);
	EXPECT_EQ(0, unsent(self->sock[0]));

	/* The end of this one is found in the page cache. */
	self->piece = file_piece(small, 50, 100);
	self->req.pieces = (uintptr_t)&self->piece;
	self->req.nr_pieces = 1;
	ASSERT_EQ(0, submit(self->dev, &self->req));
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(-ENODATA, self->c.error);
	EXPECT_EQ(50, self->c.queued);
	EXPECT_EQ(0, unsent(self->sock[0]));
	close(small);
	unlink(path);
}

/* tcpi_data_segs_out of <linux/tcp.h>, which libc's header does not know. */
static unsigned int data_segments(int sock)
{
	uint32_t info[40] = {};
	socklen_t len = sizeof(info);

	getsockopt(sock, SOL_TCP, TCP_INFO, info, &len);
	return info[156 / 4];
}

/* A multipart answer is one request, and what it is made of joins to segments:
 * here all of it to one, as the loopback's are long.
 */
TEST_F(tcp, pieces_join)
{
	char header[256] = "", boundary[64] = "";
	struct skiff_piece pieces[] = {
		memory_piece(header, sizeof(header)),
		file_piece(self->file, 0, 8 * KIB),
		memory_piece(boundary, sizeof(boundary)),
		file_piece(self->file, 100 * KIB + 1, 8 * KIB),
		memory_piece(boundary, sizeof(boundary)),
	};
	unsigned int before = data_segments(self->sock[0]);

	self->req.pieces = (uintptr_t)pieces;
	self->req.nr_pieces = 5;
	ASSERT_EQ(0, submit(self->dev, &self->req));
	ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
	EXPECT_EQ(0, self->c.error);
	EXPECT_EQ(before + 1, data_segments(self->sock[0]));
}

/* Every page that went out can be freed afterwards: a transfer with a corked
 * tail, the user's own sendfile(2) behind it, and all of it once more.
 */
TEST_F(tcp, pages_balance)
{
	struct range ranges[] = {
		{ 1, 0, MIB + 77 },
		{ 1, MIB + 77, MIB },
		{ 1, 0, MIB + 77 },
		{ 1, MIB + 77, MIB },
	};
	struct receiver r;
	off_t pos;
	int i;

	receiver_start(&r, self->sock[1], ranges, 4);
	for (i = 0; i < 2; i++) {
		self->piece = file_piece(self->file, 0, MIB + 77);
		ASSERT_EQ(0, submit(self->dev, &self->req));
		ASSERT_EQ(1, take(self->dev, &self->c, PATIENCE_MS));
		pos = MIB + 77;
		while (pos < (off_t)(2 * MIB + 77))
			ASSERT_LT(0, syscall(SYS_sendfile, self->sock[0],
					     self->file, &pos,
					     2 * MIB + 77 - pos));
	}
	shutdown(self->sock[0], SHUT_WR);
	receiver_join(&r);
	EXPECT_EQ(-1, r.bad);
	EXPECT_EQ(4 * MIB + 154, r.received);
	close(self->sock[0]);
	close(self->sock[1]);
	self->sock[0] = self->sock[1] = -1;
	EXPECT_LT(0, pages_resident(self->file, FILE_LEN));
	EXPECT_TRUE(eventually(pages_all_go(self->file, FILE_LEN)));
}

TEST_HARNESS_MAIN
