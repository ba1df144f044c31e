/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_URING_H
#define _SKIFF_URING_H

#include <linux/types.h>

struct io_uring_cmd;
struct skiff_transfer;

bool skiff_uring_works(void);
int skiff_uring_cmd(struct io_uring_cmd *cmd, unsigned int issue_flags);
void skiff_uring_end(struct skiff_transfer *t);

#endif
