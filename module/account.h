/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_ACCOUNT_H
#define _SKIFF_ACCOUNT_H

#include <linux/types.h>

struct skiff_send;
struct skiff_transfer;

int skiff_account_wait(struct skiff_transfer *t, int what);
void skiff_account_wait_over(struct skiff_transfer *t);
void skiff_account_sent(struct skiff_transfer *t, const struct skiff_send *send,
			size_t n, size_t memory);

#endif
