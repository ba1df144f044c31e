/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COLDFILES_H
#define COLDFILES_H

#include <stdint.h>

/**
 * struct coldfiles - files that are not in memory
 * @folder: in which they are
 * @nr: how many; their names are numbers
 * @size: of each, filled with crowd_word()
 * @fds: descriptors, while they are open
 */
struct coldfiles {
	const char *folder;
	unsigned int nr;
	uint64_t size;
	int *fds;
};

void coldfiles_make(struct coldfiles *files);
void coldfiles_remove(struct coldfiles *files);

/* Open all for reading, with @flags of open(2) besides, and drop from memory what
 * they hold. Metadata is read by the opening, and stays. Read-ahead starts anew.
 */
void coldfiles_open(struct coldfiles *files, int flags);
void coldfiles_close(struct coldfiles *files);

#endif
