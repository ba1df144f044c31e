/* SPDX-License-Identifier: GPL-2.0-only */
/* The device by which bytes leave, as far as the route to an address tells. */
#ifndef SKIFF_EGRESS_H
#define SKIFF_EGRESS_H

#include <sys/socket.h>

#include "value.h"

struct egress {
	char device[VALUE_MAX]; /* "lo"; "": AF_UNIX has none */
	char card[VALUE_MAX];	/* what it is on its bus; "": none */
	bool local;		/* the bytes stay on this machine */
};

/* 0 or a negative errno. */
int egress_to(const struct sockaddr *to, struct egress *egress);

/* Bytes that the device counts as sent. 0 or a negative errno. */
int egress_sent(const struct egress *egress, uint64_t *bytes);

#endif /* SKIFF_EGRESS_H */
