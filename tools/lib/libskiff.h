/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libskiff: a C interface to /dev/skiff. The words, structures, units and
 * errors are those of <linux/skiff.h>; read that first.
 *
 * Every call that can fail returns a negative errno (never -1 with errno, as
 * the structures carry negative errnos too); errno itself is left as it may be.
 * Nothing here allocates, keeps state or prints, so every call is safe from any
 * thread. Calls are not restarted: -EINTR reaches the caller.
 */
#ifndef LIBSKIFF_H
#define LIBSKIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <linux/skiff.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SKIFF_DEVICE "/dev/skiff"
#define SKIFF_SYSFS "/sys/class/misc/skiff"

/*
 * Contexts
 */

/* Open a context, close-on-exec. Returns its descriptor. -ENOENT: the module is
 * not loaded; -EACCES: the caller may not open the device.
 */
int skiff_open(void);

/* Close a context; its transfers end, and no further byte of them is queued
 * once this has returned.
 */
int skiff_close(int context);

/* What the module can do. @size: sizeof(*info) of the caller. */
int skiff_info(int context, struct skiff_info *info, size_t size);

/*
 * Requests. These are inline so that the sizes are those of the caller's
 * header, not of the library's.
 */

/* @length bytes of @file from @offset; a length of 0: up to its end. */
static inline struct skiff_piece skiff_piece_file(int file, uint64_t offset,
						  uint64_t length)
{
	struct skiff_piece piece;

	memset(&piece, 0, sizeof(piece));
	piece.kind = SKIFF_PIECE_FILE;
	piece.fd = file;
	piece.offset = offset;
	piece.length = length;
	return piece;
}

/* @length bytes of memory, which is copied at submit. */
static inline struct skiff_piece skiff_piece_memory(const void *memory,
						    size_t length)
{
	struct skiff_piece piece;

	memset(&piece, 0, sizeof(piece));
	piece.kind = SKIFF_PIECE_MEMORY;
	piece.offset = (uint64_t)(uintptr_t)memory;
	piece.length = length;
	return piece;
}

/*
 * A request with the defaults: rung AUTO, policy KEEP, the module's deadline.
 * @pieces must stay until the call that takes the request has returned, no
 * longer.
 */
static inline struct skiff_request
skiff_request_for(int socket, const struct skiff_piece *pieces, unsigned int nr)
{
	struct skiff_request request;

	memset(&request, 0, sizeof(request));
	request.size = sizeof(request);
	request.socket = socket;
	request.nr_pieces = nr;
	request.pieces = (uint64_t)(uintptr_t)pieces;
	return request;
}

/*
 * Transfers that run by themselves
 */

/* Start one transfer. Returns 0 if it was accepted (its id is in
 * @request->out_id), else why not.
 */
int skiff_submit(int context, struct skiff_request *request);

/*
 * Start @nr transfers from an array whose entries all have the size of the
 * first. Each has its own answer in out_error. @accepted, unless NULL, is set
 * to how many were accepted, also where the call fails because an entry could
 * not be read.
 */
int skiff_submit_batch(int context, struct skiff_request *requests,
		       unsigned int nr, unsigned int *accepted);

/* What skiff_submit() would do: returns 0 and sets out_rung, out_reason and
 * out_policy, or says why the request would be refused. Sends nothing; the request is
 * otherwise left as it was.
 */
int skiff_probe(int context, struct skiff_request *request);

/*
 * Take up to @nr completions (at least 1) when @min (0 to @nr) are there, or
 * @timeout_ns nanoseconds have gone by (0: do not wait; SKIFF_WAIT_FOREVER).
 * Returns how many were taken: fewer than @min if the time ran out or a signal
 * came; -EINTR if a signal came and there was none.
 */
int skiff_wait(int context, struct skiff_completion *completions,
	       unsigned int nr, unsigned int min, uint64_t timeout_ns);

/* Tell one transfer to end, or all of the context. Returns how many were told;
 * -ENOENT if that one has ended.
 */
