// SPDX-License-Identifier: GPL-2.0-only
/* Ways of skiff: one transfer, submitted and waited for. */
#include <errno.h>

#include "way.h"

int skiff_way_open(const struct way *way, struct delivery *delivery)
{
	(void)way;
	delivery->context = skiff_open();
	return delivery->context < 0 ? delivery->context : 0;
}

int skiff_way_send(const struct way *way, struct delivery *delivery)
{
	struct skiff_piece piece =
		skiff_piece_file(delivery->file, 0, delivery->size);
	struct skiff_request request =
		skiff_request_for(delivery->sock, &piece, 1);
	struct skiff_completion completion;
	int nr, error;

	request.policy = way->policy;
	error = skiff_submit(delivery->context, &request);
	if (error)
		return error;
	delivery->id = request.out_id;
	nr = skiff_wait(delivery->context, &completion, 1, 1, SKIFF_WAIT_FOREVER);
	return nr < 0 ? nr : nr ? completion.error :
				  -EINTR;
}
