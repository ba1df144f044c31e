/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_RUN_H
#define _SKIFF_RUN_H

struct delayed_work;
struct skiff_transfer;

void skiff_run_setup(struct skiff_transfer *t);
int skiff_run_init(void);
void skiff_run_exit(void);
void skiff_run_later(struct delayed_work *work, unsigned long delay);

#endif
