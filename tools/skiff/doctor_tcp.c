// SPDX-License-Identifier: GPL-2.0-only
/* The doctor on TCP: whether a socket can hold what is on its way, and by whose
 * rule it sends. /proc/sys/net is that of the network namespace.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "doctor.h"
#include "units.h"
#include "value.h"

#define IPV4 "/proc/sys/net/ipv4/"
#define WMEM IPV4 "tcp_wmem"

/* The algorithm of the connection, as its route may have one of its own. */
static int read_algorithm(const struct doctor *doctor, char name[VALUE_MAX],
			  const char **from)
{
	socklen_t length = VALUE_MAX - 1;

	memset(name, 0, VALUE_MAX);
	*from = "getsockopt TCP_CONGESTION of the connection";
	if (doctor->sock >= 0)
		return getsockopt(doctor->sock, IPPROTO_TCP, TCP_CONGESTION, name,
				  &length) ?
			       -errno :
			       0;
	*from = IPV4 "tcp_congestion_control";
	return value_read(*from, name);
}

/* How many windows the kernel lets a send buffer grow to: tcp_sndbuf_expand(). */
static unsigned int windows(const struct doctor *doctor)
{
	char name[VALUE_MAX];
	const char *from;

	return !read_algorithm(doctor, name, &from) && !strcmp(name, "bbr") ? 3 :
									      2;
}

/* 0: neither told, nor does the card say. */
static uint64_t speed(const struct doctor *doctor)
{
	char path[VALUE_MAX];
	uint64_t mbit;

	if (doctor->mbit || !doctor->route[0])
		return doctor->mbit;
	snprintf(path, sizeof(path), "/sys/class/net/%s/speed", doctor->route);
	return value_read_number(path, &mbit) ? 0 : mbit;
}

static const char *missing(uint64_t mbit, uint64_t rtt_us)
{
	if (mbit)
		return "the time (name an ADDRESS that listens, or say --rtt)";
	if (rtt_us)
		return "the speed (say --speed)";
	return "either (say --speed and --rtt)";
}

static void judge_wmem(const struct doctor *doctor, struct finding *f,
		       const uint64_t wmem[3])
{
	unsigned int times = windows(doctor);
	uint64_t mbit = speed(doctor), wanted;

	if (doctor->local) {
		finding_judge(f, VERDICT_OK,
			      "The route ends on this machine: nothing is under way for long.");
		return;
	}
	if (!mbit || !doctor->rtt_us) {
		finding_judge(f, VERDICT_UNKNOWN,
			      "A send buffer should hold %u times what is under way, the card's speed x the round-trip time. Not known: %s.",
			      times, missing(mbit, doctor->rtt_us));
		return;
	}
	wanted = mbit * doctor->rtt_us / 8 * times;
	/* The kernel keeps it in an int. */
	if (wanted > INT_MAX)
		wanted = INT_MAX;
	if (wmem[2] < wanted)
		finding_set(f,
			    "sysctl -w net.ipv4.tcp_wmem=\"%" PRIu64 " %" PRIu64 " %" PRIu64 "\"",
			    wmem[0], wmem[1], wanted);
	finding_judge(f, wmem[2] < wanted ? VERDICT_HINDERS : VERDICT_OK,
		      "%s: a send buffer should hold %s, %u x %" PRIu64 " Mbit/s x %s (%s), and headers.",
		      wmem[2] < wanted ? "One connection cannot fill the card" :
					 "The largest buffer suffices",
		      text_bytes(wanted).s, times, mbit,
		      text_ns(doctor->rtt_us * 1000).s,
		      doctor->rtt_told ? "as told" : "of a handshake");
}

static void look_at_wmem(struct doctor *doctor)
{
	struct finding *f = finding_new(&doctor->findings, WMEM,
					"net.ipv4.tcp_wmem");
	char value[VALUE_MAX];
	uint64_t wmem[3];
	int error = value_read(WMEM, value);

	if (!error && sscanf(value, "%" SCNu64 " %" SCNu64 " %" SCNu64, &wmem[0],
			     &wmem[1], &wmem[2]) != 3)
		error = -EINVAL;
	if (error) {
		finding_unread(f, error);
		return;
	}
	finding_value(f, "%" PRIu64 " %" PRIu64 " %" PRIu64, wmem[0], wmem[1],
		      wmem[2]);
	finding_number(f, wmem[2]);
	judge_wmem(doctor, f, wmem);
}

static void look_at_congestion(struct doctor *doctor)
{
	char name[VALUE_MAX], available[VALUE_MAX];
	const char *from;
	int error = read_algorithm(doctor, name, &from);
	struct finding *f = finding_new(&doctor->findings, from,
					"congestion control");

	if (!error)
		error = value_read(IPV4 "tcp_available_congestion_control",
				   available);
	if (error) {
		finding_unread(f, error);
		return;
	}
	finding_value(f, "%s, of %s", name, available);
	finding_judge(f, VERDICT_OK,
		      "All send by reference. Which is fastest depends on the path's losses and queues, which nothing on this machine says.");
}

void doctor_tcp(struct doctor *doctor)
{
	if (doctor->family == AF_UNIX)
		return;
	look_at_wmem(doctor);
	look_at_congestion(doctor);
}
