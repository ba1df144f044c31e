// SPDX-License-Identifier: GPL-2.0-only
/*
 * profile: a plugin of QEMU's that counts the instructions that a guest spends
 * in each basic block between the call of one kernel function and that of
 * another, exactly.
 *
 * Arguments: out=FILE, to write to at the end; begin=ADDRESS and end=ADDRESS of
 * the functions. The output has a line for each block: its address and the
 * instructions spent there.
 *
 * The header of the interface is in no package of Debian 12; what is used of it
 * is declared here, as in version 1 of it, which QEMU 5.0 to 8.2 have.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
typedef struct qemu_info_t qemu_info_t;

enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };

typedef void (*translated_t)(qemu_plugin_id_t id, struct qemu_plugin_tb *block);
typedef void (*executed_t)(unsigned int cpu, void *data);
typedef void (*exited_t)(qemu_plugin_id_t id, void *data);

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, translated_t callback);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *block, executed_t callback,
					  enum qemu_plugin_cb_flags flags, void *data);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *block, enum qemu_plugin_op op,
					      void *counter, uint64_t add);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, exited_t callback, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *block);
int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv);

int qemu_plugin_version = 1;

/**
 * struct block - a translated block; one that is translated again is a new one
 * @address: of its first instruction
 * @count: instructions executed in it
 * @begin: @count when the counting began
 * @sum: of what was counted
 */
struct block {
	uint64_t address;
	uint64_t count;
	uint64_t begin;
	uint64_t sum;
	struct block *next;
};

static struct block *blocks;
static const char *out;
static uint64_t begin, end;
static bool counting;

static void at_begin(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	counting = true;
	for (struct block *b = blocks; b; b = b->next)
		b->begin = b->count;
}

static void at_end(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	for (struct block *b = blocks; b && counting; b = b->next)
		b->sum += b->count - b->begin;
	counting = false;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *from)
{
	struct block *b = calloc(1, sizeof(*b));

	(void)id;
	if (!b)
		abort();
	b->address = qemu_plugin_tb_vaddr(from);
	b->next = blocks;
	blocks = b;
	qemu_plugin_register_vcpu_tb_exec_inline(from, QEMU_PLUGIN_INLINE_ADD_U64, &b->count,
						 qemu_plugin_tb_n_insns(from));
	if (b->address == begin || b->address == end)
		qemu_plugin_register_vcpu_tb_exec_cb(from, b->address == begin ? at_begin : at_end,
						     QEMU_PLUGIN_CB_NO_REGS, NULL);
}

static void exited(qemu_plugin_id_t id, void *data)
{
	FILE *file = fopen(out, "w");

	(void)id;
	(void)data;
	if (!file)
		return;
	for (struct block *b = blocks; b; b = b->next)
		if (b->sum)
			fprintf(file, "%016" PRIx64 " %" PRIu64 "\n", b->address, b->sum);
	fclose(file);
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "out=", 4))
			out = strdup(argv[i] + 4);
		else if (!strncmp(argv[i], "begin=", 6))
			begin = strtoull(argv[i] + 6, NULL, 16);
		else if (!strncmp(argv[i], "end=", 4))
			end = strtoull(argv[i] + 4, NULL, 16);
	}
	if (!out || !begin || !end)
		return 1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, exited, NULL);
	return 0;
}
