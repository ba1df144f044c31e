/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_RUN_H
#define _SKIFF_RUN_H

struct skiff_transfer;

void skiff_run_setup(struct skiff_transfer *t);
int skiff_run_init(void);
void skiff_run_exit(void);

#endif
