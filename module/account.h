/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_ACCOUNT_H
#define _SKIFF_ACCOUNT_H

#include <linux/types.h>

#include "read.h"

struct skiff_range;
struct skiff_send;
struct skiff_transfer;

int skiff_account_wait(struct skiff_transfer *t, int what);
void skiff_account_wait_over(struct skiff_transfer *t);
void skiff_account_sent(struct skiff_transfer *t, const struct skiff_send *send,
			size_t n, size_t memory);
void skiff_account_brought(struct skiff_transfer *t, unsigned int pages,
			   bool ahead);
void skiff_account_found(struct skiff_transfer *t, const struct skiff_range *r);
void skiff_account_passed(struct skiff_transfer *t, unsigned int index);
void skiff_account_released(struct skiff_transfer *t, u64 bytes);
void skiff_account_fill(struct skiff_transfer *t);
void skiff_account_end(struct skiff_transfer *t);
void skiff_account_dropped(struct skiff_transfer *t, unsigned int dropped,
			   unsigned int spared);
void skiff_account_direct(struct skiff_transfer *t, enum skiff_told told,
			  size_t bytes);

#endif
