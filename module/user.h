/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_USER_H
#define _SKIFF_USER_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/uidgid.h>

/**
 * struct skiff_user - what the transfers of one user hold, over all contexts
 * @node: in the table of users, under its lock
 * @ref: each context and transfer, and each flight
 * @uid: real user id, in the initial namespace
 * @pinned: bytes that the network or a fill holds for this user
 * @nr_fills: jobs admitted to the workers, under their lock (worker.c), and
 * @waiting: those that are not, in the order they came
 */
struct skiff_user {
	struct hlist_node node;
	refcount_t ref;
	kuid_t uid;
	atomic_long_t pinned;
	unsigned int nr_fills;
	struct list_head waiting;
};

struct skiff_user *skiff_user_find(kuid_t uid);
void skiff_user_put(struct skiff_user *user);

static inline struct skiff_user *skiff_user_get(struct skiff_user *user)
{
	refcount_inc(&user->ref);
	return user;
}

#endif
