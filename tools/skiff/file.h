/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SKIFF_FILE_H
#define SKIFF_FILE_H

#include "tool.h"

/* Open what can be sent. Reports what is wrong, and returns a STATUS_. */
int file_open(const char *name, int *file);

#endif /* SKIFF_FILE_H */
