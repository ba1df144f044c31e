// SPDX-License-Identifier: GPL-2.0-only
/* Many files that have to be read from a disk first. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cold.h"
#include "coldfiles.h"
#include "cost.h"
#include "crowd.h"
#include "fail.h"
#include "libskiff.h"
#include "sample.h"
#include "system.h"
#include "transfers.h"

#define THREADS_MAX 128

struct cold_system;

struct work {
	const struct cold *cold;
	const struct cold_system *system;
	struct crowd crowd;
	struct coldfiles files;
	atomic_uint next_connection;
};

/**
 * struct cold_system - a way to send them all
 * @name: in the results
 * @send: do it
 * @system: that each thread sends with, and
 * @threads: how many, if that is the way
 */
struct cold_system {
	char name[64];
	void (*send)(struct work *work);
	const struct system *system;
	unsigned int threads;
};

/* A connection has one thread at a time, so that bytes come in order. */
static void *send_connections(void *argument)
{
	struct work *work = argument;
	const struct cold *cold = work->cold;
	const struct way *way = work->system->system->way;
	const struct content content = { .size = cold->size };
	struct end end = { .system = work->system->system, .content = &content };
	unsigned int c;

	if (way->open)
		way->open(&end);
	while ((c = atomic_fetch_add(&work->next_connection, 1)) < cold->connections) {
		end.socket = work->crowd.sockets[c];
		for (unsigned int f = c; f < cold->files; f += cold->connections) {
			end.file = work->files.fds[f];
			system_respond(&end, 1);
		}
	}
	if (way->close)
		way->close(&end);
	return NULL;
}

static void send_by_threads(struct work *work)
{
	pthread_t threads[THREADS_MAX];
	unsigned int nr = work->system->threads;

	work->next_connection = 0;
	for (unsigned int i = 0; i < nr; i++)
		if (pthread_create(&threads[i], NULL, send_connections, work))
			die("no thread");
	for (unsigned int i = 0; i < nr; i++)
		pthread_join(threads[i], NULL);
}

/* All of it by this thread, which submits and then waits. */
static void send_by_skiff(struct work *work)
{
	const struct cold *cold = work->cold;
	int context = transfers_open();

	for (unsigned int f = 0; f < cold->files; f += cold->connections)
		transfers_submit(context, work->crowd.sockets, work->files.fds + f,
				 cold->connections, cold->size, work->system->system->policy);
	transfers_take(context, cold->files);
	skiff_close(context);
}

/* "-16" at the end of a name, which is cut off there; 1 if there is none. */
static unsigned int cut_threads(char *name)
{
	char *dash = strrchr(name, '-'), *end = name;
	unsigned long nr = dash ? strtoul(dash + 1, &end, 10) : 0;

	if (!nr || *end)
		return 1;
	*dash = '\0';
	return (unsigned int)nr;
}

/* skiff-submit and its policies, or a system with a number of threads. */
static struct cold_system find(const char *name)
{
	struct cold_system system = { .send = send_by_threads };
	char base[sizeof(system.name)];

	snprintf(system.name, sizeof(system.name), "%s", name);
	snprintf(base, sizeof(base), "%s", name);
	system.threads = cut_threads(base);
	system.system = system_find(base);
	if (system.system->way == &skiff_submit_way)
		system.send = send_by_skiff;
	else if (!system.system->way->any_file || system.threads > THREADS_MAX)
		die("`%s' does not do for cold files", name);
	return system;
}

static bool run(struct work *work, bool check, struct cost *cost)
{
	const struct cold *cold = work->cold;
	const struct crowd_order order = {
		.bytes = cold->size * cold->files,
		.bytes_of_file = cold->size,
		.check = check,
	};
	struct cost begin;
	bool right;

	coldfiles_open(&work->files, work->system->system->file_flags);
	crowd_take(&work->crowd, &order);
	begin = cost_now();
	work->system->send(work);
	right = crowd_is_content(&work->crowd);
	*cost = cost_since(&begin);
	coldfiles_close(&work->files);
	return right;
}

static void measure(struct work *work)
{
	const char *name = work->system->name;
	double bytes = (double)work->cold->files * (double)work->cold->size;
	struct cost cost;

	if (!run(work, false, &cost))
		die("%s: not all has arrived", name);
	sample(name, "mib_per_s", "MiB/s", bytes / (1 << 20) / ((double)cost.now * 1e-9));
	sample(name, "insn_per_kib", "instructions/KiB",
	       (double)cost_busy(&cost) / (bytes / 1024));
}

static void check(struct work *work)
{
	struct cost cost;

	if (!run(work, true, &cost))
		die("%s: WRONG BYTES arrived", work->system->name);
	sample_checked(work->system->name);
}

void cold(const struct cold *cold, char **names)
{
	struct work work = {
		.cold = cold,
		.files = { .folder = cold->folder, .nr = cold->files, .size = cold->size },
	};

	if (cold->files % cold->connections)
		die("each connection gets as many files as the others");
	coldfiles_make(&work.files);
	crowd_start(&work.crowd, cold->connections, 0);
	for (unsigned int r = 0; r <= cold->runs; r++)
		for (char **name = names; *name; name++) {
			const struct cold_system system = find(*name);

			work.system = &system;
			progress("%s: %s", *name, r ? "a run" : "comparing the bytes");
			if (r)
				measure(&work);
			else
				check(&work);
		}
	crowd_stop(&work.crowd);
	coldfiles_remove(&work.files);
}
