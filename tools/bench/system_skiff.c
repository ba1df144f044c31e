// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "fail.h"
#include "libskiff.h"
#include "system.h"

#define BATCH 1024

struct skiff_end {
	int context;
	unsigned int rung;
	struct skiff_piece pieces[2];
	unsigned int nr_pieces;
	struct skiff_request requests[BATCH];
	struct skiff_completion completions[BATCH];
};

static void open_with(struct end *end, unsigned int rung)
{
	const struct content *content = end->content;
	struct skiff_end *skiff = calloc(1, sizeof(*skiff));

	if (!skiff)
		die("no memory");
	skiff->context = skiff_open();
	if (skiff->context < 0)
		die_of(skiff->context, SKIFF_DEVICE);
	skiff->rung = rung;
	if (content->header_size)
		skiff->pieces[skiff->nr_pieces++] =
			skiff_piece_memory(content->header, content->header_size);
	skiff->pieces[skiff->nr_pieces++] = skiff_piece_file(end->file, 0, content->size);
	end->state = skiff;
}

void skiff_end_open(struct end *end)
{
	open_with(end, SKIFF_RUNG_AUTO);
}

void skiff_end_ubuf_open(struct end *end)
{
	open_with(end, SKIFF_RUNG_UBUF);
}

void skiff_end_splice_open(struct end *end)
{
	open_with(end, SKIFF_RUNG_SPLICE);
}

bool skiff_has_ubuf(void)
{
	int context = skiff_open();
	struct skiff_info info;
	bool has = context >= 0 && !skiff_info(context, &info, sizeof(info)) &&
		   info.out_rungs & 1U << SKIFF_RUNG_UBUF;

	skiff_close(context);
	return has;
}

void skiff_end_close(struct end *end)
{
	struct skiff_end *skiff = end->state;

	skiff_close(skiff->context);
	free(skiff);
}

static struct skiff_request request_of(struct end *end, struct skiff_end *skiff)
{
	struct skiff_request request =
		skiff_request_for(end->socket, skiff->pieces, skiff->nr_pieces);

	request.rung = skiff->rung;
	return request;
}

void skiff_send_respond(struct end *end, unsigned int nr)
{
	struct skiff_end *skiff = end->state;

	while (nr--) {
		struct skiff_request request = request_of(end, skiff);
		int64_t n = skiff_send(skiff->context, &request);

		if (n < 0 || request.out_error)
			die_of(n < 0 ? (int)n : request.out_error, "SKIFF_SEND");
	}
}

static void take(struct skiff_end *skiff, unsigned int nr)
{
	int n = skiff_wait(skiff->context, skiff->completions, nr, nr, SKIFF_WAIT_FOREVER);

	if (n != (int)nr)
		die_of(n, "SKIFF_WAIT");
	while (nr--)
		if (skiff->completions[nr].error)
			die_of(skiff->completions[nr].error, "a transfer");
}

void skiff_submit_respond(struct end *end, unsigned int nr)
{
	struct skiff_end *skiff = end->state;
	unsigned int accepted;

	if (nr > BATCH)
		die("a batch is at most %d", BATCH);
	for (unsigned int i = 0; i < nr; i++)
		skiff->requests[i] = request_of(end, skiff);
	if (skiff_submit_batch(skiff->context, skiff->requests, nr, &accepted) || accepted != nr)
		die_of(skiff->requests[0].out_error, "SKIFF_SUBMIT");
	take(skiff, nr);
}
