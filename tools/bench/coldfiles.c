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

static void file_name(const struct coldfiles *files, unsigned int f, char *name, size_t size)
{
	snprintf(name, size, "%s/%u", files->folder, f);
}

static void make_file(const struct coldfiles *files, unsigned int f, uint64_t *words)
{
	char name[256];
	int fd;

	for (uint64_t i = 0; i < files->size / 8; i++)
		words[i] = crowd_word(f, i);
	file_name(files, f, name, sizeof(name));
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, words, files->size) != (ssize_t)files->size)
		die_of(errno, name);
	close(fd);
}

void coldfiles_make(struct coldfiles *files)
{
	uint64_t *words = malloc(files->size);

	if (!words)
		die("no memory");
	files->fds = calloc(files->nr, sizeof(*files->fds));
	if (!files->fds)
		die("no memory");
	progress("making %u files", files->nr);
	for (unsigned int f = 0; f < files->nr; f++)
		make_file(files, f, words);
	free(words);
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

void coldfiles_open(struct coldfiles *files)
{
	char name[256];
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	for (unsigned int f = 0; f < files->nr; f++) {
		file_name(files, f, name, sizeof(name));
		files->fds[f] = open(name, O_RDONLY | O_CLOEXEC);
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
