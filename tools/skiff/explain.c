// SPDX-License-Identifier: GPL-2.0-only
/* skiff explain: what ways to send a file do to its bytes, measured and drawn. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "explain.h"
#include "file.h"
#include "units.h"
#include "wrap.h"

static int open_file(struct explain *explain, const char *name)
{
	struct stat status;
	int error = file_open(name, &explain->file);

	if (error)
		return error;
	explain->path = name;
	if (fstat(explain->file, &status))
		return failed("cannot look at `%s': %s", name, strerror(errno));
	if (!S_ISREG(status.st_mode) || !status.st_size)
		return failed("FILE must be a regular file that is not empty: `%s'",
			      name);
	explain->size = status.st_size;
	return STATUS_OK;
}

/* By a route alone, so that the peer has no connection too many. */
static int find_egress(struct explain *explain)
{
	struct egress egress = { .local = true };
	struct addrinfo *list;
	const char *why;
	int error = 0;

	if (!explain->address.path[0]) {
		list = address_look_up(&explain->address, 0, &why);
		if (!list)
			return failed("cannot find %s: %s",
				      explain->address.text, why);
		error = egress_to(list->ai_addr, &egress);
		freeaddrinfo(list);
	}
	if (error)
		return failed("no route to %s: %s", explain->address.text,
			      strerror(-error));
	meter_open(&explain->meter, &egress);
	return STATUS_OK;
}

static int measure_all(struct explain *explain)
{
	int status = STATUS_OK;

	for (size_t i = 0; i < NR_WAYS && !status; i++) {
		struct delivery delivery = DELIVERY_INIT;

		delivery.path = explain->path;
		delivery.file = explain->file;
		delivery.size = explain->size;
		status = measure_way(&explain->meter, &ways[i],
				     &explain->address, &delivery,
				     explain->cold, &explain->measures[i]);
		way_close(&delivery);
	}
	return status;
}

static int write_svg(const struct explain *explain, const char *title,
		     const struct picture *pictures)
{
	FILE *file = fopen(explain->svg, "we");

	if (!file)
		return failed("cannot write `%s': %s", explain->svg,
			      strerror(errno));
	picture_svg(file, title, pictures, NR_WAYS,
		    (const char *const *)explain->notes);
	if (ferror(file) | fclose(file))
		return failed("cannot write `%s': %s", explain->svg,
			      strerror(errno));
	return STATUS_OK;
}

static void print_text(const struct explain *explain, const char *title,
		       const struct picture *pictures)
{
	printf("%s\n= a device moves the byte, # the CPU copies it, - it is passed on by reference\n\n",
	       title);
	for (size_t i = 0; i < NR_WAYS; i++)
		picture_text(&pictures[i]);
	for (char *const *note = explain->notes; *note; note++)
		print_wrapped(0, *note);
}

static int show(struct explain *explain)
{
	struct picture *pictures = calloc(NR_WAYS, sizeof(*pictures));
	char title[640];
	int status = STATUS_OK;

	if (!pictures)
		return failed("no memory for pictures");
	for (size_t i = 0; i < NR_WAYS; i++)
		picture_of(&pictures[i], &explain->meter,
			   &explain->measures[i]);
	snprintf(title, sizeof(title), "%.200s, %s, to %.200s, page cache %s",
		 explain->path, text_bytes(explain->size).s,
		 explain->address.text, explain->cold ? "cold" : "warm");
	if (explain->json)
		explain_json(explain);
	else
		print_text(explain, title, pictures);
	if (explain->svg)
		status = write_svg(explain, title, pictures);
	free(pictures);
	return status;
}

static int run_all(struct explain *explain)
{
	int status = find_egress(explain);

	if (status)
		return status;
	/* A peer that goes is an error of one call, to be told. */
	signal(SIGPIPE, SIG_IGN);
	status = measure_all(explain);
	explain_note(explain);
	if (!status)
		status = show(explain);
	meter_close(&explain->meter);
	for (char **note = explain->notes; *note; note++)
		free(*note);
	return status;
}

static const struct option options[] = {
	{ "cold", no_argument, NULL, 'c' },
	{ "svg", required_argument, NULL, 's' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{}
};

static int take_option(struct explain *explain, int code)
{
	switch (code) {
	case 'c':
		explain->cold = true;
		return STATUS_OK;
	case 's':
		explain->svg = optarg;
		return STATUS_OK;
	case 'j':
		explain->json = true;
		return STATUS_OK;
	case 'h':
		exit(show_help(&command_explain));
	default:
		return misused_command(&command_explain);
	}
}

static int run(int argc, char **argv)
{
	struct explain *explain;
	int code, status = STATUS_OK;

	explain = calloc(1, sizeof(*explain));
	if (!explain)
		return failed("no memory");
	explain->file = -1;
	while (!status &&
	       (code = getopt_long(argc, argv, "h", options, NULL)) != -1)
		status = take_option(explain, code);
	if (!status && argc - optind != 2) {
		warn("explain wants a FILE and an ADDRESS");
		status = misused_command(&command_explain);
	}
	if (!status)
		status = address_parse(&explain->address, argv[optind + 1]);
	if (!status)
		status = open_file(explain, argv[optind]);
	if (!status)
		status = run_all(explain);
	if (explain->file >= 0)
		close(explain->file);
	free(explain);
	return status;
}

const struct command command_explain = {
	.name = "explain",
	.summary = "send a file in several ways, and draw what each did",
	.help =
		"Usage: skiff explain [OPTION...] FILE ADDRESS\n"
		"Send FILE to ADDRESS (HOST:PORT, [IPV6]:PORT or unix:/PATH) once by each of\n"
		"seven ways: read and write, mmap and write, read with O_DIRECT and write,\n"
		"sendfile, and skiff with the policies keep, drop and direct. For each draw the\n"
		"way of a byte from the disk to the card, with what was measured: copies by the\n"
		"CPU and DMA transfers for a byte, system calls and context switches for a MiB,\n"
		"CPU time for a GiB. The peer gets seven connections, one after another, as\n"
		"`skiff recv --count 7 PORT' takes them. Only root can trace copies: to others\n"
		"they are unknown.\n"
		"\n"
		"  --cold           begin each with no page of FILE in the page cache, as far as\n"
		"                   they can be dropped (default: with all of them there)\n"
		"  --svg NAME       write the pictures to the file NAME, as SVG\n"
		"  --json           print what was measured as JSON\n"
		"  -h, --help       print this\n"
		"\n"
		"Exit: 0 done, also if some ways do not exist for FILE, 1 failed, 2 wrong\n"
		"arguments.\n",
	.run = run,
};
