/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COUNT_H
#define COUNT_H

#include "lane.h"

/* What is counted by tracing, each in a pass of its own that is not measured
 * otherwise: system calls, bytes copied, frags and, where there is a card, DMA maps.
 */
void count_all(struct lane *lane);

#endif
