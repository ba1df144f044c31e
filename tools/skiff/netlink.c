// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <time.h>

#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "netlink.h"

/* A link with much to tell needs more than libmnl's usual page. */
#define ANSWER_MAX 32768

/* A header may be older than the kernel: Debian 12 has those of 6.1. */
#define GSO_IPV4_MAX_SIZE 63 /* IFLA_GSO_IPV4_MAX_SIZE, of Linux 6.3 */

static int talk(struct mnl_socket *sock, struct nlmsghdr *request, mnl_cb_t take,
		void *data)
{
	char answer[ANSWER_MAX];
	ssize_t nr;

	request->nlmsg_seq = time(NULL);
	if (mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(sock, request, request->nlmsg_len) < 0)
		return -errno;
	nr = mnl_socket_recvfrom(sock, answer, sizeof(answer));
	if (nr < 0 ||
	    mnl_cb_run(answer, nr, request->nlmsg_seq,
		       mnl_socket_get_portid(sock), take, data) < 0)
		return -errno;
	return 0;
}

/* One question, and one answer for @take. */
static int ask(struct nlmsghdr *request, mnl_cb_t take, void *data)
{
	struct mnl_socket *sock = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	int error;

	if (!sock)
		return -errno;
	error = talk(sock, request, take, data);
	mnl_socket_close(sock);
	return error;
}

static int take_link_attribute(const struct nlattr *attribute, void *data)
{
	struct link *link = data;

	switch (mnl_attr_get_type(attribute)) {
	case IFLA_MTU:
		link->mtu = mnl_attr_get_u32(attribute);
		break;
	case IFLA_GSO_MAX_SIZE:
		link->gso_max_size = mnl_attr_get_u32(attribute);
		break;
	case GSO_IPV4_MAX_SIZE:
		link->gso_ipv4_max_size = mnl_attr_get_u32(attribute);
		break;
	case IFLA_GSO_MAX_SEGS:
		link->gso_max_segs = mnl_attr_get_u32(attribute);
		break;
	case IFLA_TSO_MAX_SIZE:
		link->tso_max_size = mnl_attr_get_u32(attribute);
		break;
	}
	return MNL_CB_OK;
}

static int take_link(const struct nlmsghdr *answer, void *data)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(answer);
	struct link *link = data;

	link->up = info->ifi_flags & IFF_UP;
	return mnl_attr_parse(answer, sizeof(*info), take_link_attribute, link);
}

int netlink_link(const char *name, struct link *link)
{
	char buffer[256];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *info;

	*link = (struct link){ 0 };
	if (!*name || strlen(name) >= sizeof(link->name))
		return -ENODEV;
	strcpy(link->name, name);
	request->nlmsg_type = RTM_GETLINK;
	request->nlmsg_flags = NLM_F_REQUEST;
	info = mnl_nlmsg_put_extra_header(request, sizeof(*info));
	info->ifi_family = AF_UNSPEC;
	mnl_attr_put_strz(request, IFLA_IFNAME, name);
	return ask(request, take_link, link);
}

static int take_route_attribute(const struct nlattr *attribute, void *data)
{
	struct route *route = data;

	if (mnl_attr_get_type(attribute) == RTA_OIF)
		route->device = mnl_attr_get_u32(attribute);
	return MNL_CB_OK;
}

static int take_route(const struct nlmsghdr *answer, void *data)
{
	const struct rtmsg *message = mnl_nlmsg_get_payload(answer);
	struct route *route = data;

	route->local = message->rtm_type == RTN_LOCAL;
	return mnl_attr_parse(answer, sizeof(*message), take_route_attribute,
			      route);
}

int netlink_route(const struct sockaddr *to, struct route *route)
{
	char buffer[256];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct rtmsg *message;

	*route = (struct route){ 0 };
	request->nlmsg_type = RTM_GETROUTE;
	request->nlmsg_flags = NLM_F_REQUEST;
	message = mnl_nlmsg_put_extra_header(request, sizeof(*message));
	message->rtm_family = to->sa_family;
	if (to->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)to;

		message->rtm_dst_len = 128;
		mnl_attr_put(request, RTA_DST, sizeof(in6->sin6_addr),
			     &in6->sin6_addr);
		if (in6->sin6_scope_id)
			mnl_attr_put_u32(request, RTA_OIF, in6->sin6_scope_id);
	} else {
		const struct sockaddr_in *in = (const void *)to;

		message->rtm_dst_len = 32;
		mnl_attr_put(request, RTA_DST, sizeof(in->sin_addr),
			     &in->sin_addr);
	}
	return ask(request, take_route, route);
}
