// SPDX-License-Identifier: GPL-2.0-only
#include "fail.h"
#include "libskiff.h"
#include "transfers.h"

int transfers_open(void)
{
	int context = skiff_open();

	if (context < 0)
		die("%s: %s", SKIFF_DEVICE, skiff_strerror(context));
	return context;
}

static void submit_batch(int context, const int *sockets, const int *files, unsigned int nr,
			 uint64_t size, enum skiff_policy policy)
{
	struct skiff_request requests[TRANSFERS_BATCH];
	struct skiff_piece pieces[TRANSFERS_BATCH];
	unsigned int accepted;

	for (unsigned int i = 0; i < nr; i++) {
		pieces[i] = skiff_piece_file(files[i], 0, size);
		requests[i] = skiff_request_for(sockets[i], &pieces[i], 1);
		requests[i].policy = policy;
	}
	if (skiff_submit_batch(context, requests, nr, &accepted) || accepted != nr)
		die("SKIFF_SUBMIT: %s", skiff_strerror(requests[accepted % nr].out_error));
}

void transfers_submit(int context, const int *sockets, const int *files, unsigned int nr,
		      uint64_t size, enum skiff_policy policy)
{
	while (nr) {
		unsigned int n = nr < TRANSFERS_BATCH ? nr : TRANSFERS_BATCH;

		submit_batch(context, sockets, files, n, size, policy);
		sockets += n;
		files += n;
		nr -= n;
	}
}

void transfers_take(int context, unsigned int nr)
{
	struct skiff_completion completions[TRANSFERS_BATCH];

	while (nr) {
		int n = skiff_wait(context, completions, TRANSFERS_BATCH, 1, SKIFF_WAIT_FOREVER);

		if (n < 0)
			die("SKIFF_WAIT: %s", skiff_strerror(n));
		for (int i = 0; i < n; i++)
			if (completions[i].error)
				die("a transfer: %s", skiff_strerror(completions[i].error));
		nr -= (unsigned int)n;
	}
}
