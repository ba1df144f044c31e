// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "fail.h"
#include "system.h"

#define KIB 1024
#define MIB (1024 * KIB)

/* clang-format off */
/* One entry point on one rung, by one policy. */
#define SKIFF(name_, way_, call, rung_, policy_)                      \
	{ .name = "skiff-" name_, .summary = call, .way = &(way_),    \
	  .rung = SKIFF_RUNG_##rung_, .policy = SKIFF_POLICY_##policy_ }

/* One rung and policy by each entry point; @suffix of the names begins with a dash. */
#define SKIFF_ENTRIES(suffix, how, rung, policy)                                 \
	SKIFF("send" suffix, skiff_send_way, "SKIFF_SEND" how, rung, policy),    \
	SKIFF("submit" suffix, skiff_submit_way, "SKIFF_SUBMIT and SKIFF_WAIT" how, rung, policy), \
	SKIFF("uring" suffix, skiff_uring_way, "SKIFF_URING_SEND" how, rung, policy)

/* One policy on each rung; PIPE has KEEP only. */
#define SKIFF_RUNGS(suffix, how, policy)                                         \
	SKIFF_ENTRIES(suffix, how, AUTO, policy),                                \
	SKIFF_ENTRIES(suffix "-ubuf", how " on the rung ubuf", UBUF, policy),    \
	SKIFF_ENTRIES(suffix "-splice", how " on the rung splice", SPLICE, policy), \
	SKIFF_ENTRIES(suffix "-copy", how " on the rung copy", COPY, policy)

static const struct system systems[] = {
	{ "read-write-64k", "pread(2) and write(2) of 64 KiB; a header by writev(2)",
	  .way = &read_write, .size = 64 * KIB },
	/* What fits in the caches of a CPU is faster on silicon, what makes
	 * fewer calls here: so both.
	 */
	{ "read-write-1m", "the same with 1 MiB", .way = &read_write, .size = MIB },
	/* By 1 MiB, as it is the disk that gains by large requests. */
	{ "direct-write", "the same with O_DIRECT", .way = &read_write, .size = MIB,
	  .file_flags = O_DIRECT },
	{ "mmap-write", "writev(2) of the header and a mapping of the file",
	  .way = &mmap_write },
	{ "sendfile", "send(2) with MSG_MORE of the header, sendfile(2)",
	  .way = &sendfile_way },
	{ "sendfile-dontneed", "the same, and posix_fadvise(2) with DONTNEED behind it",
	  .way = &sendfile_dontneed },
	{ "splice", "splice(2) through a pipe of 1 MiB", .way = &splice_way },
	{ "zerocopy", "sendmsg(2) with MSG_ZEROCOPY from a mapping, 1 MiB a call",
	  .way = &zerocopy },
	{ "uring-splice", "io_uring: linked pairs of IORING_OP_SPLICE",
	  .way = &uring_splice },
	{ "uring-send-zc", "io_uring: O_DIRECT into registered buffers, IORING_OP_SEND_ZC",
	  .way = &uring_zerocopy, .file_flags = O_DIRECT },
	SKIFF_RUNGS("", "", KEEP),
	SKIFF_ENTRIES("-pipe", " on the rung pipe", PIPE, KEEP),
	SKIFF_RUNGS("-drop", ", policy drop", DROP),
	SKIFF_RUNGS("-direct", ", policy direct", DIRECT),
	{ "floor-4k", "MSG_SPLICE_PAGES of resident pages of 4 KiB (skiff_floor)",
	  .way = &floor_way, .size = 4 * KIB },
	{ "floor-64k", "the same with pages of 64 KiB", .way = &floor_way, .size = 64 * KIB },
};
/* clang-format on */

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
	return !system->way->works || system->way->works(system);
}

void system_respond(struct end *end, unsigned int nr)
{
	const struct way *way = end->system->way;

	if (way->batch)
		way->batch(end, nr);
	else
		while (nr--)
			way->send(end);
}

void system_list(FILE *file)
{
	for (size_t i = 0; i < NR_SYSTEMS; i++)
		fprintf(file, "  %-26s %s\n", systems[i].name, systems[i].summary);
}

/* MSG_MORE: header and file share a segment. */
void send_header(const struct end *end)
{
	const struct content *content = end->content;

	if (content->header_size &&
	    send(end->socket, content->header, content->header_size, MSG_MORE) !=
		    (ssize_t)content->header_size)
		die_of(errno, "send");
}
