/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SAMPLE_H
#define SAMPLE_H

/*
 * What was measured, once: a line of JSON on the standard output. The medians
 * are taken from these by rows.jq.
 */

/* The names that all samples from now on carry. */
void sample_name(const char *suite, const char *case_);

void sample(const char *system, const char *metric, const char *unit, double value);

/* The bytes that a system delivers in this case were compared: without this it
 * gets no row.
 */
void sample_checked(const char *system);

/* A line on the standard error, with the time that has gone by. */
void __attribute__((format(printf, 1, 2))) progress(const char *format, ...);

#endif
