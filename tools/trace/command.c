// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"

/* As the shell and env(1) report a command that could not be run. */
#define STATUS_CANNOT_EXECUTE 126
#define STATUS_NOT_FOUND 127

static void run_child(char **argv)
{
	/* A stopped process would outlive a tracer that dies. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	kill(getpid(), SIGSTOP);
	prctl(PR_SET_PDEATHSIG, 0);
	execvp(argv[0], argv);
	fprintf(stderr, "skiff-trace: cannot run `%s': %s\n", argv[0], strerror(errno));
	_exit(errno == ENOENT ? STATUS_NOT_FOUND : STATUS_CANNOT_EXECUTE);
}

pid_t command_start(char **argv)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		run_child(argv);
	if (pid < 0)
		return -1;
	/* Keys that interrupt are for the command: its end is then reported. */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	if (command_wait(pid, &status) != COMMAND_STOPPED)
		return -1;
	return pid;
}

int command_continue(pid_t pid)
{
	return kill(pid, SIGCONT);
}

enum command_event command_wait(pid_t pid, int *status)
{
	int state;

	for (;;) {
		if (waitpid(pid, &state, WUNTRACED) < 0) {
			if (errno == EINTR)
				continue;
			return COMMAND_LOST;
		}
		if (!WIFSTOPPED(state)) {
			*status = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
			return COMMAND_ENDED;
		}
		if (WSTOPSIG(state) == SIGSTOP)
			return COMMAND_STOPPED;
	}
}
