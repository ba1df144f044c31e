// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long a hot file takes from the call until the socket has it all, first on
 * a system that does nothing else, then while the same thread has cold transfers
 * under way. A receipt says when it was queued, which is before the thread has
 * fetched that. Beside it sendfile(2), to see what the machine itself does to
 * a call at such a time: the disk's interrupts come in the middle of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "coldfiles.h"
#include "cost.h"
#include "crowd.h"
#include "fail.h"
#include "libskiff.h"
#include "mixed.h"
#include "sample.h"
#include "transfers.h"

#define PAUSE_NS 1000000

struct mixed_system;

struct mix {
	const struct mixed_system *system;
	const struct mixed *mixed;
	struct coldfiles cold;
	struct coldfiles hot;
	char folder[256]; /* of the hot one */
	struct crowd cold_crowd;
	struct crowd hot_crowd;
	int context;
	unsigned int cold_left;
	uint64_t *latency;
	unsigned int nr;
};

static void take(struct mix *mix, uint64_t timeout, uint64_t hot, bool *hot_ended)
{
	struct skiff_completion completions[TRANSFERS_BATCH];
	int n = skiff_wait(mix->context, completions, TRANSFERS_BATCH, 1, timeout);

	if (n < 0)
		die("SKIFF_WAIT: %s", skiff_strerror(n));
	for (int i = 0; i < n; i++) {
		if (completions[i].error)
			die("a transfer: %s", skiff_strerror(completions[i].error));
		if (completions[i].id == hot)
			*hot_ended = true;
		else
			mix->cold_left--;
	}
}

/* When a transfer was queued: as its receipt says if there is one, which there
 * is for the last that ended, or else now.
 */
static uint64_t queued_at(struct mix *mix, uint64_t id, bool *ended)
{
	struct skiff_receipt receipt;
	int error = skiff_receipt(mix->context, id, &receipt, sizeof(receipt));

	*ended = error || receipt.state == SKIFF_STATE_ENDED;
	return error ? now_ns() : receipt.end_ns;
}

static uint64_t submit_hot(struct mix *mix)
{
	struct skiff_piece piece = skiff_piece_file(mix->hot.fds[0], 0, mix->hot.size);
	struct skiff_request request = skiff_request_for(mix->hot_crowd.sockets[0], &piece, 1);
	uint64_t queued, begin = now_ns();
	bool taken = false, ended;
	int error = skiff_submit(mix->context, &request);

	if (error)
		die("SKIFF_SUBMIT: %s", skiff_strerror(error));
	queued = queued_at(mix, request.out_id, &ended);
	while (!taken)
		take(mix, SKIFF_WAIT_FOREVER, request.out_id, &taken);
	if (!ended)
		queued = queued_at(mix, request.out_id, &ended);
	return queued - begin;
}

static uint64_t sendfile_hot(struct mix *mix)
{
	uint64_t begin = now_ns();
	off_t at = 0;

	while (at < (off_t)mix->hot.size)
		if (sendfile(mix->hot_crowd.sockets[0], mix->hot.fds[0], &at,
			     mix->hot.size - (size_t)at) <= 0)
			die_of(errno, "sendfile");
	return now_ns() - begin;
}

/* The hot file goes either way; the cold ones are skiff's always. */
static const struct mixed_system {
	const char *name;
	uint64_t (*send)(struct mix *mix);
} systems[] = {
	{ "sendfile", sendfile_hot },
	{ "skiff-submit", submit_hot },
};

#define NR_SYSTEMS (sizeof(systems) / sizeof(systems[0]))

static void pause_a_little(void)
{
	const struct timespec time = { .tv_nsec = PAUSE_NS };

	nanosleep(&time, NULL);
}

static int compare(const void *left, const void *right)
{
	uint64_t l = *(const uint64_t *)left, r = *(const uint64_t *)right;

	return l < r ? -1 : l > r;
}

static void report(struct mix *mix, const char *when)
{
	char metric[64];

	qsort(mix->latency, mix->nr, sizeof(*mix->latency), compare);
	snprintf(metric, sizeof(metric), "latency_median_%s", when);
	sample(mix->system->name, metric, "ns", (double)mix->latency[mix->nr / 2]);
	snprintf(metric, sizeof(metric), "latency_p99_%s", when);
	sample(mix->system->name, metric, "ns", (double)mix->latency[mix->nr * 99 / 100]);
	snprintf(metric, sizeof(metric), "latency_samples_%s", when);
	sample(mix->system->name, metric, "samples", mix->nr);
}

