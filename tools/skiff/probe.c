// SPDX-License-Identifier: GPL-2.0-only
/* skiff probe: which rung and policy a transfer would take, and why. */
#include "job.h"
#include "table.h"

static int probe(struct job *job)
{
	struct table table = { 0 };
	int error = skiff_probe(job->context, &job->request);

	table_value(&table, "error", SKIFF_UNIT_ERRNO, error);
	if (!error) {
		table_value(&table, "rung", SKIFF_UNIT_RUNG,
			    job->request.out_rung);
		table_value(&table, "reason", SKIFF_UNIT_REASON,
			    job->request.out_reason);
		table_value(&table, "policy", SKIFF_UNIT_POLICY,
			    job->request.out_policy);
	}
	table_print_as(&table, job->json);
	table_free(&table);
	return error ? STATUS_FAILED : STATUS_OK;
}

static int run(int argc, char **argv)
{
	struct job job = JOB_INIT;
	int status;

	status = job_parse(&job, &command_probe, argc, argv);
	if (!status)
		status = job_start(&job);
	if (!status)
		status = probe(&job);
	job_end(&job);
	return status;
}

const struct command command_probe = {
	.name = "probe",
	.summary = "say how a file would be sent, and why",
	.help =
		"Usage: skiff probe [OPTION...] FILE... ADDRESS\n"
		"Connect to ADDRESS (HOST:PORT, [IPV6]:PORT or unix:/PATH), say which rung and\n"
		"policy a transfer of FILE to it would take and why, and send nothing.\n"
		"\n" JOB_HELP
		"\n"
		"Exit: 0 it could be sent, 1 it would be refused (see error), 2 wrong\n"
		"arguments, 3 no " SKIFF_DEVICE " or no permission.\n",
	.run = run,
};
