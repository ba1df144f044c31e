// SPDX-License-Identifier: GPL-2.0-only
/*
 * sysfs, below the misc device: version, stats/, limits/ and transfers/<id>/.
 *
 * A directory for each transfer costs an allocation for every file, takes
 * locks that the whole system shares, and as much time as sending a large
 * file, so transfers do not make theirs themselves. One work does it some time
 * after something changed: it removes the directories of transfers that are no
 * longer known, then makes some of those that are missing, up to a limit. Then
 * it rests for so much longer than that took that it is never noticed. What
 * came and went in between, or is beyond the limit, is never seen here
 * (stats/transfers_unpublished counts it when it goes); receipts do not depend
 * on it.
 *
 * Owner: the work alone makes, lists and removes directories. Always put on the
 * same queue, it never runs beside itself; so the list needs no lock. (On two
 * queues it would: see __queue_work(). system_wq is another one than that of
 * schedule_delayed_work() where that is called system_percpu_wq.) A directory
 * refers to no transfer: show() looks its id up each time and takes no lock
 * that removal could hold while it waits for show(). The kobject is one of the
 * core's own, so that its release may come at any time.
 *
 * Unload: the device is gone and no transfer runs, so nobody queues the work;
 * it is cancelled, then all directories are removed.
 */
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "pin.h"
#include "receipt.h"
#include "stats.h"
#include "sysfs.h"
#include "transfer.h"

#define PUBLISH_DELAY	(HZ / 20)
#define PUBLISH_REST	256	/* times what the work takes */
#define PUBLISH_BATCH	16
#define PUBLISH_MAX	256

/* version and stats/ */

static ssize_t version_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%s\n", SKIFF_VERSION);
}
static DEVICE_ATTR_RO(version);

static struct attribute *version_attrs[] = {
	&dev_attr_version.attr,
	NULL
};

static const struct attribute_group version_group = {
	.attrs = version_attrs,
};

struct counter_attribute {
	struct device_attribute attr;
	size_t offset;
};

static ssize_t counter_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	struct counter_attribute *c =
		container_of(attr, struct counter_attribute, attr);

	return sysfs_emit(buf, "%llu\n", skiff_stats_sum(c->offset));
}

#define X(name)								\
static struct counter_attribute counter_##name = {			\
	.attr = __ATTR(name, 0444, counter_show, NULL),			\
	.offset = offsetof(struct skiff_stats, name),			\
};

SKIFF_STATS(X)
#undef X

static struct attribute *stats_attrs[] = {
#define X(name) &counter_##name.attr.attr,
	SKIFF_STATS(X)
#undef X
	NULL
};

static const struct attribute_group stats_group = {
	.name = "stats",
	.attrs = stats_attrs,
};

/* limits/ */

static ssize_t limit_show(char *buf, enum skiff_pin_scope scope)
{
	return sysfs_emit(buf, "%llu\n", skiff_pin_limit(scope));
}

#define LIMIT(name, scope)						\
static ssize_t name##_show(struct device *dev,				\
			   struct device_attribute *attr, char *buf)	\
{									\
	return limit_show(buf, scope);					\
}									\
static DEVICE_ATTR_RO(name)

LIMIT(pin_context, SKIFF_PIN_CONTEXT);
LIMIT(pin_user, SKIFF_PIN_USER);
LIMIT(pin_total, SKIFF_PIN_MODULE);

static ssize_t pinned_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	return sysfs_emit(buf, "%llu\n", skiff_pin_total());
}
static DEVICE_ATTR_RO(pinned);

static struct attribute *limits_attrs[] = {
	&dev_attr_pin_context.attr,
	&dev_attr_pin_user.attr,
	&dev_attr_pin_total.attr,
	&dev_attr_pinned.attr,
	NULL
};

static const struct attribute_group limits_group = {
	.name = "limits",
	.attrs = limits_attrs,
};

const struct attribute_group *skiff_sysfs_groups[] = {
	&version_group,
	&stats_group,
	&limits_group,
	NULL
};

/* transfers/<id>/ */

struct receipt_attribute {
	struct kobj_attribute attr;
	unsigned int offset;
	unsigned int size;
};

static ssize_t emit(char *buf, const struct receipt_attribute *a,
		    const struct skiff_receipt *r)
{
	const void *value = (const void *)r + a->offset;

	if (a->offset == offsetof(struct skiff_receipt, error))
		return sysfs_emit(buf, "%d\n", r->error);
	if (a->size == sizeof(u32))
		return sysfs_emit(buf, "%u\n", *(const u32 *)value);
	return sysfs_emit(buf, "%llu\n", *(const u64 *)value);
}

static ssize_t receipt_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *buf)
{
	struct receipt_attribute *a =
		container_of(attr, struct receipt_attribute, attr);
	struct skiff_receipt receipt;
	struct skiff_transfer *t;
	u64 id;

	if (kstrtou64(kobject_name(kobj), 10, &id))
		return -EINVAL;
	t = skiff_receipt_find(id);
	if (!t)
		return -ENOENT;
	skiff_receipt_read(t, &receipt);
	skiff_transfer_put(t);
	return emit(buf, a, &receipt);
}

