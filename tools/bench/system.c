// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "fail.h"
#include "system.h"

static void nothing(struct end *end)
{
	(void)end;
}

static const struct system systems[] = {
	{ "read-write-64k", "pread(2) and write(2) of 64 KiB; a header by writev(2)",
	  read_write_64k_open, read_write_respond, read_write_close, NULL },
	{ "read-write-1m", "the same with 1 MiB",
	  read_write_1m_open, read_write_respond, read_write_close, NULL },
	{ "mmap-write", "writev(2) of the header and a mapping of the file",
	  mmap_write_open, mmap_write_respond, mmap_write_close, NULL },
	{ "sendfile", "send(2) with MSG_MORE of the header, sendfile(2)",
	  nothing, sendfile_respond, nothing, NULL },
	{ "splice", "splice(2) through a pipe of 1 MiB",
	  splice_open, splice_respond, splice_close, NULL },
	{ "zerocopy", "sendmsg(2) with MSG_ZEROCOPY from a mapping, 1 MiB a call",
	  zerocopy_open, zerocopy_respond, mmap_write_close, NULL },
	{ "skiff-send", "SKIFF_SEND",
	  skiff_end_open, skiff_send_respond, skiff_end_close, NULL },
	{ "skiff-submit", "SKIFF_SUBMIT and SKIFF_WAIT",
	  skiff_end_open, skiff_submit_respond, skiff_end_close, NULL },
	{ "skiff-splice", "SKIFF_SEND on the rung splice",
	  skiff_end_splice_open, skiff_send_respond, skiff_end_close, NULL },
	{ "skiff-ubuf", "SKIFF_SEND on the rung ubuf",
	  skiff_end_ubuf_open, skiff_send_respond, skiff_end_close, skiff_has_ubuf },
	{ "floor-4k", "MSG_SPLICE_PAGES of resident pages of 4 KiB (skiff_floor)",
	  floor_4k_open, floor_respond, floor_close, NULL },
	{ "floor-64k", "the same with pages of 64 KiB",
	  floor_64k_open, floor_respond, floor_close, NULL },
};

#define NR_SYSTEMS (sizeof(systems) / sizeof(systems[0]))

const struct system *system_find(const char *name)
{
	for (size_t i = 0; i < NR_SYSTEMS; i++)
		if (!strcmp(systems[i].name, name))
			return &systems[i];
	die("there is no system `%s'", name);
}

bool system_works(const struct system *system)
{
	return !system->works || system->works();
}

void system_list(FILE *file)
{
	for (size_t i = 0; i < NR_SYSTEMS; i++)
		fprintf(file, "  %-16s %s\n", systems[i].name, systems[i].summary);
}
