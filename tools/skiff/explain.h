/* SPDX-License-Identifier: GPL-2.0-only */
/* What explain was asked, and has found. */
#ifndef SKIFF_EXPLAIN_H
#define SKIFF_EXPLAIN_H

#include "picture.h"

#define NOTES_MAX 32

struct explain {
	struct address address;
	const char *path;
	const char *svg; /* NULL: none */
	int file;
	uint64_t size;
	bool cold;
	bool json;

	struct meter meter;
	struct measure measures[NR_WAYS];
	char *notes[NOTES_MAX + 1]; /* ended by NULL */
	size_t nr_notes;
};

/* explain_notes.c: what the numbers are, and which are missing. */
void explain_note(struct explain *explain);

/* explain_json.c */
void explain_json(const struct explain *explain);

#endif /* SKIFF_EXPLAIN_H */
