// SPDX-License-Identifier: GPL-2.0-only
/* skiff: the tool of the skiff module. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tool.h"

static const struct command *const commands[] = {
	&command_info,
	&command_send,
	&command_recv,
	&command_stat,
	&command_top,
	&command_probe,
	&command_doctor,
	&command_explain,
};

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_help(FILE *file)
{
	fputs("Usage: skiff COMMAND [OPTION...] [ARGUMENT...]\n"
	      "Send files to sockets straight from the page cache.\n\n",
	      file);
	for (size_t i = 0; i < NR_COMMANDS; i++)
		fprintf(file, "  %-8s %s\n", commands[i]->name,
			commands[i]->summary);
	fputs("  help     print the help of a command: skiff help COMMAND\n\n"
	      "  -h, --help     print this\n"
	      "  -V, --version  print the version of the tool\n\n"
	      "Exit: 0 done, 1 failed, 2 wrong arguments, 3 no " SKIFF_DEVICE
	      " or no permission.\n",
	      file);
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < NR_COMMANDS; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

static int unknown(const char *name)
{
	return misused("command must be info, send, recv, stat, top, probe, doctor, explain or help: `%s'",
		       name);
}

static int help(int argc, char **argv)
{
	const struct command *command;

	if (argc > 2)
		return misused("help wants one COMMAND at most: `%s'", argv[2]);
	if (argc < 2) {
		print_help(stdout);
		return STATUS_OK;
	}
	command = find(argv[1]);
	return command ? show_help(command) : unknown(argv[1]);
}

static int dispatch(int argc, char **argv)
{
	static char program[] = "skiff";
	const struct command *command;
	const char *name = argv[0];

	if (!strcmp(name, "-h") || !strcmp(name, "--help"))
		return help(1, argv);
	if (!strcmp(name, "help"))
		return help(argc, argv);
	if (!strcmp(name, "-V") || !strcmp(name, "--version")) {
		printf("skiff %s, ABI %d\n", SKIFF_VERSION, SKIFF_ABI_VERSION);
		return STATUS_OK;
	}
	command = find(name);
	if (!command)
		return unknown(name);
	/* getopt_long() begins its complaints with this. */
	argv[0] = program;
	return command->run(argc, argv);
}

int main(int argc, char **argv)
{
	int status;

	if (argc < 2) {
		print_help(stderr);
		return STATUS_USAGE;
	}
	status = dispatch(argc - 1, argv + 1);
	/* A full disk below stdout must not look like success. */
	if ((fflush(stdout) || ferror(stdout)) && !status)
		return failed("cannot write: %s", strerror(errno));
	return status;
}
