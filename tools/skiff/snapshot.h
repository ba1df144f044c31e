/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Snapshots: what the module says of itself and of its transfers at one moment,
 * and how fast each went since the moment before.
 */
#ifndef SKIFF_SNAPSHOT_H
#define SKIFF_SNAPSHOT_H

#include "table.h"

struct flow {
	struct skiff_receipt receipt; /* of it, the members of snapshot_members */
	double rate;		      /* bytes a second */
};

struct snapshot {
	uint64_t ns; /* of CLOCK_MONOTONIC; 0: none was taken */
	char version[32];
	struct table stats;
	uint64_t pinned;

	/* The fastest first: those that run, and that ended since the one before. */
	struct flow *flows;
	size_t nr;

	/* Those that run: all of them, and the ones in sysfs. They are counted at
	 * two moments, so either may be the larger by some.
	 */
	uint64_t running;
	uint64_t published;
};

/* The members that are read, ended by NULL; id is one besides. */
extern const char *const snapshot_members[];

/* 0 or a negative errno. Free it in any case. */
int snapshot_take(struct snapshot *now, const struct snapshot *before);
/* Reports that, and returns a STATUS_. */
int snapshot_failed(int error);
void snapshot_free(struct snapshot *snapshot);

/* Between the two. */
double snapshot_seconds(const struct snapshot *before,
			const struct snapshot *now);

#endif /* SKIFF_SNAPSHOT_H */
