// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "fail.h"
#include "memory.h"

static bool is_wanted(const char *name)
{
	static const char *const names[] = {
		"Slab",
		"KernelStack",
		"PageTables",
		"Percpu",
		"VmallocUsed",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

uint64_t memory_of_kernel(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	unsigned long long kib;
	uint64_t sum = 0;
	char name[64];

	if (!file)
		die_of(errno, "/proc/meminfo");
	while (fscanf(file, "%63[^:]: %llu%*[^\n]\n", name, &kib) == 2)
		if (is_wanted(name))
			sum += kib * 1024;
	fclose(file);
	return sum;
}

static bool has_name(const char *pid, const char *prefix)
{
	char path[300], name[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (!fgets(name, sizeof(name), file))
		name[0] = '\0';
	fclose(file);
	return !strncmp(name, prefix, strlen(prefix));
}

unsigned int memory_threads(const char *prefix)
{
	DIR *proc = opendir("/proc");
	unsigned int nr = 0;
	struct dirent *entry;

	if (!proc)
		die_of(errno, "/proc");
	while ((entry = readdir(proc)))
		nr += isdigit((unsigned char)entry->d_name[0]) && has_name(entry->d_name, prefix);
	closedir(proc);
	return nr;
}
