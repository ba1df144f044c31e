// SPDX-License-Identifier: GPL-2.0-only
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "table.h"
#include "units.h"

static void add(struct table *table, const char *name, const char *text,
		struct json_object *json)
{
	struct row *row;

	table->rows = reallocarray(table->rows, table->nr + 1, sizeof(*row));
	if (!table->rows)
		err(STATUS_FAILED, NULL);
	row = &table->rows[table->nr++];
	row->name = strdup(name);
	row->text = strdup(text);
	row->json = json;
	if (!row->name || !row->text || !json)
		err(STATUS_FAILED, NULL);
}

static struct json_object *value_json(enum skiff_unit unit, uint64_t value)
{
	switch (unit) {
	case SKIFF_UNIT_STATE:
		return json_object_new_string(skiff_state_name(value));
	case SKIFF_UNIT_RUNG:
		return json_object_new_string(skiff_rung_name(value));
	case SKIFF_UNIT_REASON:
		return json_object_new_string(skiff_reason_name(value));
	case SKIFF_UNIT_POLICY:
		return json_object_new_string(skiff_policy_name(value));
	case SKIFF_UNIT_ERRNO:
		return json_object_new_int64(value);
	default:
		return json_object_new_uint64(value);
	}
}

void table_value(struct table *table, const char *name, enum skiff_unit unit,
		 uint64_t value)
{
	if (unit == SKIFF_UNIT_CAPS) {
		table_names(table, name, value, skiff_capability_name);
		return;
	}
	add(table, name, text_value(unit, value).s, value_json(unit, value));
}

void table_string(struct table *table, const char *name, const char *string)
{
	add(table, name, string, json_object_new_string(string));
}

void table_strings(struct table *table, const char *name,
		   const char *const *strings, size_t nr)
{
	struct json_object *array = json_object_new_array();
	char text[256] = "";

	for (size_t i = 0; i < nr; i++) {
		size_t used = strlen(text);

		snprintf(text + used, sizeof(text) - used, "%s%s",
			 i ? " " : "", strings[i]);
		json_object_array_add(array,
				      json_object_new_string(strings[i]));
	}
	add(table, name, text, array);
}

void table_names(struct table *table, const char *name, uint32_t bits,
		 table_name_fn *name_of)
{
	const char *names[32];
	size_t nr = 0;

	for (unsigned int i = 0; i < 32; i++)
		if (bits >> i & 1)
			names[nr++] = name_of(i);
	table_strings(table, name, names, nr);
}

void table_receipt(struct table *table, const struct skiff_receipt *receipt)
{
	const struct skiff_field *field;
	size_t nr;

	for (field = skiff_receipt_fields(&nr); nr--; field++)
		if (skiff_field_present(field, receipt))
			table_value(table, field->name, field->unit,
				    skiff_field_value(field, receipt));
}

bool table_number(const struct table *table, const char *name, uint64_t *value)
{
	for (size_t i = 0; i < table->nr; i++) {
		const struct row *row = &table->rows[i];

		if (strcmp(row->name, name))
			continue;
		if (!json_object_is_type(row->json, json_type_int))
			return false;
		*value = json_object_get_uint64(row->json);
		return true;
	}
	return false;
}

struct json_object *table_json(const struct table *table)
{
	struct json_object *object = json_object_new_object();

	for (size_t i = 0; i < table->nr; i++)
		json_object_object_add(object, table->rows[i].name,
				       json_object_get(table->rows[i].json));
	return object;
}

void table_print(const struct table *table)
{
	for (size_t i = 0; i < table->nr; i++)
		printf("%-21s %s\n", table->rows[i].name, table->rows[i].text);
}

void print_json(struct json_object *json, bool pretty)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;

	flags |= pretty ? JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED :
			  JSON_C_TO_STRING_PLAIN;
	puts(json_object_to_json_string_ext(json, flags));
	json_object_put(json);
}

void table_print_as(const struct table *table, bool json)
{
	if (json)
		print_json(table_json(table), true);
	else
		table_print(table);
}

void table_free(struct table *table)
{
	for (size_t i = 0; i < table->nr; i++) {
		free(table->rows[i].name);
		free(table->rows[i].text);
		json_object_put(table->rows[i].json);
	}
	free(table->rows);
	*table = (struct table){ 0 };
}
