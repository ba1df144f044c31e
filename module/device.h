/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_DEVICE_H
#define _SKIFF_DEVICE_H

struct skiff_receipt;
struct sock;

unsigned int skiff_device_of(const struct sock *sk);
void skiff_device_describe(struct skiff_receipt *r);

#endif
