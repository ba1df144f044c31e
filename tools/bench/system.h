/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SYSTEM_H
#define SYSTEM_H

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>
#include <linux/skiff.h>

#include "peer.h"

struct system;

/**
 * struct end - the sending end of one connection, as a system has it
 * @system: that sends
 * @socket: connected and blocking
 * @file: open for reading
 * @content: of each response
 * @state: the system's own
 */
struct end {
	const struct system *system;
	int socket;
	int file;
	const struct content *content;
	void *state;
};

/**
 * struct way - how systems that differ in numbers alone send
 * @open: make ready what a program would keep for all its life; NULL: nothing
 * @send: a response; the socket has taken it when this returns
 * @batch: a number of responses likewise; NULL: by @send, one after another
 * @close: undo @open
 * @works: whether it is there; NULL: it is
 * @any_file: @send sends what @file of the end is then; else it has to be the
 *	one that was open at @open
 */
struct way {
	void (*open)(struct end *end);
	void (*send)(struct end *end);
	void (*batch)(struct end *end, unsigned int nr);
	void (*close)(struct end *end);
	bool (*works)(const struct system *system);
	bool any_file;
};

/**
 * struct system - something that sends a file
 * @name: in all results
 * @summary: what it calls
 * @way: how
 * @size: bytes of the buffer, or of each page of the floor
 * @file_flags: that the file is opened with, besides O_RDONLY
 * @rung: of skiff's requests, and
 * @policy: theirs
 */
struct system {
	const char *name;
	const char *summary;
	const struct way *way;
	size_t size;
	int file_flags;
	enum skiff_rung rung;
	enum skiff_policy policy;
};

/* Never NULL. */
const struct system *system_find(const char *name);

/* Whether this kernel and module have it. */
bool system_works(const struct system *system);

/* Sends a number of responses; the socket has taken all when it returns. */
void system_respond(struct end *end, unsigned int nr);
void system_list(FILE *file);

/* system_copy.c */
extern const struct way read_write;
extern const struct way mmap_write;
void mmap_write_open(struct end *end);
void mmap_write_close(struct end *end);

/* system_splice.c */
extern const struct way sendfile_way;
extern const struct way sendfile_dontneed;
extern const struct way splice_way;

/* system_zerocopy.c */
extern const struct way zerocopy;

/* system_uring_splice.c */
extern const struct way uring_splice;

/* system_uring_zerocopy.c */
extern const struct way uring_zerocopy;

/* system_skiff.c */
extern const struct way skiff_send_way;
extern const struct way skiff_submit_way;
extern const struct way skiff_uring_way;

/* system_floor.c */
extern const struct way floor_way;

/* Of what has to do it by a call of its own, before the file. */
void send_header(const struct end *end);

#endif
