// SPDX-License-Identifier: GPL-2.0-only
#include <json-c/json.h>

#include "rates.h"

static bool is_counter(const char *name)
{
	const struct skiff_field *field = skiff_receipt_field(name);

	return !field || field->unit == SKIFF_UNIT_NUMBER ||
	       field->unit == SKIFF_UNIT_BYTES || field->unit == SKIFF_UNIT_NS;
}

bool rate_of(const struct table *before, const struct table *now,
	     const char *name, double seconds, double *rate)
{
	uint64_t from, to;

	if (!is_counter(name) || !table_number(before, name, &from) ||
	    !table_number(now, name, &to))
		return false;
	*rate = (double)(int64_t)(to - from) / seconds;
	return true;
}

void rates_json(struct json_object *object, const struct table *before,
		const struct table *now, double seconds)
{
	struct json_object *rates = json_object_new_object();
	double rate;

	for (size_t i = 0; i < now->nr; i++) {
		const char *name = now->rows[i].name;

		if (rate_of(before, now, name, seconds, &rate))
			json_object_object_add(rates, name,
					       json_object_new_double(rate));
	}
	json_object_object_add(object, "values", table_json(now));
	json_object_object_add(object, "per_second", rates);
}
