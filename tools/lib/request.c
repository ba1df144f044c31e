// SPDX-License-Identifier: LGPL-2.1-or-later
/* Requests: the ways of handing one to the module. */
#include "command.h"

int skiff_submit_batch(int context, struct skiff_request *requests,
		       unsigned int nr, unsigned int *accepted)
{
	struct skiff_submit submit = {
		.size = sizeof(submit),
		.nr = nr,
		.stride = nr ? requests->size : 0,
		.requests = (uintptr_t)requests,
	};
	int error = command(context, SKIFF_SUBMIT, &submit);

	if (accepted)
		*accepted = submit.out_accepted;
	return error;
}

int skiff_submit(int context, struct skiff_request *request)
{
	int error = skiff_submit_batch(context, request, 1, NULL);

	return error ? error : request->out_error;
}

int skiff_probe(int context, struct skiff_request *request)
{
	uint32_t flags = request->flags;
	int error;

	request->flags |= SKIFF_REQUEST_PROBE;
	error = skiff_submit(context, request);
	request->flags = flags;
	return error;
}

int64_t skiff_send(int context, struct skiff_request *request)
{
	int error = command(context, SKIFF_SEND, request);

	return error ? error : (int64_t)request->out_queued;
}

int64_t skiff_send_file(int context, int socket, int file, uint64_t offset,
			uint64_t length)
{
	struct skiff_piece piece = skiff_piece_file(file, offset, length);
	struct skiff_request request = skiff_request_for(socket, &piece, 1);

	return skiff_send(context, &request);
}
