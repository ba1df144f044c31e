/* SPDX-License-Identifier: GPL-2.0-only */
/* A connection over a pair of emulated cards, between two namespaces. */
#ifndef SKIFF_CARD_H
#define SKIFF_CARD_H

#include "skiff_test.h"

#include <sched.h>

static inline int socket_in(const char *netns, int family)
{
	char path[64];
	int ns, fd;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	ns = open(path, O_RDONLY);
	if (ns < 0 || setns(ns, CLONE_NEWNET))
		return -1;
	close(ns);
	fd = socket(family, SOCK_STREAM, 0);
	return fd;
}

static inline socklen_t address(const char *text, struct sockaddr_storage *a)
{
	struct sockaddr_in6 *in6 = (void *)a;
	struct sockaddr_in *in = (void *)a;

	memset(a, 0, sizeof(*a));
	if (strchr(text, ':')) {
		in6->sin6_family = AF_INET6;
		inet_pton(AF_INET6, text, &in6->sin6_addr);
		return sizeof(*in6);
	}
	in->sin_family = AF_INET;
	inet_pton(AF_INET, text, &in->sin_addr);
	return sizeof(*in);
}

/* pair[0] connects to pair[1] by @a; both are open sockets. */
static inline int join(int pair[2], void *a, socklen_t len)
{
	int listening = pair[1];

	if (bind(listening, a, len) || listen(listening, 1) ||
	    getsockname(listening, a, &len) || connect(pair[0], a, len))
		return -1;
	pair[1] = accept(listening, NULL, NULL);
	close(listening);
	return pair[1] < 0 ? -1 : 0;
}

static inline int card_pair(const char *far, int pair[2])
{
	struct sockaddr_storage a;
	socklen_t len = address(far, &a);

	pair[1] = socket_in("far", a.ss_family);
	pair[0] = socket_in("near", a.ss_family);
	return join(pair, &a, len);
}

#endif
