// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"

#define UNIX_PREFIX "unix:"

static int parse_port(struct address *address, const char *text,
		      unsigned int min)
{
	uint64_t port;

	if (parse_number(text, min, 65535, &port))
		return misused("port must be %u to 65535: `%s'", min, text);
	snprintf(address->port, sizeof(address->port), "%u",
		 (unsigned int)port);
	return STATUS_OK;
}

static int parse_host(struct address *address, const char *host, size_t length)
{
	bool brackets = length && host[0] == '[';

	if (brackets && host[length - 1] == ']') {
		host++;
		length -= 2;
	} else if (brackets || memchr(host, ':', length)) {
		return misused("an IPv6 address must be written [ADDRESS]:PORT: `%s'",
			       address->text);
	}
	if (!length || length >= sizeof(address->host))
		return misused("host must be 1 to %zu characters: `%.*s'",
			       sizeof(address->host) - 1, (int)length, host);
	memcpy(address->host, host, length);
	return STATUS_OK;
}

static bool is_path(const char *text)
{
	return !strncmp(text, UNIX_PREFIX, strlen(UNIX_PREFIX));
}

static int parse_path(struct address *address, const char *path)
{
	size_t length = strlen(path);

	if (!length || length >= sizeof(address->path))
		return misused("path of a socket must be 1 to %zu bytes: `%s'",
			       sizeof(address->path) - 1, path);
	memcpy(address->path, path, length);
	return STATUS_OK;
}

int address_parse(struct address *address, const char *text)
{
	const char *colon = strrchr(text, ':');
	int status;

	*address = (struct address){ .text = text };
	if (is_path(text))
		return parse_path(address, text + strlen(UNIX_PREFIX));
	if (!colon)
		return misused("address must be HOST:PORT or unix:/PATH: `%s'",
			       text);
	status = parse_host(address, text, colon - text);
	return status ? status : parse_port(address, colon + 1, 1);
}

int address_parse_local(struct address *address, const char *text,
			const char *host)
{
	*address = (struct address){ .text = text };
	if (is_path(text)) {
		if (host)
			return misused("--bind goes with a PORT, not with `%s'",
				       text);
		return parse_path(address, text + strlen(UNIX_PREFIX));
	}
	if (host && (!*host || strlen(host) >= sizeof(address->host)))
		return misused("host must be 1 to %zu characters: `%s'",
			       sizeof(address->host) - 1, host);
	if (host)
		strcpy(address->host, host);
	return parse_port(address, text, 0);
}

typedef int open_fn(const struct sockaddr *address, socklen_t length,
		    int family);

static int open_socket(int family)
{
	int sock = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return sock < 0 ? -errno : sock;
}

static int open_connected(const struct sockaddr *address, socklen_t length,
			  int family)
{
	int sock = open_socket(family);
	int error;

	if (sock < 0 || !connect(sock, address, length))
		return sock;
	error = -errno;
	close(sock);
	return error;
}

static int open_listening(const struct sockaddr *address, socklen_t length,
			  int family)
{
	int sock = open_socket(family);
	int one = 1;
	int error;

	if (sock < 0)
		return sock;
	setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (!bind(sock, address, length) && !listen(sock, 16))
		return sock;
	error = -errno;
	close(sock);
	return error;
}

struct addrinfo *address_look_up(const struct address *address, int flags,
				 const char **why)
{
	struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV | flags,
	};
	struct addrinfo *list = NULL;
	int error;

	error = getaddrinfo(address->host[0] ? address->host : NULL,
			    address->port, &hints, &list);
	if (error)
		*why = error == EAI_SYSTEM ? strerror(errno) :
					     gai_strerror(error);
	return error ? NULL : list;
}

/* The first of the host's addresses that works. */
static int open_host(const struct address *address, int flags,
		     open_fn *open_one, const char **why)
{
	struct addrinfo *list, *entry;
	int sock = -EADDRNOTAVAIL;

	list = address_look_up(address, flags, why);
	if (!list)
		return -EINVAL;
	for (entry = list; entry && sock < 0; entry = entry->ai_next)
		sock = open_one(entry->ai_addr, entry->ai_addrlen,
				entry->ai_family);
	freeaddrinfo(list);
	if (sock < 0)
		*why = strerror(-sock);
	return sock;
}

static int open_path(const struct address *address, open_fn *open_one,
		     const char **why)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int sock;

	memcpy(un.sun_path, address->path, sizeof(un.sun_path));
	sock = open_one((struct sockaddr *)&un, sizeof(un), AF_UNIX);
	if (sock < 0)
		*why = strerror(-sock);
	return sock;
}

int address_connect(const struct address *address, int *sock)
{
	const char *why;

	if (address->path[0])
		*sock = open_path(address, open_connected, &why);
	else
		*sock = open_host(address, 0, open_connected, &why);
	if (*sock < 0)
		return failed("cannot connect to %s: %s", address->text, why);
	return STATUS_OK;
}

int address_listen(const struct address *address, int *sock)
{
	const char *why;

	if (address->path[0])
		*sock = open_path(address, open_listening, &why);
	else
		*sock = open_host(address, AI_PASSIVE, open_listening, &why);
	if (*sock < 0)
		return failed("cannot listen on %s%s%s: %s", address->host,
			      address->host[0] ? " port " : "", address->text,
			      why);
	return STATUS_OK;
}

int address_announce(const struct address *address, int sock)
{
	struct sockaddr_storage local;
	socklen_t length = sizeof(local);
	char host[NI_MAXHOST], port[NI_MAXSERV];

	if (address->path[0]) {
		fprintf(stderr, "listening on %s\n", address->text);
		return STATUS_OK;
	}
	if (getsockname(sock, (struct sockaddr *)&local, &length) ||
	    getnameinfo((struct sockaddr *)&local, length, host, sizeof(host),
			port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV))
		return failed("cannot tell where the socket listens");
	fprintf(stderr,
		local.ss_family == AF_INET6 ? "listening on [%s]:%s\n" :
					      "listening on %s:%s\n",
		host, port);
	return STATUS_OK;
}

void address_remove(const struct address *address)
{
	if (address->path[0])
		unlink(address->path);
}
