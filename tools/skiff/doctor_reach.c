// SPDX-License-Identifier: GPL-2.0-only
/* The doctor's way to the peer: its route, and a connection if it listens. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "doctor.h"
#include "netlink.h"

#define CONNECT_SECONDS 5

static int connect_soon(const struct addrinfo *to)
{
	struct timeval limit = { .tv_sec = CONNECT_SECONDS };
	int sock = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error;

	if (sock < 0)
		return -errno;
	setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (!connect(sock, to->ai_addr, to->ai_addrlen))
		return sock;
	error = errno == EINPROGRESS ? -ETIMEDOUT : -errno;
	close(sock);
	return error;
}

static uint32_t rtt_of(int sock)
{
	struct tcp_info info;
	socklen_t length = sizeof(info);

	return getsockopt(sock, IPPROTO_TCP, TCP_INFO, &info, &length) ?
		       0 :
		       info.tcpi_rtt;
}

/* Once more: the first handshake may have waited for the neighbour's address. */
static void measure_rtt(struct doctor *doctor)
{
	struct sockaddr_storage peer;
	struct addrinfo to = {
		.ai_family = doctor->family,
		.ai_addr = (struct sockaddr *)&peer,
		.ai_addrlen = sizeof(peer),
	};
	int sock;

	if (doctor->rtt_us ||
	    getpeername(doctor->sock, to.ai_addr, &to.ai_addrlen))
		return;
	doctor->rtt_us = rtt_of(doctor->sock);
	sock = connect_soon(&to);
	if (sock < 0)
		return;
	if (rtt_of(sock) < doctor->rtt_us)
		doctor->rtt_us = rtt_of(sock);
	close(sock);
}

/* The first address that answers; else the first that there is a way to. */
static int reach_one_of(struct doctor *doctor, const struct addrinfo *list)
{
	const struct addrinfo *to;
	struct route route;
	int error = -ENETUNREACH;

	for (to = list; to && doctor->sock < 0; to = to->ai_next) {
		int one = netlink_route(to->ai_addr, &route);
		int sock = one ? one : connect_soon(to);

		if (!one && (error || sock >= 0)) {
			doctor->family = to->ai_family;
			doctor->local = route.local;
			doctor->sock = sock;
			if (!if_indextoname(route.device, doctor->route))
				one = -errno;
		}
		error = error ? one : 0;
	}
	return error;
}

static int reach_host(struct doctor *doctor)
{
	const char *name = doctor->address.text, *why;
	struct addrinfo *list = address_look_up(&doctor->address, 0, &why);
	int error;

	if (!list)
		return failed("cannot find %s: %s", name, why);
	error = reach_one_of(doctor, list);
	freeaddrinfo(list);
	if (error)
		return failed("no route to %s: %s", name, strerror(-error));
	if (doctor->sock >= 0)
		measure_rtt(doctor);
	return STATUS_OK;
}

int doctor_reach(struct doctor *doctor)
{
	struct link link;
	int error;

	if (doctor->device) {
		error = netlink_link(doctor->device, &link);
		if (error)
			return failed("no network device `%s': %s",
				      doctor->device, strerror(-error));
		strcpy(doctor->route, doctor->device);
		return STATUS_OK;
	}
	if (!doctor->has_address)
		return STATUS_OK;
	if (!doctor->address.path[0])
		return reach_host(doctor);
	doctor->family = AF_UNIX;
	doctor->local = true;
	return address_connect(&doctor->address, &doctor->sock);
}
