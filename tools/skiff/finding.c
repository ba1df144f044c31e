// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE /* vasprintf() */
#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "finding.h"
#include "table.h"
#include "wrap.h"

#define INDENT 14 /* of what belongs to a finding: its label, and this far in */

static const char *const names[NR_VERDICTS] = {
	[VERDICT_HINDERS] = "hinders",
	[VERDICT_NOTE] = "note",
	[VERDICT_UNKNOWN] = "unknown",
	[VERDICT_OK] = "ok",
};

static void *must(void *memory)
{
	if (!memory)
		err(STATUS_USAGE, NULL);
	return memory;
}

static void vset(char **string, const char *format, va_list arguments)
{
	free(*string);
	if (vasprintf(string, format, arguments) < 0)
		err(STATUS_USAGE, NULL);
}

struct finding *finding_new(struct findings *findings, const char *from,
			    const char *subject, ...)
{
	struct finding *finding = must(calloc(1, sizeof(*finding)));
	va_list arguments;

	findings->list = must(reallocarray(findings->list, findings->nr + 1,
					   sizeof(*findings->list)));
	findings->list[findings->nr++] = finding;
	va_start(arguments, subject);
	vset(&finding->subject, subject, arguments);
	va_end(arguments);
	finding->from = must(strdup(from));
	finding->value = must(strdup("unknown"));
	finding->why = must(strdup(""));
	finding->verdict = VERDICT_UNKNOWN;
	return finding;
}

void finding_value(struct finding *finding, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vset(&finding->value, format, arguments);
	va_end(arguments);
}

void finding_number(struct finding *finding, uint64_t number)
{
	finding->has_number = true;
	finding->number = number;
}

void finding_set(struct finding *finding, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vset(&finding->set, format, arguments);
	va_end(arguments);
}

void finding_judge(struct finding *finding, enum verdict verdict,
		   const char *why, ...)
{
	va_list arguments;

	finding->verdict = verdict;
	va_start(arguments, why);
	vset(&finding->why, why, arguments);
	va_end(arguments);
}

void finding_unread(struct finding *finding, int error)
{
	finding_judge(finding, VERDICT_UNKNOWN, "cannot be read: %s",
		      strerror(-error));
}

unsigned int findings_count(const struct findings *findings,
			    enum verdict verdict)
{
	unsigned int nr = 0;

	for (size_t i = 0; i < findings->nr; i++)
		nr += findings->list[i]->verdict == verdict;
	return nr;
}

static void print_labelled(const char *label, const char *text)
{
	printf("         %-5s", label);
	print_wrapped(INDENT, text);
}

static void print_text(const struct finding *finding)
{
	printf("%-8s %s: %s\n", names[finding->verdict], finding->subject,
	       finding->value);
	print_labelled("from", finding->from);
	if (finding->set)
		print_labelled("set", finding->set);
	print_labelled("why", finding->why);
}

static struct json_object *finding_json(const struct finding *finding)
{
	struct table table = { 0 };
	struct json_object *object;

	table_string(&table, "subject", finding->subject);
	table_string(&table, "from", finding->from);
	table_string(&table, "value", finding->value);
	if (finding->has_number)
		table_value(&table, "number", SKIFF_UNIT_NUMBER,
			    finding->number);
	table_string(&table, "verdict", names[finding->verdict]);
	if (finding->set)
		table_string(&table, "set", finding->set);
	table_string(&table, "why", finding->why);
	object = table_json(&table);
	table_free(&table);
	return object;
}

static void print_as_json(const struct findings *findings)
{
	struct json_object *array = json_object_new_array();
	struct json_object *object = json_object_new_object();

	for (size_t i = 0; i < findings->nr; i++)
		json_object_array_add(array, finding_json(findings->list[i]));
	json_object_object_add(object, "findings", array);
	for (int v = 0; v < NR_VERDICTS; v++)
		json_object_object_add(object, names[v],
				       json_object_new_int64(findings_count(findings, v)));
	print_json(object, true);
}

static void print_as_text(const struct findings *findings)
{
	for (int v = 0; v < NR_VERDICTS; v++)
		for (size_t i = 0; i < findings->nr; i++)
			if (findings->list[i]->verdict == (enum verdict)v)
				print_text(findings->list[i]);
	printf("\n%u hinder, %u to note, %u unknown, %u ok\n",
	       findings_count(findings, VERDICT_HINDERS),
	       findings_count(findings, VERDICT_NOTE),
	       findings_count(findings, VERDICT_UNKNOWN),
	       findings_count(findings, VERDICT_OK));
}

void findings_print(const struct findings *findings, bool json)
{
	if (json)
		print_as_json(findings);
	else
		print_as_text(findings);
}

void findings_free(struct findings *findings)
{
	for (size_t i = 0; i < findings->nr; i++) {
		struct finding *finding = findings->list[i];

		free(finding->subject);
		free(finding->from);
		free(finding->value);
		free(finding->set);
		free(finding->why);
		free(finding);
	}
	free(findings->list);
	*findings = (struct findings){ 0 };
}
