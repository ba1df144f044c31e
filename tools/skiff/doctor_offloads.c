// SPDX-License-Identifier: GPL-2.0-only
/* The doctor on offloads: what a network device does to packets by itself, and
 * how large a packet it is given.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "doctor.h"
#include "ethtool.h"
#include "netlink.h"
#include "value.h"

#define HEADERS 52 /* of IPv4 and TCP, with its timestamps */
/* What a socket gives a device at once if nobody changed it: a full packet. */
#define GSO_SIZE 65536

enum {
	IPV4,
	IPV6,
	NR_IP,
};

struct offload {
	const char *what;
	const char *names[NR_IP][2]; /* of features: either will do */
	const char *option;	     /* of ethtool -K */
	enum verdict fixed;	     /* if it is off, and cannot be on */
	const char *on, *off;	     /* what that means */
};

static const struct offload offloads[] = {
	{
		.what = "scatter-gather",
		.names = {
			[IPV4] = { "tx-scatter-gather" },
			[IPV6] = { "tx-scatter-gather" },
		},
		.option = "sg",
		.fixed = VERDICT_HINDERS,
		.on = "The card takes a packet in pieces: headers and pages.",
		.off = "Without it a packet must lie in one piece, and the CPU copies every byte of a file there.",
	},
	{
		.what = "checksum",
		.names = {
			[IPV4] = { "tx-checksum-ip-generic", "tx-checksum-ipv4" },
			[IPV6] = { "tx-checksum-ip-generic", "tx-checksum-ipv6" },
		},
		.option = "tx",
		.fixed = VERDICT_HINDERS,
		.on = "The card sums up the bytes, so the CPU need not read them.",
		.off = "Without it the CPU sums up every byte; and as the pages are shared with the file, which may change meanwhile, it copies them first.",
	},
	{
		.what = "TSO",
		.names = {
			[IPV4] = { "tx-tcp-segmentation" },
			[IPV6] = { "tx-tcp6-segmentation" },
		},
		.option = "tso",
		.fixed = VERDICT_NOTE,
		.on = "The card cuts packets of up to gso_max_size into segments.",
		.off = "Without it the CPU cuts each packet into segments of an MTU, each with headers, references to pages and mappings of its own: some 45 for 64 KiB at an MTU of 1500. No byte of a file is copied for it.",
	},
};

#define NR_OFFLOADS (sizeof(offloads) / sizeof(offloads[0]))

/* The better of the features that will do. */
static enum feature state(const struct features *features,
			  const char *const names[2], const char **name)
{
	enum feature one = ethtool_feature(features, names[0]);
	enum feature other = names[1] ? ethtool_feature(features, names[1]) :
					FEATURE_NONE;

	*name = other > one ? names[1] : names[0];
	return other > one ? other : one;
}

static void look_at_offload(struct doctor *doctor, const char *device,
			    const struct features *features,
			    const struct offload *offload)
{
	struct finding *f = finding_new(&doctor->findings,
					"ioctl SIOCETHTOOL, ETHTOOL_GFEATURES",
					"%s: %s", device, offload->what);
	bool ipv6 = doctor->family == AF_INET6;
	const char *name;

	switch (state(features, offload->names[ipv6 ? IPV6 : IPV4], &name)) {
	case FEATURE_ON:
		finding_value(f, "on (%s)", name);
		finding_judge(f, VERDICT_OK, "%s", offload->on);
		break;
	case FEATURE_OFF:
		finding_value(f, "off (%s)", name);
		finding_set(f, "ethtool -K %s %s on", device, offload->option);
		finding_judge(f, VERDICT_HINDERS, "%s", offload->off);
		break;
	default:
		finding_value(f, "off, and cannot be on (%s)", name);
		finding_judge(f, offload->fixed, "%s", offload->off);
	}
}

