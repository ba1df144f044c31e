/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_SYSFS_H
#define _SKIFF_SYSFS_H

#include <linux/device.h>

#define SKIFF_VERSION	"0.1.0"

extern const struct attribute_group *skiff_sysfs_groups[];

void skiff_sysfs_start(struct device *dev);
void skiff_sysfs_stop(void);

#endif
