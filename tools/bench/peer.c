// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fail.h"
#include "peer.h"
#include "tls.h"

#define CONNECTIONS 64
#define CHUNK (1 << 20)
#define ALL_RIGHT 'y'
#define NOT_RIGHT 'n'

/* In the child. */
struct asker {
	const struct content *content;
	char *file;
	char *buffer;
	int sockets[CONNECTIONS];
};

static void enter(const char *namespace)
{
	char path[256];
	int fd;

	if (!namespace)
		return;
	snprintf(path, sizeof(path), "/run/netns/%s", namespace);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die_of(errno, path);
	close(fd);
}

/* A size that is set is not tuned by the kernel, which doubles what it is told. */
static int open_socket(const struct network *network)
{
	int half = network->buffer / 2, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die_of(errno, "socket");
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &half, sizeof(half)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &half, sizeof(half)))
		die_of(errno, "SO_SNDBUFFORCE");
	return fd;
}

static struct sockaddr_in address_of(const struct network *network, uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = port };

	if (inet_pton(AF_INET, network->address, &address.sin_addr) != 1)
		die("no IPv4 address: %s", network->address);
	return address;
}

static int listen_there(const struct network *network, uint16_t *port)
{
	struct sockaddr_in address = address_of(network, 0);
	socklen_t size = sizeof(address);
	int fd = open_socket(network);

	if (bind(fd, (void *)&address, size) || listen(fd, CONNECTIONS) ||
	    getsockname(fd, (void *)&address, &size))
		die_of(errno, "cannot listen");
	*port = address.sin_port;
	return fd;
}

static void write_all(int fd, const void *from, size_t size)
{
	if (write(fd, from, size) != (ssize_t)size)
		die_of(errno, "an end cannot write to the other");
}

static bool discard(struct asker *asker, int socket, size_t size)
{
	while (size) {
		ssize_t n = recv(socket, asker->buffer, size < CHUNK ? size : CHUNK, MSG_TRUNC);

		if (n <= 0)
			return false;
		size -= (size_t)n;
	}
	return true;
}

static bool compare(struct asker *asker, int socket, const char *with, size_t size)
{
	while (size) {
		ssize_t n = recv(socket, asker->buffer, size < CHUNK ? size : CHUNK, 0);

		if (n <= 0 || memcmp(asker->buffer, with, (size_t)n))
			return false;
		with += n;
		size -= (size_t)n;
	}
	return true;
}

static bool take_response(struct asker *asker, int socket, bool check)
{
	const struct content *content = asker->content;
	bool right;

	if (!check)
		return discard(asker, socket, content->header_size + content->size);
	right = compare(asker, socket, content->header, content->header_size) &&
		compare(asker, socket, asker->file, content->size);
	/* What stays in memory is to be the sender's doing. */
	madvise(asker->file, content->size, MADV_DONTNEED);
	return right;
}

static bool ask(struct asker *asker, int socket, const struct order *order)
{
	for (unsigned int i = 0; i < order->batch; i++)
		asker->buffer[i] = '?';
	write_all(socket, asker->buffer, order->batch);
	for (unsigned int i = 0; i < order->batch; i++)
		if (!take_response(asker, socket, order->check))
			return false;
	return true;
}

static void follow(struct asker *asker, const struct order *order)
{
	int socket = asker->sockets[order->connection];
	char verdict = ALL_RIGHT;

	for (unsigned int i = 0; i < order->rounds && verdict == ALL_RIGHT; i++)
		if (!ask(asker, socket, order))
			verdict = NOT_RIGHT;
	write_all(socket, &verdict, 1);
}

static void prepare(struct asker *asker, const struct content *content)
{
	int file = open(content->path, O_RDONLY | O_CLOEXEC);

	asker->content = content;
	asker->buffer = malloc(CHUNK);
	asker->file = mmap(NULL, content->size, PROT_READ, MAP_SHARED, file, 0);
	if (file < 0 || !asker->buffer || asker->file == MAP_FAILED)
		die_of(errno, content->path);
	close(file);
}

/* An order for the connection after the last one is to accept it. */
static void serve(int control, const struct network *network, const struct content *content)
{
	unsigned int nr = 0;
	struct asker asker;
	struct order order;
	uint16_t port;
	int listener;

	enter(network->far);
	prepare(&asker, content);
	listener = listen_there(network, &port);
	write_all(control, &port, sizeof(port));
	while (read(control, &order, sizeof(order)) == sizeof(order)) {
		if (order.connection == nr) {
			asker.sockets[nr] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
			if (network->tls)
				tls_receive(asker.sockets[nr]);
			nr++;
			write_all(control, "a", 1);
			continue;
		}
		follow(&asker, &order);
	}
	exit(0);
}

void peer_start(struct peer *peer, const struct network *network, const struct content *content)
{
	int control[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control))
		die_of(errno, "socketpair");
	peer->network = *network;
	peer->connections = 0;
	peer->process = fork();
	if (peer->process < 0)
		die_of(errno, "fork");
	if (!peer->process) {
		close(control[0]);
		serve(control[1], network, content);
	}
	close(control[1]);
	peer->control = control[0];
	if (read(peer->control, &peer->port, sizeof(peer->port)) != sizeof(peer->port))
		die("the peer did not start");
	enter(network->near);
}

int peer_connect(struct peer *peer)
{
	static const int one = 1;
	struct sockaddr_in address = address_of(&peer->network, peer->port);
	struct order order = { .connection = peer->connections++ };
	int fd = open_socket(&peer->network);
	char byte;

	if (connect(fd, (void *)&address, sizeof(address)))
		die_of(errno, "cannot connect to the peer");
	write_all(peer->control, &order, sizeof(order));
	if (read(peer->control, &byte, 1) != 1)
		die("the peer did not accept");
	if (peer->network.tls)
		tls_send(fd);
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)))
		die_of(errno, "TCP_NODELAY");
	return fd;
}

void peer_order(struct peer *peer, const struct order *order)
{
	write_all(peer->control, order, sizeof(*order));
}

bool peer_is_content(int socket)
{
	char verdict;

	return read(socket, &verdict, 1) == 1 && verdict == ALL_RIGHT;
}

void peer_stop(struct peer *peer)
{
	int status;

	close(peer->control);
	if (waitpid(peer->process, &status, 0) < 0 || status)
		die("the peer ended with status %d", status);
}
