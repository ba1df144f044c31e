/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_PIN_H
#define _SKIFF_PIN_H

#include <linux/types.h>

struct skiff_context;
struct skiff_user;

/* Whose limits: each with the parameter that sets it. */
enum skiff_pin_scope {
	SKIFF_PIN_CONTEXT,
	SKIFF_PIN_USER,
	SKIFF_PIN_MODULE,
};

void skiff_pin_init(void);
u64 skiff_pin_limit(enum skiff_pin_scope scope);
u64 skiff_pin_total(void);
bool skiff_pin_allowed(const struct skiff_context *ctx,
		       const struct skiff_user *user);
void skiff_pin_add(struct skiff_context *ctx, struct skiff_user *user,
		   long bytes);

#endif
