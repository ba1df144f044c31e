// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pins: memory that transfers hold for as long as somebody else likes.
 *
 * What a socket takes by MSG_SPLICE_PAGES is charged to it as any send is, and
 * bounded by its send buffer. Not so the bytes of a flight (flight.c), which
 * TCP leaves uncharged, the pages that a file system gave and no socket has
 * taken yet (fill.c), and those that direct reads own (read.c): a peer that does
 * not read keeps all of them. They are counted here for the context, its user
 * and the module, until the network, the window or the read lets go of them,
 * also when the context is gone.
 *
 * A limit is looked at when a request is submitted that would add to it, which
 * is then refused, and before each window that would add to it, which then
 * waits as if the socket had no room. As what is added is known only
 * afterwards, each counter may exceed its limit by one window for each slice
 * that runs at that moment.
 *
 * Context: any. No locks.
 */
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/sizes.h>

#include "context.h"
#include "pin.h"
#include "user.h"

static unsigned int limit_mb[3];
module_param_named(pin_context_mb, limit_mb[SKIFF_PIN_CONTEXT], uint, 0644);
MODULE_PARM_DESC(pin_context_mb,
		 "MiB that one context may pin (0 when loading: an eighth of the memory)");
module_param_named(pin_user_mb, limit_mb[SKIFF_PIN_USER], uint, 0644);
MODULE_PARM_DESC(pin_user_mb,
		 "MiB that one user may pin (0 when loading: an eighth of the memory)");
module_param_named(pin_total_mb, limit_mb[SKIFF_PIN_MODULE], uint, 0644);
MODULE_PARM_DESC(pin_total_mb,
		 "MiB that all may pin (0 when loading: a quarter of the memory)");

static atomic_long_t total;

u64 skiff_pin_limit(enum skiff_pin_scope scope)
{
	return (u64)READ_ONCE(limit_mb[scope]) * SZ_1M;
}

/* Bytes that are pinned now. */
u64 skiff_pin_total(void)
{
	return atomic_long_read(&total);
}

static bool is_below(const atomic_long_t *pinned, enum skiff_pin_scope scope)
{
	return atomic_long_read(pinned) < skiff_pin_limit(scope);
}

bool skiff_pin_allowed(const struct skiff_context *ctx,
		       const struct skiff_user *user)
{
	return is_below(&ctx->pinned, SKIFF_PIN_CONTEXT) &&
	       is_below(&user->pinned, SKIFF_PIN_USER) &&
	       is_below(&total, SKIFF_PIN_MODULE);
}

/* @bytes are pinned, or, if negative, no longer. */
void skiff_pin_add(struct skiff_context *ctx, struct skiff_user *user,
		   long bytes)
{
	atomic_long_add(bytes, &ctx->pinned);
	atomic_long_add(bytes, &user->pinned);
	atomic_long_add(bytes, &total);
}

void skiff_pin_init(void)
{
	static const unsigned int share[] = { 8, 8, 4 };
	unsigned long mb = totalram_pages() >> (20 - PAGE_SHIFT);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(share); i++)
		if (!limit_mb[i])
			limit_mb[i] = max(mb / share[i], 1UL);
}
