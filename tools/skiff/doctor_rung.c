// SPDX-License-Identifier: GPL-2.0-only
/*
 * The doctor on the rung: what the module itself says of this file and this
 * socket. Without a connection it is asked with a unix socket, which takes pages
 * from any file, so that the answer is about the file.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "doctor.h"

static enum verdict judge_rung(unsigned int rung, bool connected)
{
	switch (rung) {
	case SKIFF_RUNG_UBUF:
		return VERDICT_OK;
	case SKIFF_RUNG_SPLICE:
		return connected ? VERDICT_NOTE : VERDICT_OK;
	case SKIFF_RUNG_PIPE:
		return VERDICT_NOTE;
	default:
		return VERDICT_HINDERS;
	}
}

static const char *meaning(unsigned int rung)
{
	switch (rung) {
	case SKIFF_RUNG_UBUF:
		return "By reference, and the network reports when it lets go";
	case SKIFF_RUNG_SPLICE:
		return "By reference, but nobody reports when pages are let go of";
	case SKIFF_RUNG_PIPE:
		return "By reference where the file system gives its pages, which it is asked for each by itself";
	default:
		return "The CPU copies every byte";
	}
}

static void judge_answer(struct doctor *doctor, struct finding *f,
			 const struct skiff_request *request, bool connected)
{
	unsigned int rung = request->out_rung, reason = request->out_reason;

	finding_value(f, "%s (%s)", skiff_rung_name(rung),
		      skiff_reason_name(reason));
	if (reason == SKIFF_REASON_NO_SG && doctor->route[0])
		finding_set(f, "ethtool -K %s sg on", doctor->route);
	if (connected)
		finding_judge(f, judge_rung(rung, true), "%s: %s.", meaning(rung),
			      skiff_reason_text(reason));
	else if (rung == SKIFF_RUNG_SPLICE)
		finding_judge(f, judge_rung(rung, false),
			      "Nothing in the file stands in the way. Of the network this says nothing: %s.",
			      doctor->has_address ? strerror(-doctor->sock) :
						    "there is no ADDRESS to connect to");
	else
		finding_judge(f, judge_rung(rung, false),
			      "%s, whatever the socket: %s.", meaning(rung),
			      skiff_reason_text(reason));
}

static void probe(struct doctor *doctor, struct finding *f, int context, int sock)
{
	struct skiff_piece piece = skiff_piece_file(doctor->file, 0, 0);
	struct skiff_request request = skiff_request_for(sock, &piece, 1);
	int error = skiff_probe(context, &request);

	if (!error) {
		judge_answer(doctor, f, &request, sock == doctor->sock);
		return;
	}
	finding_value(f, "refused");
	finding_judge(f, VERDICT_HINDERS, "The module refuses it: %s.",
		      skiff_strerror(error));
}

void doctor_rung(struct doctor *doctor)
{
	struct finding *f = finding_new(&doctor->findings,
					SKIFF_DEVICE ", SKIFF_REQUEST_PROBE",
					"rung from %s to %s", doctor->file_name,
					doctor->sock >= 0 ? doctor->address.text :
							    "a unix socket");
	int context = skiff_open();
	int pair[2];

	if (context < 0) {
		finding_judge(f, VERDICT_UNKNOWN, SKIFF_DEVICE " cannot be opened: %s",
			      context == -ENOENT ? "the module is not loaded" :
						   strerror(-context));
		return;
	}
	if (doctor->sock >= 0) {
		probe(doctor, f, context, doctor->sock);
	} else if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) {
		finding_unread(f, -errno);
	} else {
		probe(doctor, f, context, pair[0]);
		close(pair[0]);
		close(pair[1]);
	}
	skiff_close(context);
}