static void order_hot(struct mix *mix, unsigned int nr, bool check)
{
	const struct crowd_order order = {
		.bytes = mix->hot.size * nr,
		.bytes_of_file = mix->hot.size,
		.same_file = true,
		.check = check,
	};

	crowd_take(&mix->hot_crowd, &order);
}

/* What is dropped from memory is dropped for all files. */
static void warm_up(struct mix *mix)
{
	char buffer[4096];

	for (uint64_t at = 0; at < mix->hot.size; at += sizeof(buffer))
		if (pread(mix->hot.fds[0], buffer, sizeof(buffer), (off_t)at) <= 0)
			die_of(errno, "cannot read the hot file");
}

static void check_hot(struct mix *mix)
{
	warm_up(mix);
	order_hot(mix, 1, true);
	mix->system->send(mix);
	if (!crowd_is_content(&mix->hot_crowd))
		die("WRONG BYTES arrived");
	sample_checked(mix->system->name);
}

static void measure_idle(struct mix *mix)
{
	order_hot(mix, mix->mixed->samples, false);
	for (mix->nr = 0; mix->nr < mix->mixed->samples; mix->nr++) {
		mix->latency[mix->nr] = mix->system->send(mix);
		pause_a_little();
	}
	crowd_is_content(&mix->hot_crowd);
	report(mix, "idle");
}

/* Only while cold ones are under way; then the rest, for the receiver. */
static void measure_beside_cold(struct mix *mix)
{
	const struct mixed *mixed = mix->mixed;
	const struct crowd_order order = {
		.bytes = mixed->cold_size * mixed->files,
	};

	coldfiles_open(&mix->cold, 0);
	warm_up(mix);
	crowd_take(&mix->cold_crowd, &order);
	order_hot(mix, mixed->samples, false);
	mix->cold_left = mixed->files;
	for (unsigned int f = 0; f < mixed->files; f += mixed->connections)
		transfers_submit(mix->context, mix->cold_crowd.sockets, mix->cold.fds + f,
				 mixed->connections, mixed->cold_size, SKIFF_POLICY_KEEP);
	for (mix->nr = 0; mix->nr < mixed->samples && mix->cold_left; mix->nr++) {
		mix->latency[mix->nr] = mix->system->send(mix);
		pause_a_little();
	}
	report(mix, "beside_cold");
	for (unsigned int i = mix->nr; i < mixed->samples; i++)
		mix->system->send(mix);
	while (mix->cold_left)
		take(mix, SKIFF_WAIT_FOREVER, 0, NULL);
	if (!crowd_is_content(&mix->cold_crowd) || !crowd_is_content(&mix->hot_crowd))
		die("not all has arrived");
	coldfiles_close(&mix->cold);
}

static void prepare(struct mix *mix)
{
	const struct mixed *mixed = mix->mixed;

	snprintf(mix->folder, sizeof(mix->folder), "%s/hot", mixed->folder);
	if (mkdir(mix->folder, 0700))
		die_of(errno, mix->folder);
	mix->hot = (struct coldfiles){ .folder = mix->folder, .nr = 1, .size = mixed->hot_size };
	mix->cold = (struct coldfiles){ .folder = mixed->folder, .nr = mixed->files, .size = mixed->cold_size };
	coldfiles_make(&mix->cold);
	coldfiles_make(&mix->hot);
	coldfiles_open(&mix->hot, 0);
	crowd_start(&mix->cold_crowd, mixed->connections, 0);
	crowd_start(&mix->hot_crowd, 1, 0);
	mix->context = transfers_open();
	mix->latency = calloc(mixed->samples, sizeof(*mix->latency));
	if (!mix->latency)
		die("no memory");
}

void mixed(const struct mixed *mixed)
{
	struct mix mix = { .mixed = mixed };

	prepare(&mix);
	for (size_t i = 0; i < NR_SYSTEMS; i++) {
		mix.system = &systems[i];
		progress("%s: comparing the bytes", mix.system->name);
		check_hot(&mix);
		progress("%s: on an idle system", mix.system->name);
		measure_idle(&mix);
		progress("%s: beside cold transfers", mix.system->name);
		measure_beside_cold(&mix);
	}
	skiff_close(mix.context);
	crowd_stop(&mix.hot_crowd);
	crowd_stop(&mix.cold_crowd);
	free(mix.latency);
	coldfiles_close(&mix.hot);
	coldfiles_remove(&mix.hot);
	rmdir(mix.folder);
	coldfiles_remove(&mix.cold);
}
