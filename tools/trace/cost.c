// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/libbpf.h>

#include "cost.h"
#include "cost.skel.h"
#include "kernel_types.h"

struct coster {
	struct cost_bpf *bpf;
	bool has_card;
};

static void note_absent(const char *name, void *data)
{
	struct coster *coster = data;

	if (!strcmp(name, "dma_map_page"))
		coster->has_card = false;
}

static int load(struct coster *coster, const char *card)
{
	coster->bpf = cost_bpf__open();
	if (!coster->bpf ||
	    kernel_types_skip_absent(coster->bpf->obj, note_absent, coster))
		return -1;
	if (!*card)
		bpf_program__set_autoload(coster->bpf->progs.card_map, false);
	strncpy((char *)coster->bpf->rodata->card, card, COST_CARD_MAX - 1);
	if (cost_bpf__load(coster->bpf))
		return -1;
	return cost_bpf__attach(coster->bpf);
}

struct coster *cost_open(const char *card)
{
	struct coster *coster = calloc(1, sizeof(*coster));

	if (!coster)
		return NULL;
	coster->has_card = *card && strlen(card) < COST_CARD_MAX;
	if (!load(coster, card))
		return coster;
	cost_close(coster);
	return NULL;
}

void cost_close(struct coster *coster)
{
	int error = errno;

	if (coster)
		cost_bpf__destroy(coster->bpf);
	free(coster);
	errno = error;
}

bool cost_has_card(const struct coster *coster)
{
	return coster->has_card;
}

void cost_begin(struct coster *coster)
{
	memset(&coster->bpf->bss->cost, 0, sizeof(coster->bpf->bss->cost));
	coster->bpf->bss->counting = true;
}

void cost_end(struct coster *coster, struct cost *cost)
{
	coster->bpf->bss->counting = false;
	*cost = coster->bpf->bss->cost;
}
