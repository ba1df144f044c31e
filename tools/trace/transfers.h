/* SPDX-License-Identifier: GPL-2.0-only */
/* What is counted for each transfer of skiff's: by the BPF program, too. */
#ifndef SKIFF_TRACE_TRANSFERS_H
#define SKIFF_TRACE_TRANSFERS_H

#include <stdbool.h>

#include "skiff-trace.h"

/* Where the time of a transfer goes: each but the last once, often or never. */
enum trace_stage {
	TRACE_FILL,
	TRACE_TURN_WAIT,
	TRACE_DISK_WAIT,
	TRACE_ROOM_WAIT,
	TRACE_RELEASE_WAIT,
	TRACE_WHOLE, /* from submit to complete */
	TRACE_NR_STAGES,
};

/* Bucket n counts what took from 2^n ns to less than twice that; the last, longer. */
#define TRACE_BUCKETS 40

/* Which transfers: those for which all hold; 0 is any. */
struct trace_filter {
	bool on;
	unsigned int pid;
	unsigned long long id;
	unsigned long long socket;
};

struct trace_transfer {
	unsigned long long id;
	unsigned long long cookie;
	unsigned long long socket; /* its inode */
	unsigned long long bytes;
	unsigned long long queued;
	unsigned long long by_ref;
	unsigned long long copied;
	unsigned long long ns;
	unsigned int rung;
	unsigned int policy;
	unsigned int pid;
	int error;
	bool ended;
	struct trace_counter functions[TRACE_NR_FUNCTIONS];
	struct trace_counter stages[TRACE_NR_STAGES]; /* bytes are ns */
};

#ifndef __bpf__
#include <stdio.h>

struct transfers {
	struct trace_transfer *list; /* by id */
	unsigned int nr;
	unsigned long long latency[TRACE_NR_STAGES][TRACE_BUCKETS];
};

/* Take all from the BPF map @fd. -1 and errno. */
int transfers_take(int fd, struct transfers *transfers);

void transfers_text(FILE *file, const struct transfers *transfers);
void transfers_json(FILE *file, const struct transfers *transfers);
#endif

#endif /* SKIFF_TRACE_TRANSFERS_H */
