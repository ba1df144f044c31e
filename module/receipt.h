/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_RECEIPT_H
#define _SKIFF_RECEIPT_H

#include <linux/skiff.h>
#include <linux/types.h>

struct skiff_transfer;

void skiff_receipt_add(struct skiff_transfer *t);
void skiff_receipt_remove(struct skiff_transfer *t);
void skiff_receipt_retire(struct skiff_transfer *t);
struct skiff_transfer *skiff_receipt_find(u64 id);
bool skiff_receipt_exists(u64 id);
u64 skiff_receipt_unpublished(unsigned int *place);
void skiff_receipt_read(const struct skiff_transfer *t,
			struct skiff_receipt *to);
void skiff_receipt_completion(const struct skiff_transfer *t,
			      struct skiff_completion *to);
void skiff_receipt_exit(void);

/* sysfs.c: show transfers that came, hide those that went, some time soon. */
void skiff_receipt_publish(void);

#endif
