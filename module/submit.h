/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_SUBMIT_H
#define _SKIFF_SUBMIT_H

#include <linux/skiff.h>

#define SKIFF_MAX_BATCH	1024U

struct skiff_context;
struct skiff_transfer;

int skiff_submit_take(struct skiff_context *ctx,
		      struct skiff_request __user *from, u32 size_max,
		      struct skiff_transfer **t);
int skiff_submit_batch(struct skiff_context *ctx, struct skiff_submit *s);
int skiff_submit_send(struct skiff_context *ctx, struct skiff_request *req);

#endif
