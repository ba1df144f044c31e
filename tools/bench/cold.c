// SPDX-License-Identifier: GPL-2.0-only
/* Many files that have to be read from a disk first. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/sendfile.h>

#include "cold.h"
#include "coldfiles.h"
#include "cost.h"
#include "crowd.h"
#include "fail.h"
#include "libskiff.h"
#include "sample.h"
#include "transfers.h"

#define THREADS_MAX 128

struct work {
	const struct cold *cold;
	struct crowd crowd;
	struct coldfiles files;
	atomic_uint next_connection;
};

struct cold_system {
	const char *name;
	void (*send)(struct work *work, unsigned int argument);
	unsigned int argument;
};

/* A connection has one thread at a time, so that bytes come in order. */
static void *send_connections(void *argument)
{
	struct work *work = argument;
	const struct cold *cold = work->cold;
	unsigned int c;

	while ((c = atomic_fetch_add(&work->next_connection, 1)) < cold->connections)
		for (unsigned int f = c; f < cold->files; f += cold->connections) {
			off_t at = 0;

			while (at < (off_t)cold->size)
				if (sendfile(work->crowd.sockets[c], work->files.fds[f], &at,
					     cold->size - (size_t)at) <= 0)
					die_of(errno, "sendfile");
		}
	return NULL;
}

static void send_by_threads(struct work *work, unsigned int nr)
{
	pthread_t threads[THREADS_MAX];

	work->next_connection = 0;
	for (unsigned int i = 0; i < nr; i++)
		if (pthread_create(&threads[i], NULL, send_connections, work))
			die("no thread");
	for (unsigned int i = 0; i < nr; i++)
		pthread_join(threads[i], NULL);
}

/* All of it by this thread, which submits and then waits. */
static void send_by_skiff(struct work *work, unsigned int nothing)
{
	const struct cold *cold = work->cold;
	int context = transfers_open();

	(void)nothing;
	for (unsigned int f = 0; f < cold->files; f += cold->connections)
		transfers_submit(context, work->crowd.sockets, work->files.fds + f,
				 cold->connections, cold->size);
	transfers_take(context, cold->files);
	skiff_close(context);
}

static const struct cold_system systems[] = {
	{ "sendfile", send_by_threads, 1 },
	{ "sendfile-16", send_by_threads, 16 },
	{ "sendfile-100", send_by_threads, 100 },
	{ "skiff-submit", send_by_skiff, 0 },
};

#define NR_SYSTEMS (sizeof(systems) / sizeof(systems[0]))

static const struct cold_system *find(const char *name)
{
	for (size_t i = 0; i < NR_SYSTEMS; i++)
		if (!strcmp(systems[i].name, name))
			return &systems[i];
	die("there is no system `%s' for cold files", name);
}

static bool run(struct work *work, const struct cold_system *system, bool check, struct cost *cost)
{
	const struct cold *cold = work->cold;
	const struct crowd_order order = {
		.bytes = cold->size * cold->files,
		.bytes_of_file = cold->size,
		.check = check,
	};
	struct cost begin;
	bool right;

	coldfiles_open(&work->files, 0);
	crowd_take(&work->crowd, &order);
	begin = cost_now();
	system->send(work, system->argument);
	right = crowd_is_content(&work->crowd);
	*cost = cost_since(&begin);
	coldfiles_close(&work->files);
	return right;
}

static void measure(struct work *work, const struct cold_system *system)
{
	double bytes = (double)work->cold->files * (double)work->cold->size;
	struct cost cost;

	if (!run(work, system, false, &cost))
		die("%s: not all has arrived", system->name);
	sample(system->name, "mib_per_s", "MiB/s", bytes / (1 << 20) / ((double)cost.now * 1e-9));
	sample(system->name, "insn_per_kib", "instructions/KiB",
	       (double)cost_busy(&cost) / (bytes / 1024));
}

void cold(const struct cold *cold, char **names)
{
	struct work work = {
		.cold = cold,
		.files = { .folder = cold->folder, .nr = cold->files, .size = cold->size },
	};
	struct cost cost;

	if (cold->files % cold->connections)
		die("each connection gets as many files as the others");
	coldfiles_make(&work.files);
	crowd_start(&work.crowd, cold->connections, 0);
	for (unsigned int r = 0; r <= cold->runs; r++)
		for (char **name = names; *name; name++) {
			progress("%s: %s", *name, r ? "a run" : "comparing the bytes");
			if (r)
				measure(&work, find(*name));
			else if (run(&work, find(*name), true, &cost))
				sample_checked(*name);
			else
				die("%s: WRONG BYTES arrived", *name);
		}
	crowd_stop(&work.crowd);
	coldfiles_remove(&work.files);
}
