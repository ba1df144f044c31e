/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether files, and pages of the page cache that went out, are let go. */
#ifndef SKIFF_PAGES_H
#define SKIFF_PAGES_H

#include "skiff_test.h"

static inline unsigned int pages_resident(int fd, size_t len)
{
	unsigned int i, nr = 0, pages = len / 4096;
	unsigned char vec[pages];
	void *p = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED || mincore(p, len, vec))
		return -1;
	for (i = 0; i < pages; i++)
		nr += vec[i] & 1;
	munmap(p, len);
	return nr;
}

/* Whether nobody has the file open any more, and so none of its pages. */
static inline bool file_is_let_go(const char *path)
{
	int fd = open(path, O_RDWR);
	bool gone = !fcntl(fd, F_SETLEASE, F_WRLCK);

	close(fd);
	return gone;
}

/* Skbs that were freed may rest on a per-CPU list until others come. */
static inline void stir_network(void)
{
	char buf[4096] = "";
	int pair[2], i;

	if (net_pair(TCP4, pair))
		return;
	for (i = 0; i < 20; i++) {
		(void)!send(pair[0], buf, sizeof(buf), 0);
		(void)!recv(pair[1], buf, sizeof(buf), MSG_WAITALL);
	}
	close(pair[0]);
	close(pair[1]);
}

/* Whether none of the file is in the page cache, once it was asked to go. */
static inline bool pages_all_go(int fd, size_t len)
{
	stir_network();
	file_make_cold(fd);
	return !pages_resident(fd, len);
}

#endif
