/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FOLIO_H
#define FOLIO_H

#include <stddef.h>

/* Mean KiB of the folios in which the page cache holds a file. */
double folio_mean_kib(const char *path, size_t size);

#endif
