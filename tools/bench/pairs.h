/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PAIRS_H
#define PAIRS_H

#include "exchange.h"

/* Time of each system over that of sendfile(2), which runs just before it. */
void pairs(const struct exchange *exchange);

#endif
