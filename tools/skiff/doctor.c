// SPDX-License-Identifier: GPL-2.0-only
/* skiff doctor: what of this machine holds zero-copy back, and what would help. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "file.h"

enum option_code {
	OPTION_DEVICE = 256,
	OPTION_DISK_RATE,
	OPTION_SPEED,
	OPTION_RTT,
	OPTION_JSON,
};

static const struct option options[] = {
	{ "device", required_argument, NULL, OPTION_DEVICE },
	{ "disk-rate", required_argument, NULL, OPTION_DISK_RATE },
	{ "speed", required_argument, NULL, OPTION_SPEED },
	{ "rtt", required_argument, NULL, OPTION_RTT },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "help", no_argument, NULL, 'h' },
	{}
};

#define DISK_RATE_MAX (UINT64_C(1) << 40)
#define SPEED_MAX_MBIT 10000000
#define RTT_MAX_MS 60000

static int take_disk_rate(struct doctor *doctor, const char *text)
{
	if (parse_size(text, &doctor->disk_rate) || !doctor->disk_rate ||
	    doctor->disk_rate > DISK_RATE_MAX)
		return misused("disk rate must be 1 to 1T bytes a second, with K, M, G or T after the number if wanted: `%s'",
			       text);
	return STATUS_OK;
}

static int take_speed(struct doctor *doctor, const char *text)
{
	if (parse_number(text, 1, SPEED_MAX_MBIT, &doctor->mbit))
		return misused("speed must be 1 to %d Mbit/s: `%s'",
			       SPEED_MAX_MBIT, text);
	return STATUS_OK;
}

static int take_rtt(struct doctor *doctor, const char *text)
{
	uint64_t ms;

	if (parse_number(text, 1, RTT_MAX_MS, &ms))
		return misused("round-trip time must be 1 to %d milliseconds: `%s'",
			       RTT_MAX_MS, text);
	doctor->rtt_us = ms * 1000;
	doctor->rtt_told = true;
	return STATUS_OK;
}

static int take_arguments(struct doctor *doctor, int nr, char **arguments)
{
	if (nr > 2)
		return misused("doctor wants one FILE and one ADDRESS at most: `%s'",
			       arguments[2]);
	if (nr > 1 && doctor->device)
		return misused("--device goes without an ADDRESS, which has a route: `%s'",
			       arguments[1]);
	if (nr > 0)
		doctor->file_name = arguments[0];
	doctor->has_address = nr > 1;
	return nr > 1 ? address_parse(&doctor->address, arguments[1]) : STATUS_OK;
}

static int open_file(struct doctor *doctor)
{
	int status;

	if (!doctor->file_name)
		return STATUS_OK;
	status = file_open(doctor->file_name, &doctor->file);
	if (!status && fstat(doctor->file, &doctor->status))
		return failed("cannot look at `%s': %s", doctor->file_name,
			      strerror(errno));
	return status;
}

static void examine(struct doctor *doctor)
{
	doctor_memory(doctor);
	if (doctor->file_name) {
		doctor_file(doctor);
		doctor_rung(doctor);
	}
	doctor_devices(doctor);
	doctor_tcp(doctor);
}

static int report(struct doctor *doctor)
{
	unsigned int nr = findings_count(&doctor->findings, VERDICT_HINDERS);

	findings_print(&doctor->findings, doctor->json);
	findings_free(&doctor->findings);
	if (fflush(stdout)) {
		warn("cannot write: %s", strerror(errno));
		return STATUS_USAGE;
	}
	return nr ? STATUS_FAILED : STATUS_OK;
}

static int take_option(struct doctor *doctor, int code)
{
	switch (code) {
	case OPTION_DEVICE:
		doctor->device = optarg;
		return STATUS_OK;
	case OPTION_DISK_RATE:
		return take_disk_rate(doctor, optarg);
	case OPTION_SPEED:
		return take_speed(doctor, optarg);
	case OPTION_RTT:
		return take_rtt(doctor, optarg);
	case OPTION_JSON:
		doctor->json = true;
		return STATUS_OK;
	case 'h':
		exit(show_help(&command_doctor));
	default:
		return misused_command(&command_doctor);
	}
}

static int prepare(struct doctor *doctor, int argc, char **argv)
{
	int code, status;

	while ((code = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		status = take_option(doctor, code);
		if (status)
			return status;
	}
	status = take_arguments(doctor, argc - optind, argv + optind);
	if (!status)
		status = open_file(doctor);
	return status ? status : doctor_reach(doctor);
}

static int run(int argc, char **argv)
{
	struct doctor doctor = { .file = -1, .sock = -ENOTCONN };
	/* 1 is the answer that something hinders. */
	int status = STATUS_USAGE;

	if (!prepare(&doctor, argc, argv)) {
		examine(&doctor);
		status = report(&doctor);
	}
	if (doctor.sock >= 0)
		close(doctor.sock);
	if (doctor.file >= 0)
		close(doctor.file);
	return status;
}

const struct command command_doctor = {
	.name = "doctor",
	.summary = "say what on this machine holds zero-copy back",
	.help =
		"Usage: skiff doctor [OPTION...] [FILE [ADDRESS]]\n"
		"Read the settings that matter for sending FILE to ADDRESS without a copy, and\n"
		"print for each what it is, whether it hinders, what it would be set to, and why.\n"
		"Nothing is changed or sent; ADDRESS is connected to. Without one, all cards that\n"
		"are up are looked at.\n"
		"\n"
		"  --device DEV     look at this network device instead of the route's\n"
		"  --disk-rate N    the disk writes N bytes a second (with K, M, G or T: times\n"
		"                   1024, and so on)\n"
		"  --speed MBIT     the card sends so many Mbit/s (the default: what it says)\n"
		"  --rtt MS         the round-trip time to the peers (the default: what it took\n"
		"                   to connect to ADDRESS)\n"
		"  --json           print the result as JSON\n"
		"  -h, --help       print this\n"
		"\n"
		"Exit: 0 nothing hinders, 1 something does, 2 wrong arguments, or FILE, ADDRESS\n"
		"or DEV cannot be looked at.\n",
	.run = run,
};
