/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What sending costs apart from copies: what disks and a card fetch by themselves,
 * and what skiff's kernel threads do for it.
 */
#ifndef SKIFF_TRACE_COST_H
#define SKIFF_TRACE_COST_H

#define COST_CARD_MAX 64 /* of its name, with the NUL */

/* Also by whom it is counted: the BPF program. */
struct cost {
	unsigned long long disk_reads;
	unsigned long long disk_bytes; /* by all disks, for anybody */
	unsigned long long card_maps;
	unsigned long long card_bytes; /* that the card was given to fetch */
	unsigned long long thread_ns;  /* of skiff's kernel threads and workers */
	unsigned long long thread_switches;
};

#ifndef __bpf__
#include <stdbool.h>

struct coster;

/* @card: as its directory below /sys/devices is named; "": none. Counts nothing
 * yet. NULL and errno if it cannot be had.
 */
struct coster *cost_open(const char *card);
void cost_close(struct coster *coster);

/* Whether this kernel tells what a card is given. */
bool cost_has_card(const struct coster *coster);

void cost_begin(struct coster *coster);
void cost_end(struct coster *coster, struct cost *cost);
#endif

#endif /* SKIFF_TRACE_COST_H */
