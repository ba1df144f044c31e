/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FAIL_H
#define FAIL_H

/* A benchmark that goes on after an error measures something else. */

void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...);

/* die() with what the errno means. @error may be of either sign. */
void __attribute__((noreturn)) die_of(int error, const char *what);

#endif
