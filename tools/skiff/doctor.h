/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the doctor share: what they were told, what one learns that
 * another judges by, and the findings. Each part reads, and changes nothing.
 */
#ifndef SKIFF_DOCTOR_H
#define SKIFF_DOCTOR_H

#include <net/if.h>
#include <sys/stat.h>

#include "address.h"
#include "finding.h"

struct doctor {
	struct findings findings;

	bool json;
	const char *file_name; /* NULL: none was named */
	int file;
	struct stat status;

	bool has_address;
	struct address address;
	const char *device; /* named instead of an address, or NULL */

	uint64_t disk_rate; /* bytes written in a second; 0: not told */
	uint64_t mbit;	    /* of the card; 0: not told */
	uint64_t rtt_us;    /* 0: neither told nor measured */
	bool rtt_told;

	int sock;		 /* connected to the address, or negative: why not */
	int family;		 /* of the address; AF_UNSPEC: none */
	bool local;		 /* the route ends on this machine */
	char route[IF_NAMESIZE]; /* the device of the route, or of --device */
};

/* Find out where the bytes would go. Reports what is wrong; returns a STATUS_. */
int doctor_reach(struct doctor *doctor);

void doctor_memory(struct doctor *doctor);
void doctor_file(struct doctor *doctor);
void doctor_rung(struct doctor *doctor);
void doctor_devices(struct doctor *doctor);
void doctor_offloads(struct doctor *doctor, const char *device);
void doctor_gso(struct doctor *doctor, const char *device);
void doctor_dma(struct doctor *doctor, const char *device);
void doctor_bounces(struct doctor *doctor);
void doctor_tcp(struct doctor *doctor);

#endif /* SKIFF_DOCTOR_H */
