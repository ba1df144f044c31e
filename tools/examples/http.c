// SPDX-License-Identifier: GPL-2.0-only
/* Reading requests. The text is a string that ends with the input. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http.h"

const char *http_request_end(const char *text)
{
	const char *end = strstr(text, "\r\n\r\n");

	return end ? end + 4 : NULL;
}

static const char *field(const char *text, const char *name)
{
	const char *line = text, *value;
	size_t length = strlen(name);

	while ((line = strstr(line, "\r\n")) && strncmp(line, "\r\n\r\n", 4)) {
		line += 2;
		value = line + length + 1;
		if (!strncasecmp(line, name, length) && line[length] == ':')
			return value + strspn(value, " \t");
	}
	return NULL;
}

static int hex(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c | 0x20) : NULL;

	return at ? at - digits : -1;
}

static void decode(char *to, const char *target)
{
	target += strspn(target, "/");
	while (*target && !strchr("?#", *target)) {
		if (*target == '%' && hex(target[1]) >= 0 &&
		    hex(target[2]) >= 0) {
			*to++ = hex(target[1]) << 4 | hex(target[2]);
			target += 3;
		} else {
			*to++ = *target++;
		}
	}
	*to = '\0';
}

enum http_refusal http_parse(struct http_request *request, const char *text)
{
	const char *wish = field(text, "Connection");
	char method[8], target[4096], version[2];

	request->keep = false;
	if (sscanf(text, "%7s %4095s HTTP/1.%1[01]\r", method, target,
		   version) != 3 ||
	    field(text, "Transfer-Encoding") || field(text, "Content-Length"))
		return HTTP_BAD;
	request->keep = *version == '1' ?
				!wish || strncasecmp(wish, "close", 5) :
				wish && !strncasecmp(wish, "keep-alive", 10);
	request->range = field(text, "Range");
	decode(request->path, target);
	request->head = !strcmp(method, "HEAD");
	return request->head || !strcmp(method, "GET") ? HTTP_FINE :
							 HTTP_UNKNOWN;
}

/* bytes=FIRST-LAST, FIRST- or -COUNT; all else is ignored. */
int http_range(const char *range, off_t size, off_t *start, off_t *length)
{
	long long first, last = size - 1;
	char *end;

	*start = 0;
	*length = size;
	if (!range || strncmp(range, "bytes=", 6))
		return 0;
	range += 6;
	if (*range == '-') {
		first = strtoll(range + 1, &end, 10);
		if (first < 0)
			return 0;
		first = first < size ? size - first : 0;
	} else {
		first = strtoll(range, &end, 10);
		if (*end++ != '-')
			return 0;
		if (*end != '\r')
			last = strtoll(end, &end, 10);
	}
	if (*end != '\r' || first < 0 || (last < first && first < size))
		return 0;
	if (first >= size)
		return -1;
	*start = first;
	*length = (last < size ? last + 1 : size) - first;
	return 1;
}
