/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_PIECES_H
#define _SKIFF_PIECES_H

#include <linux/types.h>

struct skiff_transfer;
struct skiff_window;

bool skiff_pieces_left(struct skiff_transfer *t);
size_t skiff_pieces_at_most(const struct skiff_transfer *t, size_t n);
bool skiff_pieces_are_last(const struct skiff_transfer *t, size_t n);
size_t skiff_pieces_pass(struct skiff_transfer *t, size_t n);
bool skiff_pieces_pin(const struct skiff_transfer *t);
int skiff_pieces_end_of_file(struct skiff_transfer *t);
ssize_t skiff_pieces_gather(struct skiff_transfer *t, size_t want,
			    struct skiff_window *w);

#endif
