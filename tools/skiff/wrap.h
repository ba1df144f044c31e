/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SKIFF_WRAP_H
#define SKIFF_WRAP_H

/* Print @text as lines of 80 columns that begin at column @indent, where the first
 * is about to be printed. Lines are broken at blanks; a word that is too long has
 * a line of its own.
 */
void print_wrapped(int indent, const char *text);

#endif /* SKIFF_WRAP_H */