void doctor_offloads(struct doctor *doctor, const char *device)
{
	struct features *features;
	int error = ethtool_features(device, &features);

	if (error) {
		finding_unread(finding_new(&doctor->findings, "ioctl SIOCETHTOOL",
					   "%s: offloads", device),
			       error);
		return;
	}
	for (size_t i = 0; i < NR_OFFLOADS; i++)
		look_at_offload(doctor, device, features, &offloads[i]);
	ethtool_free(features);
}

static void look_at_size(struct doctor *doctor, const struct link *link,
			 const char *name, uint32_t size)
{
	struct finding *f = finding_new(&doctor->findings, "rtnetlink, RTM_GETLINK",
					"%s: %s", link->name, name);

	if (!size) {
		finding_judge(f, VERDICT_UNKNOWN, "this kernel does not say");
		return;
	}
	finding_value(f, "%" PRIu32, size);
	finding_number(f, size);
	if (size >= GSO_SIZE) {
		finding_judge(f, VERDICT_OK,
			      "A packet of %" PRIu32 " bytes goes through the stack at once. (The card can take %" PRIu32 ".)",
			      size, link->tso_max_size);
	} else if (link->tso_max_size >= GSO_SIZE) {
		/* Up to this size it sets that of IPv4, too. */
		finding_set(f, "ip link set dev %s gso_max_size %d", link->name,
			    GSO_SIZE);
		finding_judge(f, VERDICT_HINDERS,
			      "Each packet goes through the stack by itself, and at %d bytes, the default, there would be %.1f times fewer. The card can take %" PRIu32 ".",
			      GSO_SIZE, (double)GSO_SIZE / size, link->tso_max_size);
	} else {
		finding_judge(f, VERDICT_NOTE,
			      "Less than the default of %d, but all that the card can take (tso_max_size %" PRIu32 ").",
			      GSO_SIZE, link->tso_max_size);
	}
}

static void look_at_segments(struct doctor *doctor, const struct link *link,
			     uint32_t size)
{
	struct finding *f = finding_new(&doctor->findings, "rtnetlink, RTM_GETLINK",
					"%s: gso_max_segs", link->name);
	uint32_t wanted;

	if (!link->gso_max_segs || link->mtu <= HEADERS) {
		finding_judge(f, VERDICT_UNKNOWN,
			      "this kernel does not say it, or the MTU");
		return;
	}
	finding_value(f, "%" PRIu32, link->gso_max_segs);
	finding_number(f, link->gso_max_segs);
	wanted = (size + link->mtu - HEADERS - 1) / (link->mtu - HEADERS);
	if (link->gso_max_segs >= wanted) {
		finding_judge(f, VERDICT_OK,
			      "A full packet has %" PRIu32 " segments: %" PRIu32 " bytes by the %" PRIu32 " that fit an MTU of %" PRIu32 ".",
			      wanted, size, link->mtu - HEADERS, link->mtu);
		return;
	}
	finding_set(f, "ip link set dev %s gso_max_segs %" PRIu32, link->name,
		    wanted);
	finding_judge(f, VERDICT_HINDERS,
		      "A full packet has %" PRIu32 " segments: %" PRIu32 " bytes by the %" PRIu32 " that fit an MTU of %" PRIu32 ". So all packets are shorter.",
		      wanted, size, link->mtu - HEADERS, link->mtu);
}

void doctor_gso(struct doctor *doctor, const char *device)
{
	bool ipv4 = doctor->family != AF_INET6;
	struct link link;
	uint32_t size;
	int error = netlink_link(device, &link);

	if (error) {
		finding_unread(finding_new(&doctor->findings,
					   "rtnetlink, RTM_GETLINK",
					   "%s: gso_max_size", device),
			       error);
		return;
	}
	/* Before Linux 6.3 there was one size for both. */
	ipv4 = ipv4 && link.gso_ipv4_max_size;
	size = ipv4 ? link.gso_ipv4_max_size : link.gso_max_size;
	look_at_size(doctor, &link, ipv4 ? "gso_ipv4_max_size" : "gso_max_size",
		     size);
	look_at_segments(doctor, &link, size ? size : GSO_SIZE);
}
