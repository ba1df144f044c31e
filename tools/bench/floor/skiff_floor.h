/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _SKIFF_FLOOR_H
#define _SKIFF_FLOOR_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define SKIFF_FLOOR_DEVICE "/dev/skiff_floor"

/**
 * struct skiff_floor_load - ioctl(SKIFF_FLOOR_LOAD)
 * @file: descriptor of a file, which is read into pages of the floor's own
 * @order: of these pages: 0 for single pages, 4 for 64 KiB
 */
struct skiff_floor_load {
	__s32 file;
	__u32 order;
};

/**
 * struct skiff_floor_send - ioctl(SKIFF_FLOOR_SEND)
 * @socket: descriptor of a connected TCP socket that blocks
 * @reserved: not looked at
 * @offset: first byte
 * @length: bytes, all of which are queued when this returns
 */
struct skiff_floor_send {
	__s32 socket;
	__u32 reserved;
	__aligned_u64 offset;
	__aligned_u64 length;
};

#define SKIFF_FLOOR_LOAD _IOW(0xD6, 0x00, struct skiff_floor_load)
#define SKIFF_FLOOR_SEND _IOW(0xD6, 0x01, struct skiff_floor_send)

/* Microseconds that the CPUs were idle since the boot, all together. */
#define SKIFF_FLOOR_IDLE _IOR(0xD6, 0x02, __u64)

#endif /* _SKIFF_FLOOR_H */
