/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_DEV_H
#define _SKIFF_DEV_H

#include <linux/device.h>

struct device *skiff_dev_register(void);
void skiff_dev_unregister(void);

#endif
