/* SPDX-License-Identifier: GPL-2.0-only */
/* A disk made for a test: a file, a loop device, and a map of sectors over it. */
#ifndef SKIFF_MAPPER_H
#define SKIFF_MAPPER_H

#include "skiff_test.h"

#include <stdarg.h>

#define SECTOR 512ULL

struct mapper {
	const char *name;
	char device[64];
	char backing[256];
	char loop[64];
	uint64_t len;
};

static inline int shell(const char *format, ...)
{
	char command[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	return system(command);
}

/* A loop device for the file; its name goes to @device, of 64 bytes. */
static inline int loop_attach(const char *options, const char *path,
			      char *device)
{
	char command[512];
	FILE *losetup;
	int n;

	snprintf(command, sizeof(command),
		 "modprobe -q loop 2>/dev/null; losetup %s -f --show %s", options, path);
	losetup = popen(command, "r");
	n = fscanf(losetup, "%63s", device);
	pclose(losetup);
	return n == 1 ? 0 : -1;
}

/* dmsetup, in a machine that has no udev. */
#define DMSETUP "DM_DISABLE_UDEV=1 dmsetup --noudevsync "

/* One table or the other; @table names its sectors and the loop device. */
static inline int mapper_load(const struct mapper *m, const char *table)
{
	return shell(DMSETUP "suspend --nolockfs --noflush %s && " DMSETUP
			     "load %s --table \"%s\" && " DMSETUP "resume %s",
		     m->name, m->name, table, m->name);
}

/* A disk of @len bytes, all of them zero. */
static inline int mapper_create(struct mapper *m, const char *name,
				uint64_t len)
{
	int fd;

	m->name = name;
	m->len = len;
	sprintf(m->device, "/dev/mapper/%s", name);
	/* One may be left of a test that was ended by an assertion. */
	shell("modprobe -q dm-mod 2>/dev/null; " DMSETUP "remove --retry %s >/dev/null 2>&1",
	      name);
	fd = file_create("/mnt/vblk-ext4", 0, 0, m->backing);
	if (fd < 0 || ftruncate(fd, len))
		return -1;
	close(fd);
	if (loop_attach("", m->backing, m->loop))
		return -1;
	return shell(DMSETUP "create %s --table \"0 %llu linear %s 0\"", name,
		     (unsigned long long)(len / SECTOR), m->loop);
}

static inline int mapper_remove(const struct mapper *m)
{
	int err = shell(DMSETUP "remove --retry %s", m->name);

	err = shell("losetup -d %s", m->loop) ?: err;
	unlink(m->backing);
	return err;
}

/* From now on the @len bytes at @pos can be neither read nor written. */
static inline int mapper_break(const struct mapper *m, uint64_t pos,
			       uint64_t len)
{
	unsigned long long first = pos / SECTOR, nr = len / SECTOR;
	unsigned long long rest = m->len / SECTOR - first - nr;
	char table[512];

	snprintf(table, sizeof(table),
		 "0 %llu linear %s 0\n%llu %llu error\n%llu %llu linear %s %llu",
		 first, m->loop, first, nr, first + nr, rest, m->loop,
		 first + nr);
	return mapper_load(m, table);
}

static inline int mapper_mend(const struct mapper *m)
{
	char table[512];

	snprintf(table, sizeof(table), "0 %llu linear %s 0",
		 (unsigned long long)(m->len / SECTOR), m->loop);
	return mapper_load(m, table);
}

#endif
