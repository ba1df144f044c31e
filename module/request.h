/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_REQUEST_H
#define _SKIFF_REQUEST_H

#include <linux/sizes.h>
#include <linux/skiff.h>

#define SKIFF_MAX_PIECES	64U
#define SKIFF_MAX_MEMORY	SZ_64K

struct file;
struct skiff_context;
struct skiff_transfer;

extern unsigned int skiff_deadline_ms;

struct skiff_transfer *skiff_request_build(struct skiff_context *ctx,
					   struct skiff_request *req,
					   struct file *socket);

#endif
