// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crowd.h"
#include "fail.h"

#define CHUNK (1 << 20)
#define EVENTS 64
#define ALL_RIGHT 'y'
#define NOT_RIGHT 'n'

/* In the child: @got bytes on each connection since the order. */
struct takers {
	unsigned int nr;
	int *sockets;
	uint64_t *got;
	int events;
	char *buffer;
};

static void *allocate(size_t nr, size_t size)
{
	void *memory = calloc(nr, size);

	if (!memory)
		die("no memory");
	return memory;
}

static int open_socket(int buffer)
{
	int half = buffer / 2, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die_of(errno, "socket");
	if (buffer && (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &half, sizeof(half)) ||
		       setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &half, sizeof(half))))
		die_of(errno, "SO_SNDBUFFORCE");
	return fd;
}

/* Whether @nr bytes are what a file holds from @at on. Words may be cut. */
static bool is_file(const char *bytes, size_t nr, unsigned int file, uint64_t at)
{
	uint64_t word;

	for (; nr && at % 8; at++, bytes++, nr--) {
		word = crowd_word(file, at / 8);
		if (*bytes != ((char *)&word)[at % 8])
			return false;
	}
	for (; nr >= 8; at += 8, bytes += 8, nr -= 8) {
		memcpy(&word, bytes, 8);
		if (word != crowd_word(file, at / 8))
			return false;
	}
	word = crowd_word(file, at / 8);
	return !memcmp(bytes, &word, nr);
}

/* Compare @nr bytes that came on a connection. */
static bool is_right(const struct takers *takers, unsigned int connection, size_t nr,
		     const struct crowd_order *order)
{
	uint64_t at = takers->got[connection];
	const char *bytes = takers->buffer;

	while (nr) {
		uint64_t number = at / order->bytes_of_file, in_file = at % order->bytes_of_file;
		size_t part = order->bytes_of_file - in_file < nr ? order->bytes_of_file - in_file :
								    nr;
		unsigned int file = connection + (unsigned int)number * takers->nr;

		if (!is_file(bytes, part, order->same_file ? 0 : file, in_file))
			return false;
		bytes += part;
		at += part;
		nr -= part;
	}
	return true;
}

/* Returns bytes, or -1 if they are wrong or the connection is at its end. */
static ssize_t take_some(struct takers *takers, unsigned int i, const struct crowd_order *order)
{
	ssize_t n = recv(takers->sockets[i], takers->buffer, CHUNK,
			 MSG_DONTWAIT | (order->check ? 0 : MSG_TRUNC));

	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n <= 0)
		return -1;
	if (order->check && !is_right(takers, i, (size_t)n, order))
		return -1;
	takers->got[i] += (uint64_t)n;
	return n;
}

static bool take_all(struct takers *takers, const struct crowd_order *order)
{
	uint64_t left = order->bytes;
	struct epoll_event events[EVENTS];

	memset(takers->got, 0, takers->nr * sizeof(*takers->got));
	while (left) {
		int nr = epoll_wait(takers->events, events, EVENTS, -1);

		for (int i = 0; i < nr; i++) {
			ssize_t n = take_some(takers, events[i].data.u32, order);

			if (n < 0 || (uint64_t)n > left)
				return false;
			left -= (uint64_t)n;
		}
	}
	return true;
}

/* Until each connection has ended. */
static void take_rest(struct takers *takers)
{
	struct epoll_event events[EVENTS];
	unsigned int left = takers->nr;

	while (left) {
		int nr = epoll_wait(takers->events, events, EVENTS, -1);

		for (int i = 0; i < nr; i++) {
			int socket = takers->sockets[events[i].data.u32];

			if (recv(socket, takers->buffer, CHUNK, MSG_DONTWAIT | MSG_TRUNC) > 0)
				continue;
			epoll_ctl(takers->events, EPOLL_CTL_DEL, socket, NULL);
			left--;
		}
	}
}

static void accept_all(struct takers *takers, int listener)
{
	takers->events = epoll_create1(EPOLL_CLOEXEC);
	for (unsigned int i = 0; i < takers->nr; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.u32 = i };

		takers->sockets[i] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (takers->sockets[i] < 0 ||
		    epoll_ctl(takers->events, EPOLL_CTL_ADD, takers->sockets[i], &event))
			die_of(errno, "accept");
	}
}

static void serve(int control, int listener, unsigned int nr)
{
	struct takers takers = { .nr = nr };
	struct crowd_order order;

	takers.sockets = allocate(nr, sizeof(*takers.sockets));
	takers.got = allocate(nr, sizeof(*takers.got));
	takers.buffer = allocate(1, CHUNK);
	accept_all(&takers, listener);
	while (read(control, &order, sizeof(order)) == sizeof(order)) {
		char verdict = ALL_RIGHT;

		if (!order.bytes)
			take_rest(&takers);
		else if (!take_all(&takers, &order))
			verdict = NOT_RIGHT;
		if (write(control, &verdict, 1) != 1)
			exit(1);
	}
	exit(0);
}

static int listen_there(struct sockaddr_in *address, int buffer)
{
	int fd = open_socket(buffer);
	socklen_t size = sizeof(*address);

	*address = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	if (bind(fd, (void *)address, size) || listen(fd, 4096) ||
	    getsockname(fd, (void *)address, &size))
		die_of(errno, "cannot listen");
	return fd;
}

void crowd_start(struct crowd *crowd, unsigned int nr, int buffer)
{
	struct sockaddr_in address;
	int control[2], listener;

	listener = listen_there(&address, buffer);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control))
		die_of(errno, "socketpair");
	crowd->nr = nr;
	crowd->process = fork();
	if (crowd->process < 0)
		die_of(errno, "fork");
	if (!crowd->process) {
		close(control[0]);
		serve(control[1], listener, nr);
	}
	close(control[1]);
	close(listener);
	crowd->control = control[0];
	crowd->sockets = allocate(nr, sizeof(*crowd->sockets));
	for (unsigned int i = 0; i < nr; i++) {
		crowd->sockets[i] = open_socket(buffer);
		if (connect(crowd->sockets[i], (void *)&address, sizeof(address)))
			die_of(errno, "connect");
	}
}

void crowd_stop(struct crowd *crowd)
{
	int status;

	for (unsigned int i = 0; i < crowd->nr; i++)
		close(crowd->sockets[i]);
	free(crowd->sockets);
	close(crowd->control);
	if (waitpid(crowd->process, &status, 0) < 0 || status)
		die("the receivers ended with status %d", status);
}

void crowd_take(struct crowd *crowd, const struct crowd_order *order)
{
	if (write(crowd->control, order, sizeof(*order)) != sizeof(*order))
		die_of(errno, "cannot order the receivers");
}

bool crowd_is_content(struct crowd *crowd)
{
	char verdict;

	return read(crowd->control, &verdict, 1) == 1 && verdict == ALL_RIGHT;
}
