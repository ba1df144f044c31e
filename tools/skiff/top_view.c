// SPDX-License-Identifier: GPL-2.0-only
/*
 * The view: three lines on the module, then a line for each transfer in columns.
 * The first columns fit into 80 characters, and more follow where there is room.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "rates.h"
#include "top_view.h"
#include "units.h"

#define NR_HEAD 5 /* lines before the first transfer */

struct column {
	const char *title;
	int width; /* negative: the text begins at the left */
	struct text (*text)(const struct flow *flow);
};

static struct text text_number(uint64_t number)
{
	struct text text;

	snprintf(text.s, sizeof(text.s), "%" PRIu64, number);
	return text;
}

static struct text text_name(const char *name)
{
	struct text text;

	snprintf(text.s, sizeof(text.s), "%s", name);
	return text;
}

static struct text text_percent(uint64_t part, uint64_t whole)
{
	struct text text = { "-" };

	if (whole)
		snprintf(text.s, sizeof(text.s), "%.1f%%", percent(part, whole));
	return text;
}

static struct text id(const struct flow *flow)
{
	return text_number(flow->receipt.id);
}

static struct text state(const struct flow *flow)
{
	return text_name(skiff_state_name(flow->receipt.state));
}

static struct text rung(const struct flow *flow)
{
	return text_name(skiff_rung_name(flow->receipt.rung));
}

static struct text policy(const struct flow *flow)
{
	return text_name(skiff_policy_name(flow->receipt.policy));
}

static struct text rate(const struct flow *flow)
{
	return text_rate(flow->rate, 1000000000);
}

static struct text queued(const struct flow *flow)
{
	return text_bytes(flow->receipt.bytes_queued);
}

static struct text done(const struct flow *flow)
{
	return text_percent(flow->receipt.bytes_queued,
			    flow->receipt.bytes_requested);
}

static struct text by_ref(const struct flow *flow)
{
	return text_percent(flow->receipt.bytes_by_ref,
			    flow->receipt.bytes_queued);
}

static struct text disk_waits(const struct flow *flow)
{
	return text_number(flow->receipt.disk_waits);
}

static struct text room_waits(const struct flow *flow)
{
	return text_number(flow->receipt.room_waits);
}

static struct text disk_time(const struct flow *flow)
{
	return text_ns(flow->receipt.disk_wait_ns);
}

static struct text room_time(const struct flow *flow)
{
	return text_ns(flow->receipt.room_wait_ns);
}

static struct text turn_time(const struct flow *flow)
{
	return text_ns(flow->receipt.turn_wait_ns);
}

static struct text requested(const struct flow *flow)
{
	return text_bytes(flow->receipt.bytes_requested);
}

static struct text reason(const struct flow *flow)
{
	return text_name(skiff_reason_name(flow->receipt.reason));
}

static const struct column columns[] = {
	{ "ID", 8, id },
	{ "STATE", -7, state },
	{ "RUNG", -6, rung },
	{ "POLICY", -6, policy },
	{ "RATE", 10, rate },
	{ "QUEUED", 8, queued },
	{ "DONE", 6, done },
	{ "BYREF", 6, by_ref },
	{ "DISK", 5, disk_waits },
	{ "ROOM", 5, room_waits },
	{ "OF", 8, requested },
	{ "DISK TIME", 9, disk_time },
	{ "ROOM TIME", 9, room_time },
	{ "TURN TIME", 9, turn_time },
	{ "REASON", -13, reason },
};

#define NR_COLUMNS (sizeof(columns) / sizeof(columns[0]))

/* A row of cells; @flow is NULL for the titles. No blanks end it. */
static void print_row(FILE *file, const struct flow *flow, int width)
{
	int used = 0, owed = 0;

	for (size_t i = 0; i < NR_COLUMNS; i++) {
		const struct column *column = &columns[i];
		struct text text = flow ? column->text(flow) :
					  text_name(column->title);
		bool left = column->width < 0;
		int room = left ? -column->width : column->width;
		int pad = room - (int)strlen(text.s);

		used += room + !!i;
		if (width && used > width)
			break;
		pad = pad > 0 ? pad : 0;
		fprintf(file, "%*s%s", owed + (left ? 0 : pad), "", text.s);
		owed = 1 + (left ? pad : 0);
	}
	fputc('\n', file);
}

