// SPDX-License-Identifier: GPL-2.0-only
/*
 * Users: limits are theirs, whichever contexts and processes they use.
 *
 * Object: one skiff_user for each real user id that has a context or a
 * transfer, found in a table. It goes with its last reference; dropping that
 * and taking it out of the table are one step under the table's lock, so a
 * look-up finds a live one or none.
 *
 * Lock: the table's, innermost. Context: process.
 */
#include <linux/hashtable.h>
#include <linux/slab.h>

#include "user.h"

static DEFINE_HASHTABLE(users, 6);
static DEFINE_SPINLOCK(users_lock);

static struct skiff_user *find(kuid_t uid)
{
	struct skiff_user *user;

	lockdep_assert_held(&users_lock);
	hash_for_each_possible(users, user, node, __kuid_val(uid))
		if (uid_eq(user->uid, uid))
			return skiff_user_get(user);
	return NULL;
}

/**
 * skiff_user_find() - the user of that id, made if need be
 * @uid: real user id
 *
 * Return: it, referenced, or NULL for want of memory
 */
struct skiff_user *skiff_user_find(kuid_t uid)
{
	struct skiff_user *user, *fresh;

	spin_lock(&users_lock);
	user = find(uid);
	spin_unlock(&users_lock);
	if (user)
		return user;

	fresh = kzalloc(sizeof(*fresh), GFP_KERNEL_ACCOUNT);
	if (!fresh)
		return NULL;
	fresh->uid = uid;
	refcount_set(&fresh->ref, 1);
	INIT_LIST_HEAD(&fresh->waiting);

	spin_lock(&users_lock);
	user = find(uid);
	if (!user)
		hash_add(users, &fresh->node, __kuid_val(uid));
	spin_unlock(&users_lock);
	if (!user)
		return fresh;
	kfree(fresh);
	return user;
}

void skiff_user_put(struct skiff_user *user)
{
	bool last;

	if (refcount_dec_not_one(&user->ref))
		return;
	spin_lock(&users_lock);
	last = refcount_dec_and_test(&user->ref);
	if (last)
		hash_del(&user->node);
	spin_unlock(&users_lock);
	if (!last)
		return;
	WARN_ON_ONCE(user->nr_fills || atomic_long_read(&user->pinned));
	kfree(user);
}
