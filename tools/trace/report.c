// SPDX-License-Identifier: GPL-2.0-only
#include "report.h"

enum kind {
	KIND_COPIED = 1 << 0,
	KIND_BY_REFERENCE = 1 << 1,
	KIND_PACKETS = 1 << 2,
	KIND_CHECKSUMMED = 1 << 3,
	KIND_HEADERS = 1 << 4,
	KIND_RECEIVED = 1 << 5,
	KIND_VERIFIED = 1 << 6,
	KIND_BOUNCED = 1 << 7,
	KIND_LINEARISED = 1 << 8,
	KIND_MAPPED = 1 << 9,
};

/* A function may be of two kinds; then it is in both sums. */
static const struct {
	const char *name;
	unsigned int kinds;
	const char *note;
} functions[TRACE_NR_FUNCTIONS] = {
	[TRACE_FILEMAP_READ] = {
		"filemap_read", KIND_COPIED, "out of the page cache" },
	[TRACE_SHMEM_FILE_READ_ITER] = { "shmem_file_read_iter", KIND_COPIED, "out of tmpfs" },
	[TRACE_DAX_COPY_TO_ITER] = { "dax_copy_to_iter", KIND_COPIED, "out of persistent memory" },
	[TRACE_PIPE_READ] = { "pipe_read", KIND_COPIED, "out of pipes" },
	[TRACE_PIPE_WRITE] = { "pipe_write", KIND_COPIED, "into pipes" },
	[TRACE_TCP_SENDMSG] = { "tcp_sendmsg_locked", KIND_COPIED, "into TCP sockets" },
	[TRACE_SKB_COPY_FROM_ITER] = { "skb_copy_datagram_from_iter", KIND_COPIED, "into AF_UNIX and packet sockets" },
	[TRACE_SKB_SPLICE] = { "skb_splice_from_iter", KIND_BY_REFERENCE, "MSG_SPLICE_PAGES" },
	[TRACE_SKB_ZEROCOPY] = { "skb_zerocopy_iter_stream", KIND_BY_REFERENCE, "MSG_ZEROCOPY" },
	[TRACE_SKB_COPY_UBUFS] = { "skb_copy_ubufs", KIND_PACKETS, "MSG_ZEROCOPY that could not last" },
	[TRACE_SKB_COPY_AND_CSUM] = { "skb_copy_and_csum_bits", KIND_PACKETS | KIND_CHECKSUMMED, "the device cannot gather" },
	[TRACE_SKB_COPY_BITS] = { "skb_copy_bits", KIND_PACKETS, "__pskb_pull_tail, segmented, made linear" },
	[TRACE_SKB_COPY_BITS_IN] = { "skb_copy_bits", KIND_RECEIVED, "collapsed, pulled, made linear" },
	[TRACE_SIMPLE_COPY_TO_ITER] = { "simple_copy_to_iter", KIND_RECEIVED, "out of sockets" },
	[TRACE_SKB_CHECKSUM] = { "__skb_checksum", KIND_CHECKSUMMED, "the device cannot" },
	[TRACE_SKB_CHECKSUM_IN] = { "__skb_checksum", KIND_VERIFIED, "the device did not" },
	[TRACE_SKB_EXPAND_HEAD] = { "pskb_expand_head", KIND_HEADERS, "free room before them included" },
	[TRACE_BOUNCE_TO_DEVICE] = { "swiotlb_bounce", KIND_BOUNCED, "to a device" },
	[TRACE_BOUNCE_FROM_DEVICE] = { "swiotlb_bounce", KIND_BOUNCED, "from a device" },
	[TRACE_PULL_TAIL] = { "__pskb_pull_tail", KIND_LINEARISED, "packets, all of their pages" },
	[TRACE_DMA_MAP] = { "dma_map_page_attrs", KIND_MAPPED, "packets, headers included" },
};

static const struct {
	enum kind kind;
	const char *key;
	const char *title;
} kinds[] = {
	{ KIND_COPIED, "copied", "copied by the CPU" },
	{ KIND_BY_REFERENCE, "by_reference", "into sockets by reference" },
	{ KIND_PACKETS, "packets", "copied again, in packets" },
	{ KIND_CHECKSUMMED, "checksummed", "checksummed by the CPU" },
	{ KIND_HEADERS, "headers", "packet headers copied" },
	{ KIND_RECEIVED, "received", "copied on receiving" },
	{ KIND_VERIFIED, "verified", "checksummed on receiving" },
	{ KIND_BOUNCED, "bounced", "bounced for DMA" },
	{ KIND_LINEARISED, "linearised", "made linear" },
	{ KIND_MAPPED, "mapped", "mapped for cards to fetch" },
};

static const struct {
	const char *key;
	const char *title;
} who_names[TRACE_NR_WHO] = {
	[TRACE_COMMAND] = { "command", "command" },
	[TRACE_KTHREAD] = { "kernel_threads", "kernel threads" },
	[TRACE_INTERRUPT] = { "interrupts", "interrupts" },
	[TRACE_OTHER] = { "others", "others" },
};

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

