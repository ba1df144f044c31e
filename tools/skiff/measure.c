// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is counted until when: the calls, the switches and the time of the process
 * until the way says that the socket has taken all, as what comes then is waiting
 * for the peer; everything else until the peer has it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "cached.h"
#include "cost.h"
#include "drain.h"
#include "measure.h"
#include "tracer.h"

void meter_open(struct meter *meter, const struct egress *egress)
{
	const char *what;

	*meter = (struct meter){ .egress = *egress };
	meter->tracer = tracer_open(true, NULL, &what);
	if (meter->tracer && tracer_mark(meter->tracer, getpid())) {
		what = "mark this process";
		tracer_close(meter->tracer);
		meter->tracer = NULL;
	}
	if (!meter->tracer)
		snprintf(meter->no_tracer, sizeof(meter->no_tracer),
			 "cannot %s: %s", what, strerror(errno));
	meter->coster = cost_open(egress->local ? "" : egress->card);
	if (!meter->coster)
		snprintf(meter->no_coster, sizeof(meter->no_coster),
			 "cannot load the BPF program: %s", strerror(errno));
}

void meter_close(struct meter *meter)
{
	tracer_close(meter->tracer);
	cost_close(meter->coster);
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static uint64_t switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_nvcsw + usage.ru_nivcsw;
}

/* Of the process, as it is now: the difference of two of them is what counts. */
static void read_process(struct measure *measure, int sign)
{
	measure->cpu_ns += sign * clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	measure->switches += sign * switches();
}

static void begin(const struct meter *meter, struct measure *measure)
{
	uint64_t sent = 0;

	egress_sent(&meter->egress, &sent);
	measure->card_bytes = -sent;
	if (meter->coster)
		cost_begin(meter->coster);
	if (meter->tracer)
		tracer_begin(meter->tracer);
	measure->ns = -clock_ns(CLOCK_MONOTONIC);
	read_process(measure, -1);
	/* Last, as looking at the others takes calls. */
	if (meter->tracer)
		measure->system_calls = -tracer_system_calls(meter->tracer);
}

static void end_process(const struct meter *meter, struct measure *measure)
{
	if (meter->tracer)
		measure->system_calls += tracer_system_calls(meter->tracer);
	read_process(measure, 1);
}

/* Of the sender: what a receiver on this machine copies is not its doing. */
static uint64_t by_sender(const struct report *report, enum trace_function function)
{
	const struct trace_counter *by = report->counters[function];

	return by[TRACE_COMMAND].bytes + by[TRACE_KTHREAD].bytes +
	       by[TRACE_INTERRUPT].bytes;
}

static void take_report(struct measure *measure, const struct report *report)
{
	measure->traced = true;
	measure->missed = report->missed;
	measure->from_file = by_sender(report, TRACE_FILEMAP_READ) +
			     by_sender(report, TRACE_SHMEM_FILE_READ_ITER) +
			     by_sender(report, TRACE_DAX_COPY_TO_ITER);
	measure->into_socket = by_sender(report, TRACE_TCP_SENDMSG) +
			       by_sender(report, TRACE_SKB_COPY_FROM_ITER);
	measure->in_packets = by_sender(report, TRACE_SKB_COPY_UBUFS) +
			      by_sender(report, TRACE_SKB_COPY_AND_CSUM) +
			      by_sender(report, TRACE_SKB_COPY_BITS);
	measure->bounced = by_sender(report, TRACE_BOUNCE_TO_DEVICE) +
			   by_sender(report, TRACE_BOUNCE_FROM_DEVICE);
	measure->by_reference = by_sender(report, TRACE_SKB_SPLICE) +
				by_sender(report, TRACE_SKB_ZEROCOPY);
	measure->checksummed = by_sender(report, TRACE_SKB_CHECKSUM) +
			       by_sender(report, TRACE_SKB_COPY_AND_CSUM);
}

/* A card that is given its addresses past the DMA API maps nothing; what it sent,
 * it fetched all the same.
 */
static void take_card(const struct meter *meter, const struct cost *cost,
		      struct measure *measure)
{
	uint64_t sent;

	if (meter->egress.local) {
		measure->card_source = CARD_NONE;
		measure->card_bytes = 0;
	} else if (cost->card_maps) {
		measure->card_source = CARD_MAPPED;
		measure->card_bytes = cost->card_bytes;
		measure->card_maps = cost->card_maps;
	} else if (meter->egress.card[0] &&
		   !egress_sent(&meter->egress, &sent)) {
		measure->card_source = CARD_SENT;
		measure->card_bytes += sent;
	} else {
		measure->card_bytes = 0;
	}
}

static void end(const struct meter *meter, struct measure *measure)
{
	struct report report = { 0 };
	struct cost cost = { 0 };

	if (meter->tracer) {
		tracer_end(meter->tracer, &report);
		take_report(measure, &report);
	}
	measure->ns += clock_ns(CLOCK_MONOTONIC);
	if (meter->coster) {
		cost_end(meter->coster, &cost);
		measure->has_threads = true;
		measure->thread_ns = cost.thread_ns;
		measure->thread_switches = cost.thread_switches;
		measure->disk_bytes = cost.disk_bytes;
	}
	take_card(meter, &cost, measure);
}

static int set_cache(const struct delivery *delivery, bool cold,
		     struct measure *measure)
{
	int error = cold ? cached_chill(delivery->file) :
			   cached_warm(delivery->file, delivery->size);

	if (error)
		return failed("cannot bring the page cache to where it is to begin: %s",
			      strerror(-error));
	measure->has_cached = !cached_bytes(delivery->file, delivery->size,
					    &measure->cached);
	return STATUS_OK;
}

static void take_receipt(const struct delivery *delivery,
			 struct measure *measure)
{
	struct skiff_receipt *receipt = &measure->receipt;

	if (delivery->id)
		measure->has_receipt = !skiff_receipt(delivery->context,
						      delivery->id, receipt,
						      sizeof(*receipt));
}

/* How a kernel says that it has no such way for this file. */
static bool is_refusal(int error)
{
	return error == -EOPNOTSUPP || error == -EINVAL;
}

static int send_and_count(const struct meter *meter, const struct way *way,
			  struct delivery *delivery, struct measure *measure)
{
	int error, unread;

	begin(meter, measure);
	error = way->send(way, delivery);
	end_process(meter, measure);
	unread = drain(delivery->sock, -1);
	end(meter, measure);
	take_receipt(delivery, measure);
	if (is_refusal(error))
		*measure = (struct measure){ .way = way, .error = error };
	else if (error)
		return failed("%s: cannot send the file: %s", way->name,
			      skiff_strerror(error));
	else if (unread)
		return failed("%s: the peer did not take all that was sent: %s",
			      way->name, strerror(-unread));
	return STATUS_OK;
}

/* The peer gets a connection for each way, also for one that there is not. */
int measure_way(const struct meter *meter, const struct way *way,
		const struct address *address, struct delivery *delivery,
		bool cold, struct measure *measure)
{
	int status;

	*measure = (struct measure){ .way = way, .bytes = delivery->size };
	status = address_connect(address, &delivery->sock);
	if (status)
		return status;
	measure->error = way->open(way, delivery);
	if (measure->error)
		return STATUS_OK;
	status = set_cache(delivery, cold, measure);
	return status ? status :
			send_and_count(meter, way, delivery, measure);
}

uint64_t measure_copied(const struct measure *measure)
{
	return measure->from_file + measure->into_socket +
	       measure->in_packets + measure->bounced;
}
