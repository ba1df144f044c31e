// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "egress.h"
#include "netlink.h"

#define NET "/sys/class/net/"

int egress_to(const struct sockaddr *to, struct egress *egress)
{
	char path[2 * VALUE_MAX];
	struct route route;
	int error;

	*egress = (struct egress){ 0 };
	error = netlink_route(to, &route);
	if (error)
		return error;
	egress->local = route.local;
	if (!if_indextoname(route.device, egress->device))
		return -errno;
	snprintf(path, sizeof(path), NET "%s/device", egress->device);
	value_read_link(path, egress->card);
	return 0;
}

int egress_sent(const struct egress *egress, uint64_t *bytes)
{
	char path[2 * VALUE_MAX];

	snprintf(path, sizeof(path), NET "%s/statistics/tx_bytes",
		 egress->device);
	return value_read_number(path, bytes);
}
