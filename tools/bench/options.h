/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdio.h>

/**
 * struct options - of all commands; each looks at those it knows
 * @suite: and
 * @case_: in the names of the results
 * @file: that is sent, or a folder for files
 * @near: network namespaces: of the sender
 * @far: of the receiver
 * @address: of the receiver
 * @card: whose DMA mappings are counted
 * @helper: thread whose time is the sender's, too
 * @buffer: bytes of the send and the receive buffer; 0: the kernel tunes them
 * @header: bytes before the file
 * @tls: the kernel encrypts
 * @rounds: measured together
 * @batch: requests at once
 * @runs: measurements of each system
 * @files: how many
 * @size: of a file
 * @connections: how many
 */
struct options {
	const char *suite;
	const char *case_;
	const char *file;
	const char *near;
	const char *far;
	const char *address;
	const char *card;
	unsigned int helper;
	unsigned int buffer;
	unsigned int header;
	unsigned int tls;
	unsigned int rounds;
	unsigned int batch;
	unsigned int runs;
	unsigned int files;
	unsigned int size;
	unsigned int connections;
};

/* Sets what is in the arguments; returns the first that is no option. */
char **options_parse(struct options *options, char **arguments);

void options_print(FILE *file);

#endif
