/* SPDX-License-Identifier: GPL-2.0-only */
/* What the running kernel has, by its type information (BTF). */
#ifndef SKIFF_TRACE_KERNEL_TYPES_H
#define SKIFF_TRACE_KERNEL_TYPES_H

struct bpf_object;

/* Programs for functions and tracepoints that it lacks are not loaded; @absent is
 * called with the name of each of these. -1 and errno if it tells nothing.
 */
int kernel_types_skip_absent(struct bpf_object *object,
			     void (*absent)(const char *name, void *data), void *data);

#endif /* SKIFF_TRACE_KERNEL_TYPES_H */
