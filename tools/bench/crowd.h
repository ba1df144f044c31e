/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CROWD_H
#define CROWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The far end of many connections over loopback: one process that takes what
 * comes, on all of them at once.
 */

/**
 * struct crowd - of receivers
 * @nr: connections
 * @sockets: our ends of them
 * @control: to the process
 */
struct crowd {
	unsigned int nr;
	int *sockets;
	int control;
	pid_t process;
};

/**
 * struct crowd_order - what to take
 * @bytes: on all connections together, then it is content; 0: until each has
 *	ended, and is no more
 * @bytes_of_file: files come one after another, so many bytes each
 * @same_file: it is always file 0; else connection C of N gets C, C + N, ...
 * @check: compare with what files hold (crowd_word())
 */
struct crowd_order {
	uint64_t bytes;
	uint64_t bytes_of_file;
	bool same_file;
	bool check;
};

/* Connections with buffers of so many bytes, or what the kernel takes for 0. */
void crowd_start(struct crowd *crowd, unsigned int nr, int buffer);
void crowd_stop(struct crowd *crowd);

/* The crowd begins to take. */
void crowd_take(struct crowd *crowd, const struct crowd_order *order);

/* Waits until all have all: whether it was right. */
bool crowd_is_content(struct crowd *crowd);

/* The word at @at words into a file. */
static inline uint64_t crowd_word(unsigned int file, uint64_t at)
{
	return (uint64_t)file << 32 | at;
}

#endif
