/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SYSTEM_H
#define SYSTEM_H

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "peer.h"

/**
 * struct end - the sending end of one connection, as a system has it
 * @socket: connected and blocking
 * @file: open for reading
 * @content: of each response
 * @state: the system's own
 */
struct end {
	int socket;
	int file;
	const struct content *content;
	void *state;
};

/**
 * struct system - a way to send a file
 * @name: in all results
 * @summary: what it calls
 * @open: make ready what a program would keep for all its life
 * @respond: send a number of responses; the socket has taken all when it returns
 * @close: undo @open
 * @works: whether it is there; NULL: it is
 */
struct system {
	const char *name;
	const char *summary;
	void (*open)(struct end *end);
	void (*respond)(struct end *end, unsigned int nr);
	void (*close)(struct end *end);
	bool (*works)(void);
};

/* Never NULL. */
const struct system *system_find(const char *name);

/* Whether this kernel and module have it. */
bool system_works(const struct system *system);
void system_list(FILE *file);

/* system_copy.c */
void read_write_64k_open(struct end *end);
void read_write_1m_open(struct end *end);
void read_write_respond(struct end *end, unsigned int nr);
void read_write_close(struct end *end);
void mmap_write_open(struct end *end);
void mmap_write_respond(struct end *end, unsigned int nr);
void mmap_write_close(struct end *end);

/* system_splice.c */
void sendfile_respond(struct end *end, unsigned int nr);
void splice_open(struct end *end);
void splice_respond(struct end *end, unsigned int nr);
void splice_close(struct end *end);

/* system_zerocopy.c */
void zerocopy_open(struct end *end);
void zerocopy_respond(struct end *end, unsigned int nr);

/* system_skiff.c */
void skiff_end_open(struct end *end);
void skiff_end_ubuf_open(struct end *end);
void skiff_end_splice_open(struct end *end);
bool skiff_has_ubuf(void);
void skiff_send_respond(struct end *end, unsigned int nr);
void skiff_submit_respond(struct end *end, unsigned int nr);
void skiff_end_close(struct end *end);

/* system_floor.c */
void floor_4k_open(struct end *end);
void floor_64k_open(struct end *end);
void floor_respond(struct end *end, unsigned int nr);
void floor_close(struct end *end);

#endif
