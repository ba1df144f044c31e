/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the skiff tool know of each other. */
#ifndef SKIFF_TOOL_H
#define SKIFF_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libskiff.h"

/* Exit codes; the help and the man page list them. */
enum {
	STATUS_OK,
	STATUS_FAILED, /* what was asked for did not, or not all, happen */
	STATUS_USAGE,  /* the arguments make no sense */
	STATUS_DEVICE, /* skiff is not there, or may not be used */
};

/* A subcommand: run() gets its own name as argv[0], and returns a STATUS_. */
struct command {
	const char *name;
	const char *summary;
	const char *help;
	int (*run)(int argc, char **argv);
};

extern const struct command command_info;
extern const struct command command_send;
extern const struct command command_recv;
extern const struct command command_stat;
extern const struct command command_probe;
extern const struct command command_doctor;
extern const struct command command_explain;
extern const struct command command_top;

/* report.c: one line to stderr; the value is the status, to be returned. */
int failed(const char *format, ...) __attribute__((format(printf, 1, 2)));
int misused(const char *format, ...) __attribute__((format(printf, 1, 2)));
int no_device(int error);
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
int show_help(const struct command *command);
int misused_command(const struct command *command);

/* parse.c: 0 and *value, or -EINVAL. */
int parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *value);
int parse_size(const char *text, uint64_t *value);

#endif /* SKIFF_TOOL_H */