#define RECEIPT_FILES(X)						\
	X(cookie) X(state) X(error) X(rung) X(reason)			\
	X(bytes_requested) X(bytes_queued) X(bytes_by_ref)		\
	X(bytes_copied) X(copied_memory) X(copied_no_page_cache)	\
	X(copied_socket) X(windows) X(folios) X(segments)		\
	X(segment_max) X(disk_waits) X(disk_wait_ns) X(room_waits)	\
	X(room_wait_ns) X(turn_waits) X(turn_wait_ns)			\
	X(slices_inline) X(slices_worker) X(submit_ns) X(first_ns)	\
	X(end_ns) X(frags) X(orphaned_skbs) X(orphaned_bytes)		\
	X(queued_ns) X(released_ns) X(readahead) X(policy)		\
	X(pages_valid) X(pages_waited) X(pages_read) X(pages_ahead)	\
	X(pages_dropped) X(pages_spared) X(read_cache) X(read_direct)	\
	X(read_buffered) X(read_unknown) X(copied_no_sg) X(ref_ubuf)	\
	X(ref_splice) X(bytes_released) X(release_waits)		\
	X(release_wait_ns) X(fills) X(encrypted) X(retransmitted)	\
	X(device) X(device_caps) X(device_dma_bits) X(device_gso_max)

#define X(name)								\
static struct receipt_attribute receipt_##name = {			\
	.attr = __ATTR(name, 0400, receipt_show, NULL),			\
	.offset = offsetof(struct skiff_receipt, name),			\
	.size = sizeof_field(struct skiff_receipt, name),		\
};

RECEIPT_FILES(X)
#undef X

static const struct attribute *receipt_attrs[] = {
#define X(name) &receipt_##name.attr.attr,
	RECEIPT_FILES(X)
#undef X
	NULL
};

struct directory {
	struct list_head node;
	struct kobject *kobj;
	u64 id;
};

static struct kobject *transfers;
static LIST_HEAD(directories);
static unsigned int nr_directories;

static void hide(struct directory *dir)
{
	list_del(&dir->node);
	nr_directories--;
	/* At once: the release of the last reference may come much later. */
	kobject_del(dir->kobj);
	kobject_put(dir->kobj);
	kfree(dir);
}

static bool show(u64 id)
{
	struct directory *dir = kmalloc(sizeof(*dir), GFP_KERNEL);
	char name[24];

	if (!dir)
		return false;
	snprintf(name, sizeof(name), "%llu", id);
	dir->kobj = kobject_create_and_add(name, transfers);
	if (!dir->kobj)
		goto free;
	if (sysfs_create_files(dir->kobj, receipt_attrs))
		goto put;
	dir->id = id;
	list_add_tail(&dir->node, &directories);
	nr_directories++;
	return true;
put:
	kobject_del(dir->kobj);
	kobject_put(dir->kobj);
free:
	kfree(dir);
	return false;
}

static unsigned long rested; /* jiffies, when the work may run again */

static void publish_work_fn(struct work_struct *work);
static DECLARE_DELAYED_WORK(publish_work, publish_work_fn);

void skiff_receipt_publish(void)
{
	schedule_delayed_work(&publish_work, PUBLISH_DELAY);
}

/* Whether there is more to be done. */
static bool publish(void)
{
	struct directory *dir, *next;
	unsigned int nr, place = 0;
	u64 id;

	/* Pairs with skiff_sysfs_start(). */
	if (!smp_load_acquire(&transfers))
		return false;

	list_for_each_entry_safe(dir, next, &directories, node)
		if (!skiff_receipt_exists(dir->id))
			hide(dir);

	for (nr = 0; nr < PUBLISH_BATCH; nr++) {
		if (nr_directories >= PUBLISH_MAX)
			return false;
		id = skiff_receipt_unpublished(&place);
		if (!id || !show(id))
			return false;
	}
	return true;
}

static void publish_work_fn(struct work_struct *work)
{
	unsigned long now = jiffies;
	u64 began, rest;

	if (time_before(now, rested)) {
		schedule_delayed_work(&publish_work, rested - now);
		return;
	}
	began = ktime_get_ns();
	if (publish())
		skiff_receipt_publish();
	rest = nsecs_to_jiffies(PUBLISH_REST * (ktime_get_ns() - began));
	rested = jiffies + min_t(u64, rest, HZ);
}

/* The device may be in use already. If this fails, transfers are not shown. */
void skiff_sysfs_start(struct device *dev)
{
	struct kobject *kobj = kobject_create_and_add("transfers", &dev->kobj);

	if (kobj)
		smp_store_release(&transfers, kobj); /* publish_work_fn() */
	else
		pr_warn("skiff: no memory for sysfs: transfers will not be shown there\n");
}

void skiff_sysfs_stop(void)
{
	struct directory *dir, *next;

	cancel_delayed_work_sync(&publish_work);
	list_for_each_entry_safe(dir, next, &directories, node)
		hide(dir);
	if (transfers) {
		kobject_del(transfers);
		kobject_put(transfers);
	}
}
