/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_DEV_H
#define _SKIFF_DEV_H

#include <linux/device.h>

struct skiff_context;

struct device *skiff_dev_register(void);
void skiff_dev_unregister(void);
int skiff_dev_command(struct skiff_context *ctx, unsigned int cmd,
		      void __user *user);

#endif
