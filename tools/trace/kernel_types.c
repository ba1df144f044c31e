// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "kernel_types.h"

#define TRACEPOINT "tp_btf/"
#define RECORD "tracepoint/" /* not of its type information */

static bool has(const struct btf *kernel, const char *section, const char *name)
{
	char type[128];

	if (!strncmp(section, RECORD, strlen(RECORD)))
		return true;
	if (strncmp(section, TRACEPOINT, strlen(TRACEPOINT)))
		return btf__find_by_name_kind(kernel, name, BTF_KIND_FUNC) >= 0;
	snprintf(type, sizeof(type), "btf_trace_%s", name);
	return btf__find_by_name_kind(kernel, type, BTF_KIND_TYPEDEF) >= 0;
}

int kernel_types_skip_absent(struct bpf_object *object,
			     void (*absent)(const char *name, void *data), void *data)
{
	struct btf *kernel = btf__load_vmlinux_btf();
	struct bpf_program *program = NULL;

	if (!kernel)
		return -1;
	while ((program = bpf_object__next_program(object, program))) {
		const char *section = bpf_program__section_name(program);
		const char *name = strchr(section, '/') + 1;

		if (has(kernel, section, name))
			continue;
		bpf_program__set_autoload(program, false);
		absent(name, data);
	}
	btf__free(kernel);
	return 0;
}
