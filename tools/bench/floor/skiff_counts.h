/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _SKIFF_COUNTS_H
#define _SKIFF_COUNTS_H

#include <linux/types.h>

#define SKIFF_COUNTS_DEVICE "/dev/skiff_counts"

/**
 * struct skiff_counts - what read(2) of the device gives, since it was opened
 * @copied: bytes that the CPU copied
 * @packets: handed to a network card, of more than one segment each
 * @frags: in these, pages or parts of folios by reference
 */
struct skiff_counts {
	__u64 copied;
	__u64 packets;
	__u64 frags;
};

#endif /* _SKIFF_COUNTS_H */
