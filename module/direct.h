/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_DIRECT_H
#define _SKIFF_DIRECT_H

#include <linux/types.h>

struct skiff_direct;
struct skiff_transfer;

struct skiff_direct *skiff_direct_create(struct skiff_transfer *t);
void skiff_direct_end(struct skiff_direct *d);
bool skiff_direct_needs_pages(const struct skiff_direct *d);

#endif
