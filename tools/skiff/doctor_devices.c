// SPDX-License-Identifier: GPL-2.0-only
/*
 * The doctor on network devices: which are in the way of the bytes, and what kind
 * of device each is. One that stands on others (bond, bridge, VLAN) is as good as
 * the worst of these. Without a destination all cards that are up are looked at.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "netlink.h"
#include "value.h"

#define NET "/sys/class/net/"
#define LOWER "lower_"
#define DEPTH_MAX 8 /* as the kernel's own, MAX_NEST_DEV */

static int is_lower(const struct dirent *entry)
{
	return !strncmp(entry->d_name, LOWER, strlen(LOWER));
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool is_card(const char *device)
{
	char path[2 * VALUE_MAX];

	snprintf(path, sizeof(path), NET "%s/device", device);
	return !access(path, F_OK);
}

static void look_at_card(struct doctor *doctor, struct finding *f,
			 const char *device)
{
	char path[2 * VALUE_MAX], driver[VALUE_MAX] = "no driver",
				  parent[VALUE_MAX] = "?";

	snprintf(path, sizeof(path), NET "%s/device", device);
	value_read_link(path, parent);
	strcat(path, "/driver");
	value_read_link(path, driver);
	finding_value(f, "a card, %s at %s", driver, parent);
	finding_judge(f, VERDICT_OK,
		      "Pages leave this machine by it, and it can report when it has let go of them.");
	doctor_offloads(doctor, device);
	doctor_dma(doctor, device);
}

static void look_at(struct doctor *doctor, const char *device, unsigned int depth)
{
	struct dirent **lower;
	char path[2 * VALUE_MAX];
	struct finding *f;
	int nr;

	snprintf(path, sizeof(path), NET "%s", device);
	f = finding_new(&doctor->findings, path, "%s", device);
	nr = scandir(path, &lower, is_lower, alphasort);
	if (nr < 0) {
		finding_judge(f, VERDICT_UNKNOWN,
			      "cannot be read: %s; is /sys of another network namespace?",
			      strerror(errno));
		return;
	}
	if (is_card(device)) {
		look_at_card(doctor, f, device);
	} else if (!nr) {
		finding_value(f, "no card");
		finding_judge(f, VERDICT_NOTE,
			      "A device with neither a parent on a bus nor a device below it (loopback, veth, tun) hands packets to somebody on this machine, where pages that are lent would be copied. So they go on the rung splice: by reference, and nobody reports when they are let go of.");
	} else {
		finding_value(f, "stands on %d other%s", nr, nr > 1 ? "s" : "");
		finding_judge(f, VERDICT_OK,
			      "It is as good as the worst of what it stands on.");
		doctor_offloads(doctor, device);
	}
	for (int i = 0; i < nr; i++) {
		if (depth < DEPTH_MAX)
			look_at(doctor, lower[i]->d_name + strlen(LOWER),
				depth + 1);
		free(lower[i]);
	}
	free(lower);
}

static void look_at_route(struct doctor *doctor)
{
	struct finding *f;

	if (doctor->device)
		return;
	f = finding_new(&doctor->findings, "rtnetlink, RTM_GETROUTE",
			"route to %s", doctor->address.text);
	finding_value(f, "%s%s", doctor->route,
		      doctor->local ? ", ends on this machine" : "");
	finding_judge(f, VERDICT_OK, "What the kernel would take now.");
}

static void look_at_all(struct doctor *doctor)
{
	struct dirent **all;
	struct link link;
	int nr = scandir(NET, &all, is_visible, alphasort);

	for (int i = 0; i < nr; i++) {
		const char *name = all[i]->d_name;

		if (is_card(name) && !netlink_link(name, &link) && link.up) {
			look_at(doctor, name, 0);
			doctor_gso(doctor, name);
		}
		free(all[i]);
	}
	if (nr >= 0)
		free(all);
}

void doctor_devices(struct doctor *doctor)
{
	if (doctor->family == AF_UNIX)
		return;
	if (doctor->route[0]) {
		look_at_route(doctor);
		look_at(doctor, doctor->route, 0);
		doctor_gso(doctor, doctor->route);
	} else {
		look_at_all(doctor);
	}
	if (!doctor->local)
		doctor_bounces(doctor);
}
