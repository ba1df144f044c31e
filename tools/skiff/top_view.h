/* SPDX-License-Identifier: GPL-2.0-only */
/* What top shows of two snapshots. */
#ifndef SKIFF_TOP_VIEW_H
#define SKIFF_TOP_VIEW_H

#include <stdio.h>

#include "snapshot.h"

/* Lines of text, at most @rows of them with as many columns as @width has room
 * for; 0: all.
 */
void top_view(FILE *file, const struct snapshot *before,
	      const struct snapshot *now, int rows, int width);

/* One line. */
void top_view_json(const struct snapshot *before, const struct snapshot *now);

#endif /* SKIFF_TOP_VIEW_H */
