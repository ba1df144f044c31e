/* SPDX-License-Identifier: GPL-2.0-only */
/* How large the folios are in which the page cache holds a file. */
#ifndef FOLIO_H
#define FOLIO_H

#include <stdbool.h>
#include <stddef.h>

#define FOLIO_PAGE 4096

struct folio_look {
	size_t pages;  /* looked for */
	size_t cached; /* of these, in the page cache */
	size_t folios; /* that these are of */
};

/* Look at the first @size bytes of @file, and read in what is not there if
 * @read_in; else the page cache stays as it is. 0 or a negative errno: -EACCES
 * and -EPERM to all but root.
 */
int folio_look(int file, size_t size, bool read_in, struct folio_look *look);

double folio_mean_kib(const struct folio_look *look);

#endif
