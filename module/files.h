/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_FILES_H
#define _SKIFF_FILES_H

#include <linux/types.h>

struct skiff_transfer;

void skiff_files_setup(struct skiff_transfer *t);
void skiff_files_leave_socket(struct skiff_transfer *t);
bool skiff_files_put(struct skiff_transfer *t);
int skiff_files_init(void);
void skiff_files_exit(void);

#endif
