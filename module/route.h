/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_ROUTE_H
#define _SKIFF_ROUTE_H

#include <linux/types.h>

struct dst_entry;

bool skiff_route_takes_pages(const struct dst_entry *dst);
bool skiff_route_leaves_by_card(const struct dst_entry *dst);

#endif