const char *report_function_name(enum trace_function function)
{
	return functions[function].name;
}

const char *report_function_note(enum trace_function function)
{
	return functions[function].note;
}

static unsigned long long sum(const struct report *report, enum kind kind, enum trace_who who)
{
	unsigned long long bytes = 0;

	for (int f = 0; f < TRACE_NR_FUNCTIONS; f++)
		if (functions[f].kinds & kind)
			bytes += report->counters[f][who].bytes;
	return bytes;
}

static unsigned long long calls(const struct report *report, enum trace_function function)
{
	unsigned long long nr = 0;

	for (int who = 0; who < TRACE_NR_WHO; who++)
		nr += report->counters[function][who].calls;
	return nr;
}

static void text_function(FILE *file, const struct report *report, enum trace_function function)
{
	fprintf(file, "  %-30s", functions[function].name);
	for (int who = 0; who < TRACE_NR_WHO; who++)
		fprintf(file, " %14llu", report->counters[function][who].bytes);
	fprintf(file, "  %s\n", functions[function].note);
}

static void text_kind(FILE *file, const struct report *report, unsigned int k)
{
	fprintf(file, "%-32s", kinds[k].title);
	for (int who = 0; who < TRACE_NR_WHO; who++)
		fprintf(file, " %14llu", sum(report, kinds[k].kind, who));
	fprintf(file, "\n");
	for (int f = 0; f < TRACE_NR_FUNCTIONS; f++)
		if (functions[f].kinds & kinds[k].kind && calls(report, f))
			text_function(file, report, f);
}

void report_text(FILE *file, const struct report *report)
{
	fprintf(file, "%.3f s, %llu system calls by the command\n", report->seconds,
		report->system_calls);
	fprintf(file, "\n%-32s", "bytes");
	for (int who = 0; who < TRACE_NR_WHO; who++)
		fprintf(file, " %14s", who_names[who].title);
	fprintf(file, "\n");
	for (unsigned int k = 0; k < ARRAY_SIZE(kinds); k++)
		text_kind(file, report, k);
	for (int f = 0; f < TRACE_NR_FUNCTIONS; f++)
		if (report->absent[f])
			fprintf(file, "\nNot counted, this kernel has no such function: %s\n",
				functions[f].name);
	if (report->missed)
		fprintf(file, "\n%llu events could not be counted: the sums are too small\n",
			report->missed);
	if (report->transfers)
		transfers_text(file, report->transfers);
}

static void json_totals(FILE *file, const struct report *report)
{
	for (unsigned int k = 0; k < ARRAY_SIZE(kinds); k++) {
		fprintf(file, "%s\n    \"%s\": {", k ? "," : "", kinds[k].key);
		for (int who = 0; who < TRACE_NR_WHO; who++)
			fprintf(file, "%s\"%s\": %llu", who ? ", " : " ", who_names[who].key,
				sum(report, kinds[k].kind, who));
		fprintf(file, " }");
	}
}

static void json_kinds(FILE *file, unsigned int set)
{
	const char *separator = "";

	fprintf(file, "[");
	for (unsigned int k = 0; k < ARRAY_SIZE(kinds); k++) {
		if (!(set & kinds[k].kind))
			continue;
		fprintf(file, "%s \"%s\"", separator, kinds[k].key);
		separator = ",";
	}
	fprintf(file, " ]");
}

static void json_function(FILE *file, const struct report *report, enum trace_function function)
{
	fprintf(file, "    { \"name\": \"%s\", \"note\": \"%s\", \"traced\": %s, \"kinds\": ",
		functions[function].name, functions[function].note,
		report->absent[function] ? "false" : "true");
	json_kinds(file, functions[function].kinds);
	for (int who = 0; who < TRACE_NR_WHO; who++) {
		const struct trace_counter *counter = &report->counters[function][who];

		fprintf(file, ",\n      \"%s\": { \"calls\": %llu, \"bytes\": %llu }",
			who_names[who].key, counter->calls, counter->bytes);
	}
	fprintf(file, " }");
}

void report_json(FILE *file, const struct report *report)
{
	fprintf(file, "{\n  \"seconds\": %.6f,\n  \"system_calls\": %llu,\n  \"missed\": %llu,\n",
		report->seconds, report->system_calls, report->missed);
	fprintf(file, "  \"bytes\": {");
	json_totals(file, report);
	fprintf(file, "\n  },\n  \"functions\": [\n");
	for (int f = 0; f < TRACE_NR_FUNCTIONS; f++) {
		json_function(file, report, f);
		fprintf(file, "%s\n", f + 1 < TRACE_NR_FUNCTIONS ? "," : "");
	}
	fprintf(file, "  ]");
	if (report->transfers)
		transfers_json(file, report->transfers);
	fprintf(file, "\n}\n");
}
