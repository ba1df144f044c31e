// SPDX-License-Identifier: LGPL-2.1-or-later
/* Names: the words for the numbers of the ABI. */
#define _GNU_SOURCE /* strerrordesc_np() */
#include <errno.h>
#include <string.h>

#include "libskiff.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static const char *const rungs[] = {
	[SKIFF_RUNG_AUTO] = "auto",
	[SKIFF_RUNG_UBUF] = "ubuf",
	[SKIFF_RUNG_SPLICE] = "splice",
	[SKIFF_RUNG_PIPE] = "pipe",
	[SKIFF_RUNG_COPY] = "copy",
};

static const char *const reasons[] = {
	[SKIFF_REASON_BEST] = "best",
	[SKIFF_REASON_FILE_SYSTEM] = "file_system",
	[SKIFF_REASON_DAX] = "dax",
	[SKIFF_REASON_NO_SPLICE] = "no_splice",
	[SKIFF_REASON_PROTOCOL] = "protocol",
	[SKIFF_REASON_NO_SG] = "no_sg",
	[SKIFF_REASON_REQUESTED] = "requested",
	[SKIFF_REASON_MEMORY] = "memory",
	[SKIFF_REASON_LOCAL] = "local",
	[SKIFF_REASON_NO_RELEASE] = "no_release",
};

static const char *const reason_texts[] = {
	[SKIFF_REASON_BEST] = "nothing stands in the way",
	[SKIFF_REASON_FILE_SYSTEM] =
		"the file system must be asked for each page",
	[SKIFF_REASON_DAX] = "the file has no page cache",
	[SKIFF_REASON_NO_SPLICE] = "the file can only be read into a buffer",
	[SKIFF_REASON_PROTOCOL] =
		"the socket's protocol copies what it is given",
	[SKIFF_REASON_NO_SG] =
		"the device of the route cannot gather, or compute checksums",
	[SKIFF_REASON_REQUESTED] = "the request asked for it",
	[SKIFF_REASON_MEMORY] = "the request has no file",
	[SKIFF_REASON_LOCAL] =
		"the route does not leave this machine by a card that gathers",
	[SKIFF_REASON_NO_RELEASE] =
		"the protocol cannot report when it lets go of pages",
};

static const char *const policies[] = {
	[SKIFF_POLICY_KEEP] = "keep",
	[SKIFF_POLICY_DROP] = "drop",
	[SKIFF_POLICY_DIRECT] = "direct",
	[SKIFF_POLICY_AUTO] = "auto",
};

static const char *const states[] = {
	[SKIFF_STATE_RUNNING] = "running",
	[SKIFF_STATE_ENDED] = "ended",
	[SKIFF_STATE_QUEUED] = "queued",
};

/* By the number of the bit. */
static const char *const features[] = {
	"uring", /* SKIFF_FEATURE_URING */
};

/* Likewise: SKIFF_DEVICE_* */
static const char *const capabilities[] = {
	"sg",
	"tso",
	"csum",
	"iommu",
	"may_bounce",
};

/* Only errnos that mean more, or less, than strerror() says of them. */
static const char *const errors[] = {
	[E2BIG] = "the module is older than this program and does not know "
		  "what was asked",
	[EACCES] = "a security module forbids the read or the send",
	[EAGAIN] = "no room in the socket, or nothing to read yet",
	[EBADF] = "no such descriptor, or the file is not open for reading",
	[EBUSY] = "too many transfers whose completion was not taken",
	[ECANCELED] = "the transfer was cancelled",
	[EINVAL] = "a size, flag, kind, policy, rung, count, range or reserved "
		   "field is not allowed",
	[EISDIR] = "the file is a directory",
	[ENOBUFS] = "the network holds as many bytes as it may: let peers read",
	[ENODATA] = "the file ended before the range did",
	[ENOENT] = "the context has no transfer of that id",
	[ENOTCONN] = "the socket is not connected, or no longer to that peer",
	[ENOTSOCK] = "the descriptor is not a socket",
	[ENOTTY] = "the module does not know this command",
	[EOPNOTSUPP] = "this file or route cannot do what the request insists "
		       "on: a rung, a policy, no copy, or to know "
		       "the release",
	[ESOCKTNOSUPPORT] = "the socket is not a stream",
	[ESPIPE] = "the file cannot be read at a position",
	[ETIMEDOUT] = "no byte could be queued, or was acknowledged, for the "
		      "length of the deadline",
};

static const char *name_of(const char *const *names, size_t nr, size_t value)
{
	return value < nr && names[value] ? names[value] : "unknown";
}

static int value_of(const char *const *names, size_t nr, const char *name)
{
	for (size_t i = 0; i < nr; i++)
		if (!strcmp(names[i], name))
			return i;
	return -EINVAL;
}

const char *skiff_rung_name(unsigned int rung)
{
	return name_of(rungs, ARRAY_SIZE(rungs), rung);
}

const char *skiff_reason_name(unsigned int reason)
{
	return name_of(reasons, ARRAY_SIZE(reasons), reason);
}

const char *skiff_reason_text(unsigned int reason)
{
	return name_of(reason_texts, ARRAY_SIZE(reason_texts), reason);
}

const char *skiff_policy_name(unsigned int policy)
{
	return name_of(policies, ARRAY_SIZE(policies), policy);
}

const char *skiff_state_name(unsigned int state)
{
	return name_of(states, ARRAY_SIZE(states), state);
}

const char *skiff_feature_name(unsigned int bit)
{
	return name_of(features, ARRAY_SIZE(features), bit);
}

const char *skiff_capability_name(unsigned int bit)
{
	return name_of(capabilities, ARRAY_SIZE(capabilities), bit);
}

int skiff_rung_by_name(const char *name)
{
	return value_of(rungs, ARRAY_SIZE(rungs), name);
}

int skiff_reason_by_name(const char *name)
{
	return value_of(reasons, ARRAY_SIZE(reasons), name);
}

int skiff_policy_by_name(const char *name)
{
	return value_of(policies, ARRAY_SIZE(policies), name);
}

int skiff_state_by_name(const char *name)
{
	return value_of(states, ARRAY_SIZE(states), name);
}

const char *skiff_strerror(int error)
{
	/* Unsigned, so that the negative of INT_MIN needs no care. */
	unsigned int number = error;
	const char *text;

	if (error < 0)
		number = -number;
	if (number < ARRAY_SIZE(errors) && errors[number])
		return errors[number];
	text = strerrordesc_np(number);
	return text ? text : "unknown error";
}
