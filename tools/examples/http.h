/* SPDX-License-Identifier: GPL-2.0-only */
/* As much of HTTP/1.1 as a server of files needs. */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * struct http_request - what a client asked for
 * @head: HEAD, not GET
 * @keep: the connection is to stay open
 * @path: of the target, decoded, without a leading slash
 * @range: value of the field Range, or NULL
 */
struct http_request {
	bool head;
	bool keep;
	char path[4096];
	const char *range;
};

/* How a request is to be answered if not by the file. */
enum http_refusal { HTTP_FINE,
		    HTTP_BAD,
		    HTTP_UNKNOWN };

/* The byte behind a whole request at the beginning of @text, or NULL. */
const char *http_request_end(const char *text);

/* Read the request at the beginning of @text, where there is a whole one. */
enum http_refusal http_parse(struct http_request *request, const char *text);

/* What part of a file of @size is wanted: 1, with *start and *length; 0: all of
 * it; -1: there is no such part.
 */
int http_range(const char *range, off_t size, off_t *start, off_t *length);

#endif
