/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Findings: what was read from where, whether it holds zero-copy back, what it
 * would be set to, and by which rule. Printed as text or as JSON, which say the
 * same.
 */
#ifndef SKIFF_FINDING_H
#define SKIFF_FINDING_H

#include "tool.h"

/* From bad to good, as they are printed in text; JSON keeps the order of reading. */
enum verdict {
	VERDICT_HINDERS, /* bytes are copied, or a transfer waits */
	VERDICT_NOTE,	 /* costs something, in some cases */
	VERDICT_UNKNOWN, /* it, or what it is to be judged by, cannot be read */
	VERDICT_OK,
	NR_VERDICTS,
};

struct finding {
	char *subject;
	char *from;
	char *value;
	char *set; /* a command; NULL: leave it */
	char *why;
	enum verdict verdict;
	bool has_number;
	uint64_t number; /* the value, if it is one, as it was read */
};

struct findings {
	struct finding **list;
	size_t nr;
};

#define FINDING_FORMAT(n) __attribute__((format(printf, n, (n) + 1)))

/* Each begins as unknown. The arguments are those of printf(). */
struct finding *finding_new(struct findings *findings, const char *from,
			    const char *subject, ...) FINDING_FORMAT(3);
void finding_value(struct finding *finding, const char *format, ...)
	FINDING_FORMAT(2);
void finding_number(struct finding *finding, uint64_t number);
void finding_set(struct finding *finding, const char *format, ...)
	FINDING_FORMAT(2);
void finding_judge(struct finding *finding, enum verdict verdict,
		   const char *why, ...) FINDING_FORMAT(3);

/* It could not be read: @error is a negative errno. */
void finding_unread(struct finding *finding, int error);

unsigned int findings_count(const struct findings *findings,
			    enum verdict verdict);
void findings_print(const struct findings *findings, bool json);
void findings_free(struct findings *findings);

#endif /* SKIFF_FINDING_H */
