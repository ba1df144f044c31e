/* SPDX-License-Identifier: GPL-2.0-only */
/* What the witness has seen of one socket and one file, since it was loaded. */
#ifndef SKIFF_WITNESS_H
#define SKIFF_WITNESS_H

struct witness_counts {
	/* At the boundary: bytes that the socket took, */
	unsigned long long taken;
	/* of these: those that it took as references to pages, and */
	unsigned long long by_ref;
	/* of these: in pages of the file. */
	unsigned long long of_file;

	/* Below: bytes of the file that a cipher read from its own pages. */
	unsigned long long ciphered;
	/* Of packets that refer to a user's pages: made to refer to copies. */
	unsigned long long orphaned_skbs;
	unsigned long long orphaned_bytes;

	/* At the card: bytes that the driver mapped for it to fetch, */
	unsigned long long mapped;
	/* of these: headers. */
	unsigned long long headers;
	unsigned long long bounced;
	unsigned long long resent;

	/* Events that found no room. */
	unsigned long long lost;
};

#endif
