// SPDX-License-Identifier: GPL-2.0-only
/*
 * Count what disks read, what a card is given to fetch, and the time of skiff's
 * kernel threads.
 *
 * The threads named skiff_* are its own. Its work queues run on the workers of the
 * kernel, which run everybody's: one is skiff's from the start of a work of a queue
 * named skiff* to its end, as long as it is on a CPU.
 */
#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "cost.h"
#include "kernel.h"

#define COMM_SIZE 16
#define QUEUE_SIZE 24

char LICENSE[] SEC("license") = "GPL";

bool counting;
struct cost cost;
const volatile char card[COST_CARD_MAX];

struct span {
	__u64 since;  /* when it came to a CPU or to the work, or 0 */
	bool working; /* between start and end of a work of skiff's */
	bool worked;  /* did such a work since it came to the CPU */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct span);
} spans SEC(".maps");

static bool begins_with_skiff(const char *name)
{
	return !bpf_strncmp(name, 5, "skiff");
}

static bool is_own_thread(struct task_struct *task)
{
	char name[COMM_SIZE];

	if (!(task->flags & PF_KTHREAD))
		return false;
	bpf_probe_read_kernel_str(name, sizeof(name), task->comm);
	return begins_with_skiff(name);
}

/* Of the queue whose work the current worker is about to do. */
static bool is_own_queue(struct task_struct *task)
{
	struct kthread *thread = task->worker_private;
	struct worker *worker = BPF_CORE_READ(thread, data);
	char name[QUEUE_SIZE] = "";

	BPF_CORE_READ_STR_INTO(&name, worker, current_pwq, wq, name);
	return begins_with_skiff(name);
}

static void stop_clock(struct span *span)
{
	if (counting && span->since)
		__sync_fetch_and_add(&cost.thread_ns, bpf_ktime_get_ns() - span->since);
	span->since = 0;
}

SEC("tp_btf/workqueue_execute_start")
int BPF_PROG(work_start)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();
	struct span *span;

	if (!counting || !(task->flags & PF_WQ_WORKER) || !is_own_queue(task))
		return 0;
	span = bpf_task_storage_get(&spans, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!span)
		return 0;
	span->since = bpf_ktime_get_ns();
	span->working = true;
	span->worked = true;
	return 0;
}

SEC("tp_btf/workqueue_execute_end")
int BPF_PROG(work_end)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();
	struct span *span = bpf_task_storage_get(&spans, task, NULL, 0);

	if (!span || !span->working)
		return 0;
	stop_clock(span);
	span->working = false;
	return 0;
}

static void leaves_cpu(struct task_struct *task)
{
	struct span *span = bpf_task_storage_get(&spans, task, NULL, 0);

	if (!span || (!span->since && !span->worked))
		return;
	stop_clock(span);
	span->worked = false;
	if (counting)
		__sync_fetch_and_add(&cost.thread_switches, 1);
}

static void comes_to_cpu(struct task_struct *task)
{
	bool own = is_own_thread(task);
	struct span *span = bpf_task_storage_get(&spans, task, NULL,
						 own ? BPF_LOCAL_STORAGE_GET_F_CREATE : 0);

	if (span && (own || span->working))
		span->since = bpf_ktime_get_ns();
}

SEC("tp_btf/sched_switch")
int BPF_PROG(task_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	if (!(prev->flags & PF_KTHREAD) && !(next->flags & PF_KTHREAD))
		return 0;
	leaves_cpu(prev);
	if (counting)
		comes_to_cpu(next);
	return 0;
}

SEC("tp_btf/block_rq_complete")
int BPF_PROG(disk_read, struct request *request, int error, unsigned int bytes)
{
	if (!counting || (request->cmd_flags & REQ_OP_MASK) != REQ_OP_READ)
		return 0;
	__sync_fetch_and_add(&cost.disk_reads, 1);
	__sync_fetch_and_add(&cost.disk_bytes, bytes);
	return 0;
}

SEC("tp_btf/dma_map_page")
int BPF_PROG(card_map, struct device *device, __u64 physical, __u64 address, size_t size,
	     int direction)
{
	char name[COST_CARD_MAX] = "";

	if (!counting || direction != DMA_TO_DEVICE)
		return 0;
	bpf_probe_read_kernel_str(name, sizeof(name), device->kobj.name);
	if (bpf_strncmp(name, sizeof(name), (const char *)card))
		return 0;
	__sync_fetch_and_add(&cost.card_maps, 1);
	__sync_fetch_and_add(&cost.card_bytes, size);
	return 0;
}
