/* SPDX-License-Identifier: GPL-2.0-only */
/* What the module counts, and what can be set. */
#ifndef SKIFF_KNOBS_H
#define SKIFF_KNOBS_H

#include <inttypes.h>

#include "skiff_test.h"

static inline uint64_t number_in(const char *path)
{
	FILE *f = fopen(path, "r");
	uint64_t n = -1;

	if (f) {
		if (fscanf(f, "%" SCNu64, &n) != 1)
			n = -1;
		fclose(f);
	}
	return n;
}

static inline uint64_t stat_of(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/class/misc/skiff/stats/%s", name);
	return number_in(path);
}

static inline uint64_t parameter(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/skiff/parameters/%s", name);
	return number_in(path);
}

static inline int set_parameter(const char *name, unsigned int n)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/skiff/parameters/%s", name);
	f = fopen(path, "w");
	if (!f)
		return -1;
	fprintf(f, "%u", n);
	return fclose(f);
}

/* Module references: open devices, transfers and fills. */
static inline unsigned int references(void)
{
	return number_in("/sys/module/skiff/refcnt");
}

#endif
