// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "fail.h"
#include "system.h"

static void nothing(struct end *end)
{
	(void)end;
}

static const struct system systems[] = {
	{ "read-write-64k", "pread(2) and write(2) of 64 KiB; a header by writev(2)",
	  read_write_64k_open, read_write_respond, read_write_close },
	{ "read-write-1m", "the same with 1 MiB",
	  read_write_1m_open, read_write_respond, read_write_close },
	{ "mmap-write", "writev(2) of the header and a mapping of the file",
	  mmap_write_open, mmap_write_respond, mmap_write_close },
	{ "sendfile", "send(2) with MSG_MORE of the header, sendfile(2)",
	  nothing, sendfile_respond, nothing },
	{ "splice", "splice(2) through a pipe of 1 MiB",
	  splice_open, splice_respond, splice_close },
	{ "zerocopy", "sendmsg(2) with MSG_ZEROCOPY from a mapping, 1 MiB a call",
	  zerocopy_open, zerocopy_respond, mmap_write_close },
	{ "skiff-send", "SKIFF_SEND",
	  skiff_end_open, skiff_send_respond, skiff_end_close },
	{ "skiff-submit", "SKIFF_SUBMIT and SKIFF_WAIT",
	  skiff_end_open, skiff_submit_respond, skiff_end_close },
	{ "floor-4k", "MSG_SPLICE_PAGES of resident pages of 4 KiB (skiff_floor)",
	  floor_4k_open, floor_respond, floor_close },
	{ "floor-64k", "the same with pages of 64 KiB",
	  floor_64k_open, floor_respond, floor_close },
};

#define NR_SYSTEMS (sizeof(systems) / sizeof(systems[0]))

const struct system *system_find(const char *name)
{
	for (size_t i = 0; i < NR_SYSTEMS; i++)
		if (!strcmp(systems[i].name, name))
			return &systems[i];
	die("there is no system `%s'", name);
}

void system_list(void)
{
	for (size_t i = 0; i < NR_SYSTEMS; i++)
		printf("  %-16s %s\n", systems[i].name, systems[i].summary);
}
