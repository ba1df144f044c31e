/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SKIFF_UNITS_H
#define SKIFF_UNITS_H

#include "tool.h"

/* Returned by value, so that text_bytes(n).s can stand in a printf(). */
struct text {
	char s[160];
};

struct text text_bytes(uint64_t bytes);			     /* 64.0 MiB */
struct text text_ns(uint64_t ns);			     /* 1.25 ms */
struct text text_rate(uint64_t bytes, uint64_t ns);	     /* 512 MiB/s */
struct text text_share(const struct skiff_receipt *receipt); /* by reference */
double percent(uint64_t part, uint64_t whole);		     /* of nothing: 100 */

/* A value as its unit wants it read, the exact number first. */
struct text text_value(enum skiff_unit unit, uint64_t value);

#endif /* SKIFF_UNITS_H */
