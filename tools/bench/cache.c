// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the page cache of a small machine still holds of files that were read
 * twice, after a file larger than memory was sent once.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache.h"
#include "coldfiles.h"
#include "cost.h"
#include "fail.h"
#include "lane.h"
#include "sample.h"

#define PAGE 4096
#define TIMES_READ 2

struct sets {
	char hot_folder[256];
	char large_folder[256];
	struct coldfiles hot;
	struct coldfiles large;
};

static void make_folder(char *path, size_t size, const char *folder, const char *name)
{
	snprintf(path, size, "%s/%s", folder, name);
	if (mkdir(path, 0700))
		die_of(errno, path);
}

static void make_sets(struct sets *sets, const struct cache *cache)
{
	make_folder(sets->hot_folder, sizeof(sets->hot_folder), cache->folder, "hot");
	make_folder(sets->large_folder, sizeof(sets->large_folder), cache->folder, "large");
	sets->hot = (struct coldfiles){ sets->hot_folder, cache->files, cache->file_size, NULL };
	sets->large = (struct coldfiles){ sets->large_folder, 1, cache->size, NULL };
	coldfiles_make(&sets->hot);
	coldfiles_make(&sets->large);
}

static void remove_sets(struct sets *sets)
{
	coldfiles_remove(&sets->hot);
	coldfiles_remove(&sets->large);
	rmdir(sets->hot_folder);
	rmdir(sets->large_folder);
}

static void read_file(int fd, uint64_t size)
{
	static char buffer[64 << 10];

	for (uint64_t at = 0; at < size; at += sizeof(buffer))
		if (pread(fd, buffer, sizeof(buffer), (off_t)at) <= 0)
			die_of(errno, "cannot read a hot file");
}

/* Nothing is in memory but them, as far as that can be had. */
static void read_hot(struct sets *sets)
{
	coldfiles_open(&sets->hot, 0);
	for (unsigned int time = 0; time < TIMES_READ; time++)
		for (unsigned int f = 0; f < sets->hot.nr; f++)
			read_file(sets->hot.fds[f], sets->hot.size);
}

static size_t resident_pages(int fd, uint64_t size)
{
	size_t nr = (size + PAGE - 1) / PAGE, resident = 0;
	unsigned char *pages = malloc(nr);
	void *map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);

	if (!pages || map == MAP_FAILED || mincore(map, size, pages))
		die_of(errno, "mincore");
	for (size_t i = 0; i < nr; i++)
		resident += pages[i] & 1;
	munmap(map, size);
	free(pages);
	return resident;
}

static double percent_resident(const struct coldfiles *files)
{
	size_t resident = 0;

	for (unsigned int f = 0; f < files->nr; f++)
		resident += resident_pages(files->fds[f], files->size);
	return 100.0 * PAGE * (double)resident / ((double)files->nr * (double)files->size);
}

static void measure(struct sets *sets, struct lane *lane)
{
	const char *name = lane->system->name;
	struct cost cost;

	progress("%s: a run", name);
	read_hot(sets);
	sample(name, "hot_resident_percent_before", "%", percent_resident(&sets->hot));
	cost = lane_measure(lane);
	sample(name, "hot_resident_percent", "%", percent_resident(&sets->hot));
	sample(name, "insn_per_kib", "instructions/KiB",
	       (double)cost_busy(&cost) / (lane_mib(lane) * 1024));
	coldfiles_close(&sets->hot);
}

void cache(const struct cache *cache, struct exchange *exchange)
{
	struct lane lanes[EXCHANGE_SYSTEMS];
	struct content content;
	struct sets sets;
	struct peer peer;
	char path[300];

	make_sets(&sets, cache);
	snprintf(path, sizeof(path), "%s/0", sets.large_folder);
	exchange->path = path;
	content = content_make(exchange);
	peer_start(&peer, &exchange->network, &content);
	for (unsigned int i = 0; i < exchange->nr; i++) {
		lane_open(&lanes[i], exchange->systems[i], exchange, &peer, &content);
		lane_check(&lanes[i]);
	}
	for (unsigned int run = 0; run < exchange->runs; run++)
		for (unsigned int i = 0; i < exchange->nr; i++)
			if (lanes[i].right)
				measure(&sets, &lanes[i]);
	for (unsigned int i = 0; i < exchange->nr; i++)
		lane_close(&lanes[i]);
	peer_stop(&peer);
	content_free(&content);
	remove_sets(&sets);
}
