/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Measures: what sending a file once, one way, did to its bytes and cost the CPU.
 * Everything is counted while it happens; what cannot be is unknown.
 */
#ifndef SKIFF_MEASURE_H
#define SKIFF_MEASURE_H

#include "address.h"
#include "egress.h"
#include "way.h"

struct tracer;
struct coster;

/* What counts. Either of the first two may be NULL: why is in its @no_. */
struct meter {
	struct tracer *tracer;
	struct coster *coster;
	char no_tracer[160];
	char no_coster[160];
	struct egress egress;
};

/* Who says how many bytes the card fetched. */
enum card_source {
	CARD_UNKNOWN,
	CARD_NONE,   /* the bytes stay on this machine */
	CARD_MAPPED, /* traced: memory that the driver mapped for the card */
	CARD_SENT,   /* the device's own count of bytes sent */
};

struct measure {
	const struct way *way;
	int error; /* why it is no way for this file; all else is 0 then */
	uint64_t bytes;
	bool has_cached;
	uint64_t cached; /* in the page cache before */
	uint64_t ns;	 /* until the peer had all of it */

	/* Bytes that the CPU copied, or that a socket took by reference; only if
	 * @traced.
	 */
	bool traced;
	uint64_t from_file;
	uint64_t into_socket;
	uint64_t in_packets;
	uint64_t bounced;
	uint64_t by_reference;
	uint64_t checksummed; /* read by the CPU, not copied */
	uint64_t missed;      /* events that were not counted */
	uint64_t system_calls;

	/* Of the process. */
	uint64_t cpu_ns;
	uint64_t switches;

	/* Of skiff's kernel threads, and bytes from disks; only if @has_threads. */
	bool has_threads;
	uint64_t thread_ns;
	uint64_t thread_switches;
	uint64_t disk_bytes;

	enum card_source card_source;
	uint64_t card_bytes;
	uint64_t card_maps; /* if MAPPED */

	/* What a transfer of skiff was, if it was one. */
	bool has_receipt;
	struct skiff_receipt receipt;
};

void meter_open(struct meter *meter, const struct egress *egress);
void meter_close(struct meter *meter);

/* Send @delivery to @address by @way. Returns 0, also if the way does not exist
 * for this file, or a STATUS_ after having said why.
 */
int measure_way(const struct meter *meter, const struct way *way,
		const struct address *address, struct delivery *delivery,
		bool cold, struct measure *measure);

/* Copies of all kinds, of the bytes that were sent. */
uint64_t measure_copied(const struct measure *measure);

#endif /* SKIFF_MEASURE_H */
