// SPDX-License-Identifier: GPL-2.0-only
/* skiff by each of its entry points; rung and policy are the system's. */
#include <stdlib.h>

#include "fail.h"
#include "libskiff_uring.h"
#include "ring.h"
#include "system.h"

#define BATCH 1024

struct skiff_end {
	int context;
	struct io_uring ring;
	struct skiff_piece pieces[2];
	unsigned int nr_pieces;
	struct skiff_request requests[BATCH];
	struct skiff_completion completions[BATCH];
};

static void skiff_end_open(struct end *end)
{
	const struct content *content = end->content;
	struct skiff_end *skiff = calloc(1, sizeof(*skiff));

	if (!skiff)
		die("no memory");
	skiff->context = skiff_open();
	if (skiff->context < 0)
		die_of(skiff->context, SKIFF_DEVICE);
	if (content->header_size)
		skiff->pieces[skiff->nr_pieces++] =
			skiff_piece_memory(content->header, content->header_size);
	skiff->pieces[skiff->nr_pieces++] = skiff_piece_file(end->file, 0, content->size);
	end->state = skiff;
}

static void skiff_end_close(struct end *end)
{
	struct skiff_end *skiff = end->state;

	skiff_close(skiff->context);
	free(skiff);
}

/* AUTO is no rung, and always there. */
static bool skiff_works(const struct system *system)
{
	int context = skiff_open();
	struct skiff_info info;
	int error = context < 0 ? context : skiff_info(context, &info, sizeof(info));
	bool works;

	if (error)
		die_of(error, SKIFF_DEVICE);
	skiff_close(context);
	works = (system->rung == SKIFF_RUNG_AUTO || info.out_rungs >> system->rung & 1) &&
		info.out_policies >> system->policy & 1;
	return works && (system->way != &skiff_uring_way || info.out_features & SKIFF_FEATURE_URING);
}

static struct skiff_request request_of(struct end *end, struct skiff_end *skiff)
{
	struct skiff_request request =
		skiff_request_for(end->socket, skiff->pieces, skiff->nr_pieces);

	request.rung = end->system->rung;
	request.policy = end->system->policy;
	return request;
}

static void send_one(struct end *end)
{
	struct skiff_end *skiff = end->state;
	struct skiff_request request = request_of(end, skiff);
	int64_t n = skiff_send(skiff->context, &request);

	if (n < 0 || request.out_error)
		die_of(n < 0 ? (int)n : request.out_error, "SKIFF_SEND");
}

const struct way skiff_send_way = {
	.open = skiff_end_open,
	.send = send_one,
	.close = skiff_end_close,
	.works = skiff_works,
};

static void take(struct skiff_end *skiff, unsigned int nr)
{
	int n = skiff_wait(skiff->context, skiff->completions, nr, nr, SKIFF_WAIT_FOREVER);

	if (n != (int)nr)
		die_of(n, "SKIFF_WAIT");
	while (nr--)
		if (skiff->completions[nr].error)
			die_of(skiff->completions[nr].error, "a transfer");
}

static void prepare(struct end *end, struct skiff_end *skiff, unsigned int nr)
{
	if (nr > BATCH)
		die("a batch is at most %d", BATCH);
	for (unsigned int i = 0; i < nr; i++)
		skiff->requests[i] = request_of(end, skiff);
}

static void submit_and_take(struct end *end, unsigned int nr)
{
	struct skiff_end *skiff = end->state;
	unsigned int accepted;

	prepare(end, skiff, nr);
	if (skiff_submit_batch(skiff->context, skiff->requests, nr, &accepted) || accepted != nr)
		die_of(skiff->requests[0].out_error, "SKIFF_SUBMIT");
	take(skiff, nr);
}

const struct way skiff_submit_way = {
	.open = skiff_end_open,
	.batch = submit_and_take,
	.close = skiff_end_close,
	.works = skiff_works,
};

static void skiff_uring_open(struct end *end)
{
	struct skiff_end *skiff;

	skiff_end_open(end);
	skiff = end->state;
	ring_open(&skiff->ring, BATCH);
}

static void skiff_uring_close(struct end *end)
{
	struct skiff_end *skiff = end->state;

	io_uring_queue_exit(&skiff->ring);
	skiff_end_close(end);
}

static void ring_and_take(struct end *end, unsigned int nr)
{
	struct skiff_end *skiff = end->state;
	struct io_uring_cqe *cqe;
	unsigned int head;

	prepare(end, skiff, nr);
	for (unsigned int i = 0; i < nr; i++)
		skiff_prep_send(ring_entry(&skiff->ring, i), skiff->context, &skiff->requests[i]);
	ring_submit(&skiff->ring, nr);
	io_uring_for_each_cqe(&skiff->ring, head, cqe) if (cqe->res < 0)
		die_of(cqe->res, "SKIFF_URING_SEND");
	io_uring_cq_advance(&skiff->ring, nr);
}

const struct way skiff_uring_way = {
	.open = skiff_uring_open,
	.batch = ring_and_take,
	.close = skiff_uring_close,
	.works = skiff_works,
};
