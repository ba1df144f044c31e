/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_RELEASE_H
#define _SKIFF_RELEASE_H

#include <linux/types.h>

struct skiff_transfer;
struct sock;

bool skiff_release_is_known(struct sock *sk);
bool skiff_release_find_end(struct skiff_transfer *t);
int skiff_release_check(struct skiff_transfer *t);

#endif