static uint64_t total(const struct snapshot *now, const char *name)
{
	uint64_t value = 0;

	table_number(&now->stats, name, &value);
	return value;
}

static double per_second(const struct snapshot *before,
			 const struct snapshot *now, const char *name)
{
	double rate = 0;

	if (before->ns)
		rate_of(&before->stats, &now->stats, name,
			snapshot_seconds(before, now), &rate);
	return rate;
}

static void print_head(FILE *file, const struct snapshot *before,
		       const struct snapshot *now)
{
	double queued_rate = per_second(before, now, "bytes_queued");
	double by_ref_rate = per_second(before, now, "bytes_by_ref");

	fprintf(file,
		"skiff %s: %" PRIu64 " running, %" PRIu64 " ended (%" PRIu64
		" failed), %" PRIu64 " refused, %s pinned\n",
		now->version, now->running, total(now, "transfers_ended"),
		total(now, "transfers_failed"), total(now, "requests_refused"),
		text_bytes(now->pinned).s);
	fprintf(file, "%s", text_rate(queued_rate, 1000000000).s);
	if (queued_rate > 0)
		fprintf(file, ", %.1f%% by reference",
			100 * by_ref_rate / queued_rate);
	fprintf(file, "; %.0f windows/s; %s queued in all\n",
		per_second(before, now, "windows"),
		text_bytes(total(now, "bytes_queued")).s);
	fprintf(file,
		"waits: %.0f/s for the disk, %.0f/s for room, %.0f/s for their turn\n\n",
		per_second(before, now, "disk_waits"),
		per_second(before, now, "room_waits"),
		per_second(before, now, "turn_waits"));
}

static bool sysfs_is_short(const struct snapshot *now)
{
	return now->running > now->published;
}

/* Lines of the foot are taken from those of the transfers. */
static size_t nr_shown(const struct snapshot *now, int rows)
{
	int room = rows - NR_HEAD - sysfs_is_short(now);

	if (!rows || now->nr <= (size_t)(room > 0 ? room : 0))
		return now->nr;
	return room > 1 ? room - 1 : 0;
}

void top_view(FILE *file, const struct snapshot *before,
	      const struct snapshot *now, int rows, int width)
{
	size_t shown = nr_shown(now, rows);

	print_head(file, before, now);
	print_row(file, NULL, width);
	for (size_t i = 0; i < shown; i++)
		print_row(file, &now->flows[i], width);
	if (shown < now->nr)
		fprintf(file, "and %zu more, none of them faster\n",
			now->nr - shown);
	if (sysfs_is_short(now))
		fprintf(file, "and %" PRIu64 " that run, but are not in sysfs (yet)\n",
			now->running - now->published);
}

static struct json_object *flow_json(const struct flow *flow)
{
	struct table table = { 0 };
	struct json_object *object;

	table_value(&table, "id", SKIFF_UNIT_NUMBER, flow->receipt.id);
	for (const char *const *name = snapshot_members; *name; name++) {
		const struct skiff_field *field = skiff_receipt_field(*name);

		table_value(&table, *name, field->unit,
			    skiff_field_value(field, &flow->receipt));
	}
	object = table_json(&table);
	table_free(&table);
	json_object_object_add(object, "bytes_per_second",
			       json_object_new_double(flow->rate));
	return object;
}

void top_view_json(const struct snapshot *before, const struct snapshot *now)
{
	double seconds = snapshot_seconds(before, now);
	struct json_object *object = json_object_new_object();
	struct json_object *flows = json_object_new_array();

	for (size_t i = 0; i < now->nr; i++)
		json_object_array_add(flows, flow_json(&now->flows[i]));
	json_object_object_add(object, "seconds",
			       json_object_new_double(seconds));
	json_object_object_add(object, "running",
			       json_object_new_uint64(now->running));
	json_object_object_add(object, "published",
			       json_object_new_uint64(now->published));
	json_object_object_add(object, "pinned",
			       json_object_new_uint64(now->pinned));
	rates_json(object, &before->stats, &now->stats, seconds);
	json_object_object_add(object, "transfers", flows);
	print_json(object, false);
}
