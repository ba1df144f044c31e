/* SPDX-License-Identifier: GPL-2.0-only */
/* Ethtool: the features of a network device, by the names ethtool(8) prints. */
#ifndef SKIFF_ETHTOOL_H
#define SKIFF_ETHTOOL_H

#include "tool.h"

enum feature {
	FEATURE_NONE,  /* no feature of that name */
	FEATURE_FIXED, /* off, and cannot be on */
	FEATURE_OFF,
	FEATURE_ON,
};

struct features;

/* 0 or a negative errno. */
int ethtool_features(const char *device, struct features **features);
enum feature ethtool_feature(const struct features *features, const char *name);
void ethtool_free(struct features *features);

#endif /* SKIFF_ETHTOOL_H */