int skiff_cancel(int context, uint64_t id);
int skiff_cancel_all(int context);

/* The receipt of a transfer of this context, running or ended of late.
 * @size: sizeof(*receipt) of the caller.
 */
int skiff_receipt(int context, uint64_t id, struct skiff_receipt *receipt,
		  size_t size);

/*
 * Transfers by io_uring: see libskiff_uring.h.
 */

/*
 * Transfers that the caller waits for
 */

/*
 * Run one request to its end. Returns the bytes queued if there were any, or if
 * there was nothing to send; else a negative errno. A short count is explained
 * by @request->out_error.
 */
int64_t skiff_send(int context, struct skiff_request *request);

/*
 * sendfile(2) with a 64-bit count and a position that is neither used nor
 * moved: queue @length bytes of @file from @offset (@length 0: up to its end).
 * Returns the bytes queued, which may be fewer, or a negative errno.
 */
int64_t skiff_send_file(int context, int socket, int file, uint64_t offset,
			uint64_t length);

/*
 * Words. The names are those of the enums, in lower case without their prefix
 * ("splice", "no_sg"), and "unknown" for a value that this library does not
 * know. The strings are constant.
 */
const char *skiff_rung_name(unsigned int rung);
const char *skiff_reason_name(unsigned int reason);
const char *skiff_policy_name(unsigned int policy);
const char *skiff_state_name(unsigned int state);

/* The name of the feature 1U << @bit. */
const char *skiff_feature_name(unsigned int bit);

/* The name of the capability of a device 1U << @bit: "sg", "may_bounce". */
const char *skiff_capability_name(unsigned int bit);

/* A reason as half a sentence: "nothing stands in the way". */
const char *skiff_reason_text(unsigned int reason);

/* The value of a name; -EINVAL if there is no such name. */
int skiff_rung_by_name(const char *name);
int skiff_reason_by_name(const char *name);
int skiff_policy_by_name(const char *name);
int skiff_state_by_name(const char *name);

/*
 * What an errno (of either sign) means when skiff says it; as strerror(3) for
 * the errnos that the ABI gives no meaning of its own.
 */
const char *skiff_strerror(int error);

/*
 * The members of a receipt, in their order, without size, flags and reserved.
 * The files of a transfer in sysfs have the same names.
 */
enum skiff_unit {
	SKIFF_UNIT_NUMBER, /* a count, or an id */
	SKIFF_UNIT_BYTES,
	SKIFF_UNIT_NS,	   /* a span of nanoseconds */
	SKIFF_UNIT_CLOCK,  /* nanoseconds of CLOCK_MONOTONIC, 0: not yet */
	SKIFF_UNIT_ERRNO,  /* 0 or a negative errno */
	SKIFF_UNIT_STATE,  /* enum skiff_state */
	SKIFF_UNIT_RUNG,   /* enum skiff_rung */
	SKIFF_UNIT_REASON, /* enum skiff_reason */
	SKIFF_UNIT_POLICY, /* enum skiff_policy */
	SKIFF_UNIT_CAPS,   /* SKIFF_DEVICE_* */
};

/**
 * struct skiff_field - a member of struct skiff_receipt
 * @name: its name
 * @offset: where it begins
 * @width: its bytes: 4 or 8
 * @unit: what its value means
 */
struct skiff_field {
	const char *name;
	unsigned short offset;
	unsigned short width;
	enum skiff_unit unit;
};

/* The table; @nr is set to its length. */
const struct skiff_field *skiff_receipt_fields(size_t *nr);

/* The field of that name, or NULL. */
const struct skiff_field *skiff_receipt_field(const char *name);

/* Whether the kernel filled this field: an older one fills fewer. */
bool skiff_field_present(const struct skiff_field *field,
			 const struct skiff_receipt *receipt);

/* The value of a field; an errno is sign-extended: cast it to int64_t. */
uint64_t skiff_field_value(const struct skiff_field *field,
			   const struct skiff_receipt *receipt);

#ifdef __cplusplus
}
#endif

#endif /* LIBSKIFF_H */
