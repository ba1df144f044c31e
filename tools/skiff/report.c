// SPDX-License-Identifier: GPL-2.0-only
/* Reports: what goes to stderr, each with the status that it leads to. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "tool.h"

static void report(const char *format, va_list arguments)
{
	/* What was printed before should be seen before. */
	fflush(stdout);
	fputs("skiff: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
}

int failed(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report(format, arguments);
	va_end(arguments);
	return STATUS_FAILED;
}

int misused(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report(format, arguments);
	va_end(arguments);
	return STATUS_USAGE;
}

void warn(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report(format, arguments);
	va_end(arguments);
}

int no_device(int error)
{
	switch (-error) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
		warn("no " SKIFF_DEVICE ": the module is not loaded; load it "
		     "with `modprobe skiff' or `insmod skiff.ko'");
		break;
	case EACCES:
	case EPERM:
		warn("no permission to open " SKIFF_DEVICE
		     ": be root, or be given access to it");
		break;
	default:
		warn("cannot open " SKIFF_DEVICE ": %s", skiff_strerror(error));
	}
	return STATUS_DEVICE;
}

int show_help(const struct command *command)
{
	fputs(command->help, stdout);
	return STATUS_OK;
}

int misused_command(const struct command *command)
{
	return misused("try `skiff %s --help'", command->name);
}
