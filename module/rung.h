/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_RUNG_H
#define _SKIFF_RUNG_H

struct skiff_request;
struct skiff_transfer;
struct sock;

int skiff_rung_choose(struct skiff_transfer *t, struct sock *sk,
		      const struct skiff_request *req);

#endif
