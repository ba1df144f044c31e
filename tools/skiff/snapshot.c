// SPDX-License-Identifier: GPL-2.0-only
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "snapshot.h"
#include "sysfs.h"

const char *const snapshot_members[] = {
	"state",
	"error",
	"rung",
	"reason",
	"policy",
	"bytes_requested",
	"bytes_queued",
	"bytes_by_ref",
	"bytes_copied",
	"disk_waits",
	"disk_wait_ns",
	"room_waits",
	"room_wait_ns",
	"turn_waits",
	"turn_wait_ns",
	"submit_ns",
	"end_ns",
	NULL,
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

double snapshot_seconds(const struct snapshot *before,
			const struct snapshot *now)
{
	return (now->ns - before->ns) / 1e9;
}

static const struct flow *find(const struct snapshot *snapshot, uint64_t id)
{
	for (size_t i = 0; i < snapshot->nr; i++)
		if (snapshot->flows[i].receipt.id == id)
			return &snapshot->flows[i];
	return NULL;
}

/* What was not there before began since, or is shown by sysfs only now. */
static double rate(const struct skiff_receipt *receipt,
		   const struct snapshot *before, const struct snapshot *now)
{
	const struct flow *then = find(before, receipt->id);
	uint64_t bytes = receipt->bytes_queued;
	uint64_t since = before->ns;

	if (then)
		bytes -= then->receipt.bytes_queued;
	else if (!since || receipt->submit_ns < since)
		since = receipt->submit_ns;
	return now->ns > since ? bytes * 1e9 / (now->ns - since) : 0;
}

static int read_transfer(const char *name, struct skiff_receipt *receipt)
{
	char directory[NAME_MAX + sizeof(SYSFS_TRANSFERS "/")];
	int error;

	*receipt = (struct skiff_receipt){ 0 };
	error = parse_number(name, 1, UINT64_MAX, (uint64_t *)&receipt->id);
	snprintf(directory, sizeof(directory), SYSFS_TRANSFERS "/%s", name);
	for (const char *const *member = snapshot_members; *member && !error;
	     member++)
		error = sysfs_read_field(directory, skiff_receipt_field(*member),
					 receipt);
	return error;
}

/* Those that ended are shown once. */
static void add(struct snapshot *now, const struct snapshot *before,
		const struct skiff_receipt *receipt)
{
	if (receipt->state == SKIFF_STATE_RUNNING)
		now->published++;
	else if (!before->ns || receipt->end_ns <= before->ns)
		return;
	now->flows[now->nr++] = (struct flow){
		.receipt = *receipt,
		.rate = rate(receipt, before, now),
	};
}

/* A directory goes when its transfer is forgotten, at any moment: it is as if it
 * had gone before. ENODEV is what a file says that is open then.
 */
static int add_transfers(struct snapshot *now, const struct snapshot *before,
			 struct dirent **entries, int nr)
{
	struct skiff_receipt receipt;
	int error = 0;

	now->flows = calloc(nr + 1, sizeof(*now->flows));
	if (!now->flows)
		err(STATUS_FAILED, NULL);
	for (int i = 0; i < nr; i++) {
		int one = read_transfer(entries[i]->d_name, &receipt);

		if (!one)
			add(now, before, &receipt);
		else if (one != -ENOENT && one != -ENODEV)
			error = one;
		free(entries[i]);
	}
	free(entries);
	return error;
}

static int faster_first(const void *left, const void *right)
{
	const struct flow *a = left, *b = right;

	if (a->rate != b->rate)
		return a->rate < b->rate ? 1 : -1;
	return a->receipt.id < b->receipt.id ? -1 : a->receipt.id > b->receipt.id;
}

int snapshot_take(struct snapshot *now, const struct snapshot *before)
{
	uint64_t accepted = 0, ended = 0;
	char version[VALUE_MAX] = "", pinned[VALUE_MAX];
	struct dirent **entries;
	int nr, error;

	error = sysfs_read_directory(SYSFS_STATS, &now->stats);
	if (error)
		return error;
	nr = sysfs_list_transfers(&entries);
	if (nr < 0)
		return nr;
	now->ns = now_ns();
	error = add_transfers(now, before, entries, nr);
	sysfs_read(SYSFS_VERSION, version);
	snprintf(now->version, sizeof(now->version), "%.31s", version);
	if (!sysfs_read(SYSFS_PINNED, pinned))
		parse_number(pinned, 0, UINT64_MAX, &now->pinned);
	table_number(&now->stats, "transfers_accepted", &accepted);
	table_number(&now->stats, "transfers_ended", &ended);
	now->running = accepted > ended ? accepted - ended : 0;
	qsort(now->flows, now->nr, sizeof(*now->flows), faster_first);
	return error;
}

int snapshot_failed(int error)
{
	if (!sysfs_exists())
		return no_device(-ENOENT);
	if (error == -EACCES) {
		warn("no permission to read the transfers of others: be root");
		return STATUS_DEVICE;
	}
	return failed("cannot read what the module says in sysfs: %s",
		      strerror(-error));
}

void snapshot_free(struct snapshot *snapshot)
{
	table_free(&snapshot->stats);
	free(snapshot->flows);
	*snapshot = (struct snapshot){ 0 };
}
