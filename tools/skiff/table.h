/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables: names and values, in order, that are printed as lines of text or as
 * one JSON object. Every command's result is one, so that both forms always
 * say the same.
 */
#ifndef SKIFF_TABLE_H
#define SKIFF_TABLE_H

#include "tool.h"

struct json_object;

struct row {
	char *name;
	char *text;
	struct json_object *json;
};

struct table {
	struct row *rows;
	size_t nr;
};

/* JSON: a name for states, rungs and reasons, a number for all else. */
void table_value(struct table *table, const char *name, enum skiff_unit unit,
		 uint64_t value);
void table_string(struct table *table, const char *name, const char *string);
/* The names, as nr strings: separated by blanks; in JSON an array. */
void table_strings(struct table *table, const char *name,
		   const char *const *strings, size_t nr);
/* The names of the bits that are set, in the same way. */
typedef const char *table_name_fn(unsigned int bit);
void table_names(struct table *table, const char *name, uint32_t bits,
		 table_name_fn *name_of);
void table_receipt(struct table *table, const struct skiff_receipt *receipt);

/* The number of a row, 0 if there is none of that name or it is no number. */
bool table_number(const struct table *table, const char *name, uint64_t *value);

struct json_object *table_json(const struct table *table);
void table_print(const struct table *table);
void table_print_as(const struct table *table, bool json);
void print_json(struct json_object *json, bool pretty);
void table_free(struct table *table);

#endif /* SKIFF_TABLE_H */
