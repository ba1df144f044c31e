// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "value.h"

int value_read(const char *path, char value[VALUE_MAX])
{
	ssize_t nr;
	int file, error;

	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return -errno;
	nr = read(file, value, VALUE_MAX - 1);
	error = nr < 0 ? -errno : 0;
	close(file);
	if (error)
		return error;
	value[nr] = '\0';
	value[strcspn(value, "\n")] = '\0';
	return 0;
}

static int first_number(char *text, uint64_t *number)
{
	text += strspn(text, " \t");
	text[strcspn(text, " \t\n")] = '\0';
	return parse_number(text, 0, UINT64_MAX, number);
}

int value_read_number(const char *path, uint64_t *number)
{
	char value[VALUE_MAX];
	int error = value_read(path, value);

	return error ? error : first_number(value, number);
}

int value_read_named(const char *path, const char *name, uint64_t *number)
{
	size_t length = strlen(name);
	char line[VALUE_MAX];
	int error = -ENOENT;
	FILE *file;

	file = fopen(path, "re");
	if (!file)
		return -errno;
	while (error == -ENOENT && fgets(line, sizeof(line), file))
		if (!strncmp(line, name, length) &&
		    strchr(" \t:", line[length]))
			error = first_number(line + length + 1, number);
	fclose(file);
	return error;
}

int value_read_link(const char *path, char value[VALUE_MAX])
{
	char target[PATH_MAX];
	ssize_t nr = readlink(path, target, sizeof(target) - 1);
	const char *slash, *name;

	if (nr < 0)
		return -errno;
	target[nr] = '\0';
	slash = strrchr(target, '/');
	name = slash ? slash + 1 : target;
	if (strlen(name) >= VALUE_MAX)
		return -ENAMETOOLONG;
	strcpy(value, name);
	return 0;
}
