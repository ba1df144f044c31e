// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "wrap.h"

#define COLUMNS 80

void print_wrapped(int indent, const char *text)
{
	int column = indent;

	for (bool first = true; *text; first = false) {
		int length = strcspn(text, " ");

		if (!first && column + 1 + length > COLUMNS) {
			printf("\n%*s", indent, "");
			column = indent;
		} else if (!first) {
			putchar(' ');
			column++;
		}
		printf("%.*s", length, text);
		column += length;
		text += length;
		text += strspn(text, " ");
	}
	putchar('\n');
}
