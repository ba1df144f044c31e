// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "coldfiles.h"
#include "crowd.h"
#include "fail.h"
#include "sample.h"

#define CHUNK (1 << 20)

static void file_name(const struct coldfiles *files, unsigned int f, char *name, size_t size)
{
	snprintf(name, size, "%s/%u", files->folder, f);
}

static void write_words(int fd, unsigned int f, uint64_t at, size_t size)
{
	static uint64_t words[CHUNK / 8];

	for (size_t i = 0; i < size / 8; i++)
		words[i] = crowd_word(f, at / 8 + i);
	if (write(fd, words, size) != (ssize_t)size)
		die_of(errno, "cannot write a file");
}

static void make_file(const struct coldfiles *files, unsigned int f)
{
	char name[256];
	int fd;

	file_name(files, f, name, sizeof(name));
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		die_of(errno, name);
	for (uint64_t at = 0; at < files->size; at += CHUNK)
		write_words(fd, f, at, files->size - at < CHUNK ? files->size - at : CHUNK);
	close(fd);
}

void coldfiles_make(struct coldfiles *files)
{
	files->fds = calloc(files->nr, sizeof(*files->fds));
	if (!files->fds)
		die("no memory");
	progress("making %u files", files->nr);
	for (unsigned int f = 0; f < files->nr; f++)
		make_file(files, f);
}

void coldfiles_remove(struct coldfiles *files)
{
	char name[256];

	for (unsigned int f = 0; f < files->nr; f++) {
		file_name(files, f, name, sizeof(name));
		unlink(name);
	}
	free(files->fds);
}

void coldfiles_open(struct coldfiles *files, int flags)
{
	char name[256];
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	for (unsigned int f = 0; f < files->nr; f++) {
		file_name(files, f, name, sizeof(name));
		files->fds[f] = open(name, O_RDONLY | O_CLOEXEC | flags);
		if (files->fds[f] < 0)
			die_of(errno, name);
	}
	sync();
	if (fd < 0 || write(fd, "1", 1) != 1)
		die_of(errno, "drop_caches");
	close(fd);
}

void coldfiles_close(struct coldfiles *files)
{
	for (unsigned int f = 0; f < files->nr; f++)
		close(files->fds[f]);
}
