// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many transfers to receivers that do not read. The sockets are filled first, by
 * sendfile(2), so that nothing of a transfer can be queued: what memory then
 * grows by when it is submitted is the transfer's own. Then the receivers read
 * all, or the context is closed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cost.h"
#include "crowd.h"
#include "fail.h"
#include "libskiff.h"
#include "memory.h"
#include "sample.h"
#include "scale.h"
#include "transfers.h"

/* After so many bytes the file begins anew, and a fill ends at a multiple. */
#define PERIOD 4096
#define FILL_MAX 64 /* times its buffer, for the rest of a period */
#define SYSTEM "skiff-submit"

struct load {
	const struct scale *scale;
	char path[256];
	struct crowd crowd;
	int *files; /* one descriptor, many times */
	uint64_t filled;
	bool right;
};

static void make_file(struct load *load)
{
	uint64_t words[PERIOD / 8];
	int fd;

	for (uint64_t i = 0; i < PERIOD / 8; i++)
		words[i] = crowd_word(0, i);
	snprintf(load->path, sizeof(load->path), "%s/scale", load->scale->folder);
	fd = open(load->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		die_of(errno, load->path);
	for (uint64_t at = 0; at < load->scale->size; at += PERIOD)
		if (write(fd, words, PERIOD) != PERIOD)
			die_of(errno, load->path);
	close(fd);
}

static void open_file(struct load *load)
{
	int fd = open(load->path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die_of(errno, load->path);
	for (unsigned int i = 0; i < load->scale->connections; i++)
		load->files[i] = fd;
}

static void set_buffer(int socket, int size)
{
	int half = size / 2;

	if (setsockopt(socket, SOL_SOCKET, SO_SNDBUFFORCE, &half, sizeof(half)))
		die_of(errno, "SO_SNDBUFFORCE");
}

/* Whole periods into one socket, until it has no room. Now and then one takes a
 * part of the last: the rest of that needs a larger buffer, for so long.
 */
static uint64_t fill(int socket, int file, const int buffer)
{
	uint64_t filled = 0;
	int size = buffer;
	off_t at = 0;

	fcntl(socket, F_SETFL, O_NONBLOCK);
	while (at || size == buffer) {
		ssize_t n = sendfile(socket, file, &at, PERIOD - (size_t)at);

		if (n < 0 && errno != EAGAIN)
			die_of(errno, "sendfile");
		if (n > 0) {
			filled += (uint64_t)n;
			at %= PERIOD;
		} else if (at && size < FILL_MAX * buffer) {
			size *= 2;
			set_buffer(socket, size);
		} else {
			break;
		}
	}
	if (size > buffer)
		set_buffer(socket, buffer);
	fcntl(socket, F_SETFL, 0);
	return filled;
}

/* Let what is under way come to rest, memory that waits for RCU, too. */
static void settle(void)
{
	sleep(2);
}

/* What is queued moves on to the receiver, which makes room for more. */
static void fill_all(struct load *load)
{
	uint64_t filled;

	load->filled = 0;
	do {
		filled = 0;
		for (unsigned int i = 0; i < load->crowd.nr; i++)
			filled += fill(load->crowd.sockets[i], load->files[0], load->scale->buffer);
		load->filled += filled;
		settle();
	} while (filled);
	if (load->filled % PERIOD)
		die("%llu bytes went in, no multiple", (unsigned long long)load->filled);
}

static void measure_memory(struct load *load, int context)
{
	unsigned int nr = load->crowd.nr;
	uint64_t before, after;

	settle();
	before = memory_of_kernel();
	transfers_submit(context, load->crowd.sockets, load->files, nr, load->scale->size, SKIFF_POLICY_KEEP);
	settle();
	after = memory_of_kernel();
	sample(SYSTEM, "kernel_bytes_per_transfer", "bytes",
	       ((double)after - (double)before) / nr);
	sample(SYSTEM, "threads_of_skiff", "threads", memory_threads("skiff"));
	sample(SYSTEM, "kworkers", "threads", memory_threads("kworker/u"));
}

static void order(struct load *load, uint64_t bytes, bool check)
{
	const struct crowd_order order = {
		.bytes = bytes,
		.bytes_of_file = PERIOD,
		.same_file = true,
		.check = check,
	};

	crowd_take(&load->crowd, &order);
}

static void run_to_end(struct load *load, bool check)
{
	int context = transfers_open();
	struct cost begin, cost;

	fill_all(load);
	measure_memory(load, context);
	begin = cost_now();
	order(load, load->filled + load->crowd.nr * load->scale->size, check);
	transfers_take(context, load->crowd.nr);
	load->right = crowd_is_content(&load->crowd);
	cost = cost_since(&begin);
	if (!load->right)
		die("WRONG BYTES arrived");
	sample_checked(SYSTEM);
	if (!check)
		sample(SYSTEM, "insn_per_completion", "instructions",
		       (double)cost_busy(&cost) / load->crowd.nr);
	skiff_close(context);
}

static uint64_t bytes_queued(void)
{
	unsigned long long bytes;
	FILE *file = fopen(SKIFF_SYSFS "/stats/bytes_queued", "r");

	if (!file || fscanf(file, "%llu", &bytes) != 1)
		die("there is no count of bytes in " SKIFF_SYSFS);
	fclose(file);
	return bytes;
}

/* A write lease is refused while anybody has the file open. */
static bool is_let_go(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool is = !fcntl(fd, F_SETLEASE, F_WRLCK);

	close(fd);
	return is;
}

static void run_to_close(struct load *load)
{
	int context = transfers_open();
	uint64_t begin, closed, let_go, queued;

	fill_all(load);
	transfers_submit(context, load->crowd.sockets, load->files, load->crowd.nr,
			 load->scale->size, SKIFF_POLICY_KEEP);
	settle();
	close(load->files[0]);
	begin = now_ns();
	skiff_close(context);
	closed = now_ns();
	queued = bytes_queued();
	while (!is_let_go(load->path))
		usleep(1000);
	let_go = now_ns();
	sample(SYSTEM, "close_ms", "ms", (double)(closed - begin) * 1e-6);
	sample(SYSTEM, "files_let_go_ms", "ms", (double)(let_go - begin) * 1e-6);

	for (unsigned int i = 0; i < load->crowd.nr; i++)
		shutdown(load->crowd.sockets[i], SHUT_WR);
	order(load, 0, false);
	crowd_is_content(&load->crowd);
	settle();
	sample(SYSTEM, "bytes_after_close", "bytes", (double)(bytes_queued() - queued));
}

static void run(struct load *load, bool check)
{
	crowd_start(&load->crowd, load->scale->connections, load->scale->buffer);
	open_file(load);
	run_to_end(load, check);
	run_to_close(load);
	crowd_stop(&load->crowd);
}

void scale(const struct scale *scale)
{
	struct load load = { .scale = scale };

	load.files = calloc(scale->connections, sizeof(*load.files));
	if (!load.files)
		die("no memory");
	make_file(&load);
	for (unsigned int r = 0; r <= scale->runs; r++) {
		progress("%s", r ? "a run" : "comparing the bytes");
		run(&load, !r);
	}
	unlink(load.path);
	free(load.files);
}
