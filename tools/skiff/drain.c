// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>

#include "drain.h"

#define IDLE_SECONDS 10
#define LOOK_MS 100

/* What the peer says is not for us. Returns 0 at its end, 1 if it is still
 * open, or a negative errno.
 */
static int discard(int sock)
{
	char buffer[4096];
	ssize_t nr = recv(sock, buffer, sizeof(buffer), MSG_DONTWAIT);

	if (nr >= 0)
		return !!nr;
	return errno == EAGAIN || errno == EINTR ? 1 : -errno;
}

/* What the peer has not taken: an amount that falls to 0; not always bytes. */
static int outstanding(int sock)
{
	int amount;

	return ioctl(sock, SIOCOUTQ, &amount) ? -errno : amount;
}

static time_t now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

int drain(int sock, int stop)
{
	struct pollfd fds[] = {
		{ .fd = sock, .events = POLLIN },
		{ .fd = stop, .events = POLLIN },
	};
	time_t since = now();
	int left, before = 0;
	int open = 1;

	if (shutdown(sock, SHUT_WR))
		return -errno;
	for (;;) {
		left = outstanding(sock);
		if (left != before)
			since = now();
		before = left;
		if (left < 0 || fds[1].revents || now() - since > IDLE_SECONDS)
			break;
		if (poll(fds, 2, LOOK_MS) > 0 && fds[0].revents)
			open = discard(sock);
		if (open <= 0)
			return open;
	}
	if (left <= 0)
		return left;
	return fds[1].revents ? -EINTR : -ETIMEDOUT;
}
