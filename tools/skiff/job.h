/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Jobs: what send and probe have in common, from the arguments to a request
 * that can be submitted. The calls report what is wrong and return a STATUS_.
 */
#ifndef SKIFF_JOB_H
#define SKIFF_JOB_H

#include "address.h"
#include "tool.h"

struct job {
	struct address address;
	uint64_t offset;
	uint64_t length;
	uint32_t flags;
	uint32_t rung;
	uint32_t policy;
	uint32_t deadline_ms;
	uint32_t readahead_kb;
	bool json;

	struct skiff_piece *pieces; /* one a file */
	unsigned int nr;	    /* that are open */

	int context; /* or negative */
	int sock;    /* or negative */
	struct skiff_request request;
};

#define JOB_INIT                          \
	{                                 \
		.context = -1, .sock = -1 \
	}

/* The part of the help that is the same for both. */
#define JOB_HELP                                                                           \
	"  --offset N       start at byte N of the file (with K, M, G or T: times 1024,\n" \
	"                   and so on)\n"                                                  \
	"  --length N       send N bytes (0, the default: up to the end of the file)\n"    \
	"  --rung RUNG      auto (the default), or insist on ubuf, splice, pipe, copy\n"   \
	"  --policy POLICY  keep in the page cache what was read (the default), drop it\n" \
	"                   afterwards, read direct, past it, or auto: by the range\n"     \
	"  --fallback       drop a file that cannot be read direct, or else keep it\n"     \
	"  --released       end when the network has let go of the bytes\n"                \
	"  --abort          reset the connection at the deadline\n"                        \
	"  --zerocopy       fail rather than have the CPU copy bytes of a file\n"          \
	"  --deadline MS    end the transfer when no byte could be queued for so long\n"   \
	"  --readahead N    read ahead in windows of at most N bytes (0, the default:\n"   \
	"                   as the socket and the disk need)\n"                            \
	"  --json           print the result as JSON\n"                                    \
	"  -h, --help       print this\n"

/* Take the arguments and open the files. Does not want the device. */
int job_parse(struct job *job, const struct command *command, int argc,
	      char **argv);

/* Open a context, connect the socket, fill the request. */
int job_start(struct job *job);

/* Close and free all of it, however far it came. */
void job_end(struct job *job);

#endif /* SKIFF_JOB_H */
