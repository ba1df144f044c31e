/* SPDX-License-Identifier: GPL-2.0-only */
/* What the module counts, and what can be set. */
#ifndef SKIFF_KNOBS_H
#define SKIFF_KNOBS_H

#include "skiff_test.h"

static inline long stat_of(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/class/misc/skiff/stats/%s", name);
	return read_number(path);
}

static inline long parameter(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/skiff/parameters/%s", name);
	return read_number(path);
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

#endif
