// SPDX-License-Identifier: GPL-2.0-only
/* How large the folios of a file are: /proc/kpageflags knows which page is the
 * first of several, and which a later one.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kernel-page-flags.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "folio.h"

#define PFN_MASK ((UINT64_C(1) << 55) - 1)
#define IS_PRESENT (UINT64_C(1) << 63)
#define IS_CACHED 1 /* as mincore() says it */

struct view {
	char *map;
	int pages; /* of ourselves: page to frame */
	int flags; /* of frames */
};

static int entry(int fd, uint64_t index, uint64_t *value)
{
	ssize_t nr = pread(fd, value, sizeof(*value), (off_t)(index * sizeof(*value)));

	return nr == sizeof(*value) ? 0 : nr < 0 ? -errno :
						   -EIO;
}

/* A page that goes, or whose file ends, meanwhile counts as not cached. Its frame
 * is only seen while it is mapped, so it is: by a call, which fails where the
 * access would be a SIGBUS.
 */
static int look_at(const struct view *view, size_t i, struct folio_look *look)
{
	char *at = view->map + i * FOLIO_PAGE;
	uint64_t page, flags;
	int error;

	if (madvise(at, FOLIO_PAGE, MADV_POPULATE_READ))
		return errno == EFAULT ? 0 : -errno;
	error = entry(view->pages, (uintptr_t)at / FOLIO_PAGE, &page);
	if (error || !(page & IS_PRESENT))
		return error;
	/* Without the privilege every frame is 0. */
	if (!(page & PFN_MASK))
		return -EPERM;
	error = entry(view->flags, page & PFN_MASK, &flags);
	if (error)
		return error;
	look->cached++;
	look->folios += !(flags >> KPF_COMPOUND_TAIL & 1);
	return 0;
}

static int look_at_all(const struct view *view, size_t size, struct folio_look *look)
{
	unsigned char *there = malloc(look->pages);
	int error = 0;

	if (!there)
		return -ENOMEM;
	if (mincore(view->map, size, there))
		error = -errno;
	for (size_t i = 0; i < look->pages && !error; i++)
		if (there[i] & IS_CACHED)
			error = look_at(view, i, look);
	free(there);
	return error;
}

static int look_through(struct view *view, int file, size_t size, bool read_in,
			struct folio_look *look)
{
	int error;

	if (view->pages < 0 || view->flags < 0)
		return -errno;
	view->map = mmap(NULL, size, PROT_READ, MAP_SHARED | (read_in ? MAP_POPULATE : 0),
			 file, 0);
	if (view->map == MAP_FAILED)
		return -errno;
	/* Not to read in what is around a page. */
	madvise(view->map, size, MADV_RANDOM);
	error = look_at_all(view, size, look);
	munmap(view->map, size);
	return error;
}

int folio_look(int file, size_t size, bool read_in, struct folio_look *look)
{
	struct view view;
	int error;

	*look = (struct folio_look){ .pages = (size + FOLIO_PAGE - 1) / FOLIO_PAGE };
	if (!look->pages)
		return 0;
	view.pages = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	view.flags = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	error = look_through(&view, file, size, read_in, look);
	if (view.flags >= 0)
		close(view.flags);
	if (view.pages >= 0)
		close(view.pages);
	return error;
}

double folio_mean_kib(const struct folio_look *look)
{
	return look->folios ? look->cached * (FOLIO_PAGE / 1024.0) / look->folios : 0;
}
