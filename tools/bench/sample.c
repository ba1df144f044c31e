// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "cost.h"
#include "fail.h"
#include "sample.h"

static const char *suite, *case_;

void sample_name(const char *new_suite, const char *new_case)
{
	suite = new_suite;
	case_ = new_case;
}

static void begin(const char *system)
{
	printf("{ \"suite\": \"%s\", \"case\": \"%s\", \"system\": \"%s\", ", suite, case_, system);
}

static void end(void)
{
	printf(" }\n");
	if (fflush(stdout))
		die_of(errno, "cannot write a sample");
}

void sample(const char *system, const char *metric, const char *unit, double value)
{
	begin(system);
	printf("\"metric\": \"%s\", \"unit\": \"%s\", \"value\": %.6g", metric, unit, value);
	end();
}

void sample_checked(const char *system)
{
	begin(system);
	printf("\"checked\": true");
	end();
}

void progress(const char *format, ...)
{
	double seconds = (double)now_ns() * 1e-9;
	va_list arguments;

	fprintf(stderr, "%8.1f s  %s %s: ", seconds, suite, case_);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\n");
}
