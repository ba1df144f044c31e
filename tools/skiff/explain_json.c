// SPDX-License-Identifier: GPL-2.0-only
#include <json-c/json.h>

#include "explain.h"
#include "table.h"

/* Each number that was counted, exactly; what is unknown is not there. */
static void add_number(struct json_object *object, const char *name,
		       uint64_t number)
{
	json_object_object_add(object, name, json_object_new_uint64(number));
}

static void add_string(struct json_object *object, const char *name,
		       const char *string)
{
	json_object_object_add(object, name, json_object_new_string(string));
}

static void add_ratio(struct json_object *object, const char *name, double ratio)
{
	json_object_object_add(object, name, json_object_new_double(ratio));
}

static void add_copies(struct json_object *object, const struct measure *measure)
{
	struct json_object *bytes = json_object_new_object();
	uint64_t copied = measure_copied(measure);

	add_number(bytes, "from_file", measure->from_file);
	add_number(bytes, "into_socket", measure->into_socket);
	add_number(bytes, "in_packets", measure->in_packets);
	add_number(bytes, "bounced", measure->bounced);
	add_number(bytes, "all", copied);
	json_object_object_add(object, "bytes_copied", bytes);
	add_ratio(object, "copies_per_byte", (double)copied / measure->bytes);
	add_number(object, "bytes_by_reference", measure->by_reference);
	add_number(object, "bytes_checksummed", measure->checksummed);
	add_number(object, "system_calls", measure->system_calls);
	add_ratio(object, "system_calls_per_mib",
		  measure->system_calls / (measure->bytes / 0x1p20));
	add_number(object, "missed", measure->missed);
}

static void add_devices(struct json_object *object,
			const struct measure *measure)
{
	static const char *const sources[] = {
		[CARD_NONE] = "none",
		[CARD_MAPPED] = "dma_map_page",
		[CARD_SENT] = "tx_bytes",
		[CARD_UNKNOWN] = "unknown",
	};

	if (measure->has_threads) {
		add_number(object, "dma_from_disk", measure->disk_bytes);
		add_ratio(object, "dma_from_disk_per_byte",
			  (double)measure->disk_bytes / measure->bytes);
	}
	add_string(object, "dma_to_card_source", sources[measure->card_source]);
	if (measure->card_source == CARD_UNKNOWN)
		return;
	add_number(object, "dma_to_card", measure->card_bytes);
	add_ratio(object, "dma_to_card_per_byte",
		  (double)measure->card_bytes / measure->bytes);
	if (measure->card_source == CARD_MAPPED)
		add_number(object, "dma_to_card_mappings", measure->card_maps);
}

static void add_time(struct json_object *object, const struct measure *measure)
{
	uint64_t ns = measure->cpu_ns + measure->thread_ns;
	uint64_t switches = measure->switches + measure->thread_switches;

	add_number(object, "ns", measure->ns);
	add_number(object, "process_cpu_ns", measure->cpu_ns);
	add_number(object, "process_switches", measure->switches);
	if (measure->has_threads) {
		add_number(object, "threads_cpu_ns", measure->thread_ns);
		add_number(object, "threads_switches", measure->thread_switches);
	}
	add_ratio(object, "cpu_s_per_gib",
		  ns / 1e9 / (measure->bytes / 0x1p30));
	add_ratio(object, "context_switches_per_mib",
		  switches / (measure->bytes / 0x1p20));
}

static struct json_object *measure_json(const struct measure *measure)
{
	struct json_object *object = json_object_new_object();

	add_string(object, "way", measure->way->key);
	add_string(object, "name", measure->way->name);
	add_string(object, "calls", measure->way->calls);
	json_object_object_add(object, "possible",
			       json_object_new_boolean(!measure->error));
	if (measure->error) {
		add_string(object, "why",
			   way_strerror(measure->way, measure->error));
		return object;
	}
	add_number(object, "bytes", measure->bytes);
	if (measure->has_cached)
		add_number(object, "cached_before", measure->cached);
	if (measure->traced)
		add_copies(object, measure);
	add_devices(object, measure);
	add_time(object, measure);
	if (measure->has_receipt) {
		struct table table = { 0 };

		table_receipt(&table, &measure->receipt);
		json_object_object_add(object, "receipt", table_json(&table));
		table_free(&table);
	}
	return object;
}

void explain_json(const struct explain *explain)
{
	struct json_object *object = json_object_new_object();
	struct json_object *list = json_object_new_array();
	struct json_object *notes = json_object_new_array();

	for (size_t i = 0; i < NR_WAYS; i++)
		json_object_array_add(list, measure_json(&explain->measures[i]));
	for (char *const *note = explain->notes; *note; note++)
		json_object_array_add(notes, json_object_new_string(*note));
	add_string(object, "file", explain->path);
	add_string(object, "address", explain->address.text);
	add_string(object, "device", explain->meter.egress.device);
	add_string(object, "card", explain->meter.egress.card);
	json_object_object_add(object, "cold",
			       json_object_new_boolean(explain->cold));
	json_object_object_add(object, "ways", list);
	json_object_object_add(object, "notes", notes);
	print_json(object, true);
}
