/* SPDX-License-Identifier: GPL-2.0-only */
/* The command that is traced: a child that waits to be told to begin. */
#ifndef SKIFF_TRACE_COMMAND_H
#define SKIFF_TRACE_COMMAND_H

#include <sys/types.h>

enum command_event {
	COMMAND_STOPPED, /* it raised SIGSTOP, and waits for command_continue() */
	COMMAND_ENDED,
	COMMAND_LOST, /* it cannot be waited for; errno says why */
};

/* A child that is stopped just before it executes @argv; or -1 and errno. */
pid_t command_start(char **argv);

/* 0, or -1 and errno. */
int command_continue(pid_t pid);

/* The next event; COMMAND_ENDED sets @status to what a shell would show. */
enum command_event command_wait(pid_t pid, int *status);

#endif /* SKIFF_TRACE_COMMAND_H */
