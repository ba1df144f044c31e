/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses: HOST:PORT, [IPV6]:PORT or unix:/path, and the sockets of them.
 * All report what is wrong, and return a STATUS_, or a descriptor in *sock.
 */
#ifndef SKIFF_ADDRESS_H
#define SKIFF_ADDRESS_H

#include <netdb.h>
#include <sys/un.h>

#include "tool.h"

struct address {
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	char host[256]; /* empty: any */
	char port[6];
	const char *text; /* as it was given */
};

int address_parse(struct address *address, const char *text);
/* Of recv: @text is a PORT (0: any) or unix:/path; @host may be NULL. */
int address_parse_local(struct address *address, const char *text,
			const char *host);

/* Of a HOST: its addresses, for freeaddrinfo(); or NULL, and why there are none. */
struct addrinfo *address_look_up(const struct address *address, int flags,
				 const char **why);

int address_connect(const struct address *address, int *sock);
int address_listen(const struct address *address, int *sock);

/* Tell on stderr where @sock listens. */
int address_announce(const struct address *address, int sock);

/* Remove what listening left in the file system. */
void address_remove(const struct address *address);

#endif /* SKIFF_ADDRESS_H */
