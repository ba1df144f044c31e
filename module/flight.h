/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_FLIGHT_H
#define _SKIFF_FLIGHT_H

#include <linux/llist.h>
#include <linux/skbuff.h>

struct skiff_transfer;

/**
 * struct skiff_flight - sends whose pages the network reports when it lets go
 * @ubuf: what the network knows it by; a reference for each skb, and one for
 *	the transfer that still adds to it
 * @t: the transfer, referenced
 * @bytes: pinned by it; changed by whoever runs the transfer
 * @orphaned_skbs: skbs whose pages the stack replaced by copies, and
 * @orphaned_bytes: the bytes in these
 * @landed: in the list of those that have
 */
struct skiff_flight {
	struct ubuf_info ubuf;
	struct skiff_transfer *t;
	unsigned long bytes;
	atomic_long_t orphaned_skbs;
	atomic_long_t orphaned_bytes;
	struct llist_node landed;
};

struct skiff_flight *skiff_flight_board(struct skiff_transfer *t);
void skiff_flight_add(struct skiff_transfer *t, size_t bytes);
void skiff_flight_depart(struct skiff_transfer *t);
int skiff_flight_init(void);
void skiff_flight_exit(void);

#endif
