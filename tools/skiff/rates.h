/* SPDX-License-Identifier: GPL-2.0-only */
/* Rates: how fast the numbers of a table change. */
#ifndef SKIFF_RATES_H
#define SKIFF_RATES_H

#include "table.h"

/* Change per second of a row since the table before; false if it has none. */
bool rate_of(const struct table *before, const struct table *now,
	     const char *name, double seconds, double *rate);

/* The members values and per_second of @object. */
void rates_json(struct json_object *object, const struct table *before,
		const struct table *now, double seconds);

#endif /* SKIFF_RATES_H */
