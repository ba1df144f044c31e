// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <bpf/bpf.h>
#include <libskiff.h>

#include "report.h"

static const struct {
	const char *key;
	const char *title;
} stages[TRACE_NR_STAGES] = {
	[TRACE_FILL] = { "fill", "fill" },
	[TRACE_TURN_WAIT] = { "turn_wait", "turn wait" },
	[TRACE_DISK_WAIT] = { "disk_wait", "disk wait" },
	[TRACE_ROOM_WAIT] = { "room_wait", "room wait" },
	[TRACE_RELEASE_WAIT] = { "release_wait", "release wait" },
	[TRACE_WHOLE] = { "whole", "submit to end" },
};

static int by_id(const void *a, const void *b)
{
	const struct trace_transfer *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/* Room for one more. */
static struct trace_transfer *grow(struct transfers *transfers)
{
	size_t size = (transfers->nr + 1) * sizeof(*transfers->list);
	struct trace_transfer *list = realloc(transfers->list, size);

	if (!list)
		return NULL;
	transfers->list = list;
	return &list[transfers->nr];
}

int transfers_take(int fd, struct transfers *transfers)
{
	unsigned long long id;

	transfers->nr = 0;
	while (!bpf_map_get_next_key(fd, NULL, &id)) {
		struct trace_transfer *transfer = grow(transfers);

		if (!transfer || bpf_map_lookup_elem(fd, &id, transfer) ||
		    bpf_map_delete_elem(fd, &id))
			return -1;
		transfers->nr++;
	}
	if (errno != ENOENT)
		return -1;
	qsort(transfers->list, transfers->nr, sizeof(*transfers->list), by_id);
	return 0;
}

static void add(struct trace_counter *to, const struct trace_counter *counter)
{
	to->calls += counter->calls;
	to->bytes += counter->bytes;
}

static struct trace_transfer sum(const struct transfers *transfers)
{
	struct trace_transfer all = {};

	for (unsigned int i = 0; i < transfers->nr; i++) {
		const struct trace_transfer *transfer = &transfers->list[i];

		all.bytes += transfer->bytes;
		all.queued += transfer->queued;
		all.by_ref += transfer->by_ref;
		all.copied += transfer->copied;
		for (int f = 0; f < TRACE_NR_FUNCTIONS; f++)
			add(&all.functions[f], &transfer->functions[f]);
		for (int s = 0; s < TRACE_NR_STAGES; s++)
			add(&all.stages[s], &transfer->stages[s]);
	}
	return all;
}

static void text_counters(FILE *file, const struct trace_transfer *transfer)
{
	for (int f = 0; f < TRACE_NR_FUNCTIONS; f++)
		if (transfer->functions[f].calls)
			fprintf(file, "  %-30s %10llu calls %16llu bytes  %s\n",
				report_function_name(f), transfer->functions[f].calls,
				transfer->functions[f].bytes, report_function_note(f));
	for (int s = 0; s < TRACE_NR_STAGES; s++)
		if (transfer->stages[s].calls)
			fprintf(file, "  %-30s %10llu times %16llu ns\n", stages[s].title,
				transfer->stages[s].calls, transfer->stages[s].bytes);
}

static void text_bytes(FILE *file, const struct trace_transfer *transfer)
{
	fprintf(file, "%llu bytes: %llu queued, %llu by reference, %llu copied\n", transfer->bytes,
		transfer->queued, transfer->by_ref, transfer->copied);
}

static void text_transfer(FILE *file, const struct trace_transfer *transfer)
{
	fprintf(file, "\ntransfer %llu by process %u to socket %llu, %s, %s", transfer->id,
		transfer->pid, transfer->socket, skiff_rung_name(transfer->rung),
		skiff_policy_name(transfer->policy));
	if (!transfer->ended)
		fprintf(file, ", not ended");
	if (transfer->error)
		fprintf(file, ", %s", skiff_strerror(transfer->error));
	fprintf(file, "\n  ");
	text_bytes(file, transfer);
	text_counters(file, transfer);
}

static bool is_empty(const struct transfers *transfers, int bucket)
{
	for (int s = 0; s < TRACE_NR_STAGES; s++)
		if (transfers->latency[s][bucket])
			return false;
	return true;
}

static void text_latency(FILE *file, const struct transfers *transfers)
{
	fprintf(file, "\n%-16s", "from ns");
	for (int s = 0; s < TRACE_NR_STAGES; s++)
		fprintf(file, " %13s", stages[s].title);
	fprintf(file, "\n");
	for (int bucket = 0; bucket < TRACE_BUCKETS; bucket++) {
		if (is_empty(transfers, bucket))
			continue;
		fprintf(file, "%-16llu", 1ULL << bucket);
		for (int s = 0; s < TRACE_NR_STAGES; s++)
			fprintf(file, " %13llu", transfers->latency[s][bucket]);
		fprintf(file, "\n");
	}
}

void transfers_text(FILE *file, const struct transfers *transfers)
{
	struct trace_transfer all = sum(transfers);

	for (unsigned int i = 0; i < transfers->nr; i++)
		text_transfer(file, &transfers->list[i]);
	fprintf(file, "\nall %u transfers\n  ", transfers->nr);
	text_bytes(file, &all);
	text_counters(file, &all);
	if (transfers->nr)
		text_latency(file, transfers);
}

static void json_counters(FILE *file, const struct trace_transfer *transfer)
{
	const char *separator = "";

	fprintf(file, "      \"bytes\": %llu, \"queued\": %llu, \"by_reference\": %llu,", transfer->bytes,
		transfer->queued, transfer->by_ref);
	fprintf(file, " \"copied\": %llu,\n      \"functions\": [", transfer->copied);
	for (int f = 0; f < TRACE_NR_FUNCTIONS; f++) {
		if (!transfer->functions[f].calls)
			continue;
		fprintf(file, "%s\n        { \"name\": \"%s\", \"note\": \"%s\", \"calls\": %llu, \"bytes\": %llu }",
			separator, report_function_name(f), report_function_note(f),
			transfer->functions[f].calls, transfer->functions[f].bytes);
		separator = ",";
	}
	fprintf(file, " ],\n      \"stages\": {");
	for (int s = 0; s < TRACE_NR_STAGES; s++)
		fprintf(file, "%s\n        \"%s\": { \"times\": %llu, \"ns\": %llu }", s ? "," : "",
			stages[s].key, transfer->stages[s].calls, transfer->stages[s].bytes);
	fprintf(file, " }");
}

static void json_transfer(FILE *file, const struct trace_transfer *transfer)
{
	fprintf(file, "\n    { \"id\": %llu, \"cookie\": %llu, \"pid\": %u, \"socket\": %llu,",
		transfer->id, transfer->cookie, transfer->pid, transfer->socket);
	fprintf(file, " \"rung\": \"%s\", \"policy\": \"%s\",\n", skiff_rung_name(transfer->rung),
		skiff_policy_name(transfer->policy));
	fprintf(file, "      \"ended\": %s, \"error\": %d,\n", transfer->ended ? "true" : "false",
		transfer->error);
	json_counters(file, transfer);
	fprintf(file, " }");
}

/* Each stage's buckets that are not empty. */
static void json_latency(FILE *file, const unsigned long long *buckets)
{
	const char *separator = "";

	for (int bucket = 0; bucket < TRACE_BUCKETS; bucket++) {
		if (!buckets[bucket])
			continue;
		fprintf(file, "%s { \"from_ns\": %llu, \"count\": %llu }", separator, 1ULL << bucket,
			buckets[bucket]);
		separator = ",";
	}
}

void transfers_json(FILE *file, const struct transfers *transfers)
{
	struct trace_transfer all = sum(transfers);

	fprintf(file, ",\n  \"transfers\": [");
	for (unsigned int i = 0; i < transfers->nr; i++) {
		fprintf(file, "%s", i ? "," : "");
		json_transfer(file, &transfers->list[i]);
	}
	fprintf(file, " ],\n  \"all_transfers\": {\n");
	json_counters(file, &all);
	fprintf(file, " },\n  \"latency\": {");
	for (int s = 0; s < TRACE_NR_STAGES; s++) {
		fprintf(file, "%s\n    \"%s\": [", s ? "," : "", stages[s].key);
		json_latency(file, transfers->latency[s]);
		fprintf(file, " ]");
	}
	fprintf(file, " }");
}
