// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>
#include <stdlib.h>
#include <unistd.h>

#include "file.h"
#include "job.h"

enum option_code {
	OPTION_OFFSET = 256,
	OPTION_LENGTH,
	OPTION_RUNG,
	OPTION_POLICY,
	OPTION_FALLBACK,
	OPTION_ZEROCOPY,
	OPTION_RELEASED,
	OPTION_DEADLINE,
	OPTION_ABORT,
	OPTION_READAHEAD,
	OPTION_JSON,
};

static const struct option options[] = {
	{ "offset", required_argument, NULL, OPTION_OFFSET },
	{ "length", required_argument, NULL, OPTION_LENGTH },
	{ "rung", required_argument, NULL, OPTION_RUNG },
	{ "policy", required_argument, NULL, OPTION_POLICY },
	{ "fallback", no_argument, NULL, OPTION_FALLBACK },
	{ "zerocopy", no_argument, NULL, OPTION_ZEROCOPY },
	{ "released", no_argument, NULL, OPTION_RELEASED },
	{ "abort", no_argument, NULL, OPTION_ABORT },
	{ "deadline", required_argument, NULL, OPTION_DEADLINE },
	{ "readahead", required_argument, NULL, OPTION_READAHEAD },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "help", no_argument, NULL, 'h' },
	{}
};

static int take_size(const char *what, const char *text, uint64_t *size)
{
	if (parse_size(text, size))
		return misused("%s must be 0 to 2^63 - 1 bytes, with K, M, G or T after the number if wanted: `%s'",
			       what, text);
	return STATUS_OK;
}

static int take_rung(struct job *job, const char *name)
{
	int rung = skiff_rung_by_name(name);

	if (rung < 0)
		return misused("rung must be auto, ubuf, splice, pipe or copy: `%s'",
			       name);
	job->rung = rung;
	return STATUS_OK;
}

static int take_policy(struct job *job, const char *name)
{
	int policy = skiff_policy_by_name(name);

	if (policy < 0)
		return misused("policy must be keep, drop, direct or auto: `%s'",
			       name);
	job->policy = policy;
	return STATUS_OK;
}

static int take_deadline(struct job *job, const char *text)
{
	uint64_t ms;

	if (parse_number(text, 1, SKIFF_DEADLINE_MAX_MS, &ms))
		return misused("deadline must be 1 to %u milliseconds: `%s'",
			       SKIFF_DEADLINE_MAX_MS, text);
	job->deadline_ms = ms;
	return STATUS_OK;
}

static int take_readahead(struct job *job, const char *text)
{
	uint64_t bytes;

	if (parse_size(text, &bytes) || bytes % 1024 || bytes / 1024 > UINT32_MAX)
		return misused("readahead must be a multiple of 1024 bytes below 4T: `%s'",
			       text);
	job->readahead_kb = bytes / 1024;
	return STATUS_OK;
}

static int take_option(struct job *job, const struct command *command, int code)
{
	switch (code) {
	case OPTION_OFFSET:
		return take_size("offset", optarg, &job->offset);
	case OPTION_LENGTH:
		return take_size("length", optarg, &job->length);
	case OPTION_RUNG:
		return take_rung(job, optarg);
	case OPTION_POLICY:
		return take_policy(job, optarg);
	case OPTION_FALLBACK:
		job->flags |= SKIFF_REQUEST_FALLBACK;
		return STATUS_OK;
	case OPTION_ZEROCOPY:
		job->flags |= SKIFF_REQUEST_ZEROCOPY;
		return STATUS_OK;
	case OPTION_RELEASED:
		job->flags |= SKIFF_REQUEST_RELEASED;
		return STATUS_OK;
	case OPTION_ABORT:
		job->flags |= SKIFF_REQUEST_ABORT;
		return STATUS_OK;
	case OPTION_DEADLINE:
		return take_deadline(job, optarg);
	case OPTION_READAHEAD:
		return take_readahead(job, optarg);
	case OPTION_JSON:
		job->json = true;
		return STATUS_OK;
	case 'h':
		exit(show_help(command));
	default:
		return misused_command(command);
	}
}

static int open_file(const struct job *job, const char *name,
		     struct skiff_piece *piece)
{
	int file;
	int status = file_open(name, &file);

	if (status)
		return status;
	*piece = skiff_piece_file(file, job->offset, job->length);
	return STATUS_OK;
}

static int open_files(struct job *job, char **names, unsigned int nr)
{
	int status = STATUS_OK;

	job->pieces = calloc(nr, sizeof(*job->pieces));
	if (!job->pieces)
		return failed("no memory for %u files", nr);
	while (job->nr < nr && !status) {
		status = open_file(job, names[job->nr],
				   &job->pieces[job->nr]);
		job->nr += !status;
	}
	return status;
}

int job_parse(struct job *job, const struct command *command, int argc,
	      char **argv)
{
	int code, status, nr;

	while ((code = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		status = take_option(job, command, code);
		if (status)
			return status;
	}
	nr = argc - optind - 1;
	if (nr < 1) {
		warn("%s wants a FILE and an ADDRESS", command->name);
		return misused_command(command);
	}
	if (nr > 1 && (job->offset || job->length))
		return misused("--offset and --length go with one FILE, not with %d",
			       nr);
	if (job->length > INT64_MAX - job->offset)
		return misused("offset plus length must be 0 to 2^63 - 1");
	status = address_parse(&job->address, argv[argc - 1]);
	return status ? status : open_files(job, argv + optind, nr);
}

int job_start(struct job *job)
{
	struct skiff_info info;
	int error, status;

	job->context = skiff_open();
	if (job->context < 0)
		return no_device(job->context);
	error = skiff_info(job->context, &info, sizeof(info));
	if (error)
		return failed("cannot ask the module what it can do: %s",
			      skiff_strerror(error));
	if (job->nr > info.out_max_pieces)
		return misused("there must be 1 to %u FILEs: %u",
			       info.out_max_pieces, job->nr);
	status = address_connect(&job->address, &job->sock);
	if (status)
		return status;
	job->request = skiff_request_for(job->sock, job->pieces, job->nr);
	job->request.flags = job->flags;
	job->request.rung = job->rung;
	job->request.policy = job->policy;
	job->request.deadline_ms = job->deadline_ms;
	job->request.readahead_kb = job->readahead_kb;
	return STATUS_OK;
}

void job_end(struct job *job)
{
	if (job->context >= 0)
		skiff_close(job->context);
	if (job->sock >= 0)
		close(job->sock);
	for (unsigned int i = 0; i < job->nr; i++)
		close(job->pieces[i].fd);
	free(job->pieces);
}
