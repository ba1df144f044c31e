// SPDX-License-Identifier: GPL-2.0-only
/* How large the folios of a file are: /proc/kpageflags knows which page is the
 * first of several, and which a later one.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kernel-page-flags.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fail.h"
#include "folio.h"

#define PAGE 4096
#define PFN_MASK ((UINT64_C(1) << 55) - 1)
#define IS_PRESENT (UINT64_C(1) << 63)

static int open_proc(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die_of(errno, path);
	return fd;
}

static uint64_t entry(int fd, uint64_t index)
{
	uint64_t value;

	if (pread(fd, &value, sizeof(value), (off_t)(index * sizeof(value))) != sizeof(value))
		die_of(errno, "cannot look at a page");
	return value;
}

double folio_mean_kib(const char *path, size_t size)
{
	int pages = open_proc("/proc/self/pagemap"), flags = open_proc("/proc/kpageflags");
	int file = open_proc(path);
	size_t nr = (size + PAGE - 1) / PAGE, tails = 0;
	char *map = mmap(NULL, size, PROT_READ, MAP_SHARED | MAP_POPULATE, file, 0);

	if (map == MAP_FAILED)
		die_of(errno, path);
	for (size_t i = 0; i < nr; i++) {
		uint64_t page = entry(pages, (uintptr_t)map / PAGE + i);

		if (!(page & IS_PRESENT))
			die("%s: page %zu is not in memory", path, i);
		tails += entry(flags, page & PFN_MASK) >> KPF_COMPOUND_TAIL & 1;
	}
	munmap(map, size);
	close(file);
	close(flags);
	close(pages);
	return (double)nr * PAGE / 1024 / (double)(nr - tails);
}
