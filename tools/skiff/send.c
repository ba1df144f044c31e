// SPDX-License-Identifier: GPL-2.0-only
/* skiff send: one transfer, watched until the peer has it. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "drain.h"
#include "job.h"
#include "progress.h"
#include "table.h"
#include "units.h"

#define DROP_MS 500
#define DROP_LOOK_MS 10

/* SIGINT and SIGTERM as a descriptor: what comes between looking for a signal
 * and beginning to wait is not lost.
 */
static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static bool take_signal(int signals)
{
	struct signalfd_siginfo info;

	return read(signals, &info, sizeof(info)) == sizeof(info);
}

static void show_progress(const struct job *job)
{
	struct skiff_receipt receipt;

	if (!skiff_receipt(job->context, job->request.out_id, &receipt,
			   sizeof(receipt)))
		progress_draw(&receipt);
}

/* Wait for the completion. The first signal cancels the transfer, another one
 * gives up on it.
 */
static int await(const struct job *job, int signals,
		 struct skiff_completion *completion)
{
	struct pollfd fds[] = {
		{ .fd = job->context, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};
	bool progress = progress_wanted();
	bool cancelled = false;
	int nr;

	while (!(nr = skiff_wait(job->context, completion, 1, 0, 0))) {
		if (progress)
			show_progress(job);
		if (poll(fds, 2, progress ? PROGRESS_INTERVAL_MS : -1) < 0 ||
		    !take_signal(signals))
			continue;
		if (cancelled) {
			nr = -EINTR;
			break;
		}
		cancelled = true;
		/* ENOENT: it has just ended by itself. */
		skiff_cancel(job->context, job->request.out_id);
	}
	if (progress)
		progress_clear();
	return nr < 0 ? nr : 0;
}

static void print_summary(const struct skiff_receipt *receipt)
{
	uint64_t ns = receipt->end_ns - receipt->submit_ns;

	printf("sent %s in %s (%s), %s\n",
	       text_bytes(receipt->bytes_queued).s, text_ns(ns).s,
	       text_rate(receipt->bytes_queued, ns).s, text_share(receipt).s);
}

/* The receipt, with what policy DROP did after the end, as long as that takes no
 * more than a moment: a peer that is slow keeps pages in use.
 */
static int get_receipt(const struct job *job, struct skiff_receipt *receipt)
{
	bool dropped;
	int error, ms;

	for (ms = 0;; ms += DROP_LOOK_MS) {
		error = skiff_receipt(job->context, job->request.out_id,
				      receipt, sizeof(*receipt));
		if (error || receipt->policy == SKIFF_POLICY_KEEP)
			return error;
		dropped = receipt->pages_dropped + receipt->pages_spared >=
			  receipt->pages_read;
		if (dropped || ms >= DROP_MS)
			return 0;
		poll(NULL, 0, DROP_LOOK_MS);
	}
}

static int print_receipt(const struct job *job)
{
	struct skiff_receipt receipt;
	struct table table = { 0 };
	int error;

	error = get_receipt(job, &receipt);
	if (error)
		return failed("no receipt: %s", skiff_strerror(error));
	if (!job->json)
		print_summary(&receipt);
	table_receipt(&table, &receipt);
	table_print_as(&table, job->json);
	table_free(&table);
	return STATUS_OK;
}

/*
 * A transfer that ended short has a position, and the peer gets the bytes
 * before it. Only a peer that has stalled already is not waited for again.
 */
static int finish(const struct job *job, int signals,
		  const struct skiff_completion *completion)
{
	int status = print_receipt(job);
	int error = 0;

	if (completion->error)
		status = failed("the transfer ended after %" PRIu64 " bytes: %s",
				(uint64_t)completion->queued,
				skiff_strerror(completion->error));
	if (completion->error != -ETIMEDOUT)
		error = drain(job->sock, signals);
	if (error && !completion->error)
		status = failed("the peer did not take all that was queued: %s",
				error == -EINTR ? "interrupted" :
						  strerror(-error));
	return status;
}

static int transfer(struct job *job, int signals)
{
	struct skiff_completion completion;
	int error;

	error = skiff_submit(job->context, &job->request);
	if (error)
		return failed("the transfer was refused: %s",
			      skiff_strerror(error));
	error = await(job, signals, &completion);
	if (error)
		return failed("the transfer was not waited for: %s",
			      skiff_strerror(error));
	return finish(job, signals, &completion);
}

static int run(int argc, char **argv)
{
	struct job job = JOB_INIT;
	int status, signals;

	status = job_parse(&job, &command_send, argc, argv);
	if (!status)
		status = job_start(&job);
	if (!status) {
		signals = open_signals();
		status = signals < 0 ? failed("cannot watch for signals: %s",
					      strerror(errno)) :
				       transfer(&job, signals);
	}
	job_end(&job);
	return status;
}

const struct command command_send = {
	.name = "send",
	.summary = "send files to a socket, and print the receipt",
	.help =
		"Usage: skiff send [OPTION...] FILE... ADDRESS\n"
		"Connect to ADDRESS (HOST:PORT, [IPV6]:PORT or unix:/PATH), send FILE, or\n"
		"several one after another as one transfer, and print the receipt. Then wait\n"
		"until the peer closes, or takes nothing for ten seconds. The first SIGINT or\n"
		"SIGTERM cancels the transfer, and the receipt says how far it came; the second\n"
		"gives up. A progress bar is drawn if standard error is a terminal.\n"
		"\n" JOB_HELP
		"\n"
		"Exit: 0 all was sent, 1 not all was sent, or the peer did not take it all,\n"
		"2 wrong arguments, 3 no " SKIFF_DEVICE " or no permission.\n",
	.run = run,
};
