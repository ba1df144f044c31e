// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "options.h"

struct option {
	const char *name;
	const char *value;
	const char *summary;
	size_t offset;
	bool is_number;
};

#define TEXT(name, field, value, summary)                                    \
	{                                                                    \
		name, value, summary, offsetof(struct options, field), false \
	}
#define NUMBER(name, field, value, summary)                                 \
	{                                                                   \
		name, value, summary, offsetof(struct options, field), true \
	}

static const struct option table[] = {
	TEXT("--suite", suite, "NAME", "in the results"),
	TEXT("--case", case_, "NAME", "likewise"),
	TEXT("--file", file, "PATH", "what is sent, or a folder to make files in"),
	TEXT("--near", near, "NAMESPACE", "of the network, for the sender"),
	TEXT("--far", far, "NAMESPACE", "for the receiver"),
	TEXT("--address", address, "IPV4", "of the receiver"),
	TEXT("--card", card, "DEVICE", "count its DMA mappings, too"),
	NUMBER("--helper", helper, "THREAD", "its time is the sender's, too"),
	NUMBER("--buffer", buffer, "BYTES", "send and receive buffer, each; 0: as it comes"),
	NUMBER("--header", header, "BYTES", "before the file"),
	NUMBER("--tls", tls, "0|1", "encrypted by the kernel (kTLS)"),
	NUMBER("--rounds", rounds, "N", "requests measured together, one after another"),
	NUMBER("--batch", batch, "N", "responses that are asked for at once"),
	NUMBER("--runs", runs, "N", "measurements of each system, in turn"),
	NUMBER("--files", files, "N", "how many"),
	NUMBER("--size", size, "BYTES", "of each file"),
	NUMBER("--connections", connections, "N", "how many"),
};

#define NR_OPTIONS (sizeof(table) / sizeof(table[0]))

static const struct option *find(const char *name)
{
	for (size_t i = 0; i < NR_OPTIONS; i++)
		if (!strcmp(table[i].name, name))
			return &table[i];
	die("there is no option `%s'", name);
}

static unsigned int number(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 0);

	if (*end || end == text || value > 1U << 31)
		die("a number was wanted, not `%s'", text);
	return (unsigned int)value;
}

char **options_parse(struct options *options, char **arguments)
{
	for (; *arguments && !strncmp(*arguments, "--", 2); arguments += 2) {
		const struct option *option = find(*arguments);
		char *field = (char *)options + option->offset, *value = arguments[1];

		if (!value)
			die("%s wants a value", option->name);
		if (option->is_number)
			*(unsigned int *)field = number(value);
		else
			*(const char **)field = value;
	}
	return arguments;
}

void options_print(FILE *file)
{
	for (size_t i = 0; i < NR_OPTIONS; i++)
		fprintf(file, "  %-13s %-9s  %s\n", table[i].name, table[i].value, table[i].summary);
}
