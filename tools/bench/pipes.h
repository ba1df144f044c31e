/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PIPES_H
#define PIPES_H

#include <stddef.h>

/* The most that a user may have: fewer calls, and the receiver is woken less often. */
#define PIPE_SIZE (1 << 20)

/* A pipe between a file and a socket. These end the program on an error. */
struct pipe {
	int out;
	int in;
};

void pipe_open(struct pipe *pipe);
void pipe_close(const struct pipe *pipe);

/* Move @size bytes that are in it to the socket. */
void pipe_drain(const struct pipe *pipe, int socket, size_t size, unsigned int flags);

#endif
