/* SPDX-License-Identifier: GPL-2.0-only */
/* Netlink: what the kernel says of a device, and of the way to an address. */
#ifndef SKIFF_NETLINK_H
#define SKIFF_NETLINK_H

#include <net/if.h>
#include <sys/socket.h>

#include "tool.h"

struct link {
	char name[IF_NAMESIZE];
	bool up;
	/* 0: this kernel does not say. */
	uint32_t mtu;
	uint32_t gso_max_size;
	uint32_t gso_ipv4_max_size;
	uint32_t gso_max_segs;
	uint32_t tso_max_size; /* what the card can */
};

struct route {
	unsigned int device; /* its index */
	bool local;	     /* ends on this machine */
};

/* 0 or a negative errno. */
int netlink_link(const char *name, struct link *link);
int netlink_route(const struct sockaddr *to, struct route *route);

#endif /* SKIFF_NETLINK_H */
