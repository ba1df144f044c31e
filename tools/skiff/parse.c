// SPDX-License-Identifier: GPL-2.0-only
/* Parsing of numbers. strtoull() alone takes "-1", " 1" and "". */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

static int parse_digits(const char *text, uint64_t *value, const char **rest)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	*value = strtoull(text, &end, 10);
	*rest = end;
	return errno ? -EINVAL : 0;
}

int parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	const char *rest;

	if (parse_digits(text, value, &rest) || *rest)
		return -EINVAL;
	return *value < min || *value > max ? -EINVAL : 0;
}

int parse_size(const char *text, uint64_t *value)
{
	static const char suffixes[] = "KMGT";
	const char *rest, *suffix;
	unsigned int shift = 0;

	if (parse_digits(text, value, &rest))
		return -EINVAL;
	if (*rest) {
		suffix = strchr(suffixes, toupper((unsigned char)*rest));
		if (!suffix || rest[1])
			return -EINVAL;
		shift = 10 * (suffix - suffixes + 1);
	}
	if (*value > (uint64_t)INT64_MAX >> shift)
		return -EINVAL;
	*value <<= shift;
	return 0;
}
