// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long a hot file takes from the call until the socket has it all, first on
 * a system that does nothing else, then while the same thread has cold transfers
 * under way. A receipt says when it was queued, which is before the thread has
 * fetched that.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
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

#define SYSTEM "skiff-submit"
#define PAUSE_NS 1000000

struct mix {
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

static uint64_t send_hot(struct mix *mix)
{
	struct skiff_piece piece = skiff_piece_file(mix->hot.fds[0], 0, mix->hot.size);
	struct skiff_request request = skiff_request_for(mix->hot_crowd.sockets[0], &piece, 1);
	struct skiff_receipt receipt;
	bool ended = false;
	uint64_t begin = now_ns();
	int error = skiff_submit(mix->context, &request);

	if (error)
		die("SKIFF_SUBMIT: %s", skiff_strerror(error));
	while (!ended)
		take(mix, SKIFF_WAIT_FOREVER, request.out_id, &ended);
	error = skiff_receipt(mix->context, request.out_id, &receipt, sizeof(receipt));
	if (error)
		die("SKIFF_RECEIPT: %s", skiff_strerror(error));
	return receipt.end_ns - begin;
}

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
	sample(SYSTEM, metric, "ns", (double)mix->latency[mix->nr / 2]);
	snprintf(metric, sizeof(metric), "latency_p99_%s", when);
	sample(SYSTEM, metric, "ns", (double)mix->latency[mix->nr * 99 / 100]);
	snprintf(metric, sizeof(metric), "latency_samples_%s", when);
	sample(SYSTEM, metric, "samples", mix->nr);
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
	send_hot(mix);
	if (!crowd_is_content(&mix->hot_crowd))
		die("WRONG BYTES arrived");
	sample_checked(SYSTEM);
}

static void measure_idle(struct mix *mix)
{
	order_hot(mix, mix->mixed->samples, false);
	for (mix->nr = 0; mix->nr < mix->mixed->samples; mix->nr++) {
		mix->latency[mix->nr] = send_hot(mix);
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
		.bytes = mixed->cold_size * (mixed->files / mixed->connections),
	};

	coldfiles_open(&mix->cold);
	warm_up(mix);
	crowd_take(&mix->cold_crowd, &order);
	order_hot(mix, mixed->samples, false);
	mix->cold_left = mixed->files;
	for (unsigned int f = 0; f < mixed->files; f += mixed->connections)
		transfers_submit(mix->context, mix->cold_crowd.sockets, mix->cold.fds + f,
				 mixed->connections, mixed->cold_size);
	for (mix->nr = 0; mix->nr < mixed->samples && mix->cold_left; mix->nr++) {
		mix->latency[mix->nr] = send_hot(mix);
		pause_a_little();
	}
	report(mix, "beside_cold");
	for (unsigned int i = mix->nr; i < mixed->samples; i++)
		send_hot(mix);
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
	coldfiles_open(&mix->hot);
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
	progress("comparing the bytes");
	check_hot(&mix);
	progress("on an idle system");
	measure_idle(&mix);
	progress("beside cold transfers");
	measure_beside_cold(&mix);
	skiff_close(mix.context);
	crowd_stop(&mix.hot_crowd);
	crowd_stop(&mix.cold_crowd);
	free(mix.latency);
	coldfiles_close(&mix.hot);
	coldfiles_remove(&mix.hot);
	rmdir(mix.folder);
	coldfiles_remove(&mix.cold);
}
