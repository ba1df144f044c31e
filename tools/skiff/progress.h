/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SKIFF_PROGRESS_H
#define SKIFF_PROGRESS_H

#include "tool.h"

#define PROGRESS_INTERVAL_MS 100

/* Whether stderr is a terminal that a progress bar can be drawn on. */
bool progress_wanted(void);

/* Draw how far the transfer is, over what was drawn before. */
void progress_draw(const struct skiff_receipt *receipt);

/* Remove the bar. */
void progress_clear(void);

#endif /* SKIFF_PROGRESS_H */
