/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints skiff:*, one for each step on the way of a transfer. All fields
 * are scalar; @id is that of the transfer, positions and lengths are bytes, times
 * nanoseconds. uapi/ABI/tracepoints says what they mean: keep the two alike.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM skiff

#if !defined(_SKIFF_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _SKIFF_TRACE_H

#include <linux/tracepoint.h>

#include "sink.h"
#include "socket.h"
#include "transfer.h"

#define skiff_show_rung(rung)						\
	__print_symbolic(rung, { SKIFF_RUNG_UBUF, "ubuf" },		\
			       { SKIFF_RUNG_SPLICE, "splice" },		\
			       { SKIFF_RUNG_PIPE, "pipe" },		\
			       { SKIFF_RUNG_COPY, "copy" })

#define skiff_show_policy(policy)					\
	__print_symbolic(policy, { SKIFF_POLICY_KEEP, "keep" },		\
				 { SKIFF_POLICY_DROP, "drop" },		\
				 { SKIFF_POLICY_DIRECT, "direct" },	\
				 { SKIFF_POLICY_AUTO, "auto" })

TRACE_EVENT(skiff_submit,
	TP_PROTO(const struct skiff_transfer *t),
	TP_ARGS(t),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(u64, cookie)
		__field(u64, bytes)
		__field(unsigned long, socket)
		__field(u32, rung)
		__field(u32, policy)
		__field(u32, pid)
	),
	TP_fast_assign(
		__entry->id = t->id;
		__entry->cookie = t->receipt.cookie;
		__entry->bytes = t->receipt.bytes_requested;
		__entry->socket = file_inode(t->socket->file)->i_ino;
		__entry->rung = t->receipt.rung;
		__entry->policy = t->receipt.policy;
		__entry->pid = current->tgid;
	),
	TP_printk("id=%llu cookie=%llu bytes=%llu socket=%lu rung=%s policy=%s pid=%u",
		  __entry->id, __entry->cookie, __entry->bytes,
		  __entry->socket, skiff_show_rung(__entry->rung),
		  skiff_show_policy(__entry->policy), __entry->pid)
);

TRACE_EVENT(skiff_window,
	TP_PROTO(const struct skiff_transfer *t, const struct skiff_window *w),
	TP_ARGS(t, w),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(u64, pos)
		__field(u32, part)
		__field(u32, bytes)
		__field(u32, segments)
	),
	TP_fast_assign(
		__entry->id = t->id;
		__entry->pos = t->parts[t->current_part].pos;
		__entry->part = t->current_part;
		__entry->bytes = w->bytes;
		__entry->segments = w->nr;
	),
	TP_printk("id=%llu part=%u pos=%llu bytes=%u segments=%u",
		  __entry->id, __entry->part, __entry->pos, __entry->bytes,
		  __entry->segments)
);

TRACE_EVENT(skiff_fill,
	TP_PROTO(const struct skiff_transfer *t, u64 ns),
	TP_ARGS(t, ns),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(u64, pos)
		__field(u64, ns)
		__field(s64, result)
		__field(u32, part)
		__field(u32, pages)
		__field(bool, ahead)
	),
	TP_fast_assign(
		__entry->id = t->id;
		__entry->pos = t->fill.range.pos;
		__entry->ns = ns;
		__entry->result = t->fill.result;
		__entry->part = t->fill.range.part;
		__entry->pages = t->fill.range.read;
		__entry->ahead = t->fill.ahead;
	),
	TP_printk("id=%llu part=%u pos=%llu ahead=%d pages=%u result=%lld ns=%llu",
		  __entry->id, __entry->part, __entry->pos, __entry->ahead,
		  __entry->pages, __entry->result, __entry->ns)
);

TRACE_EVENT(skiff_send,
	TP_PROTO(const struct skiff_transfer *t, const struct skiff_send *send,
		 ssize_t result),
	TP_ARGS(t, send, result),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(s64, result)
		__field(u64, want)
		__field(u32, rung)
		__field(u32, frags)
		__field(bool, more)
	),
	TP_fast_assign(
		__entry->id = t->id;
		__entry->result = result;
		__entry->want = send->want;
		__entry->rung = send->rung;
		__entry->frags = send->tally.frags;
		__entry->more = send->flags;
	),
	TP_printk("id=%llu rung=%s want=%llu result=%lld frags=%u more=%d",
		  __entry->id, skiff_show_rung(__entry->rung), __entry->want,
		  __entry->result, __entry->frags, __entry->more)
);

DECLARE_EVENT_CLASS(skiff_wait,
	TP_PROTO(const struct skiff_transfer *t, u64 ns),
	TP_ARGS(t, ns),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(u64, ns)
	),
	TP_fast_assign(
		__entry->id = t->id;
		__entry->ns = ns;
	),
	TP_printk("id=%llu ns=%llu", __entry->id, __entry->ns)
);

#define WAIT_EVENT(name)						\
DEFINE_EVENT(skiff_wait, name,						\
	TP_PROTO(const struct skiff_transfer *t, u64 ns),		\
	TP_ARGS(t, ns)							\
)

WAIT_EVENT(skiff_turn_wait);
WAIT_EVENT(skiff_disk_wait);
WAIT_EVENT(skiff_room_wait);
WAIT_EVENT(skiff_release_wait);

TRACE_EVENT(skiff_release,
	TP_PROTO(const struct skiff_transfer *t),
	TP_ARGS(t),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(u64, bytes)
		__field(u64, ns)
	),
	TP_fast_assign(
		__entry->id = t->id;
		__entry->bytes = t->receipt.bytes_queued;
		__entry->ns = t->receipt.released_ns - t->receipt.submit_ns;
	),
	TP_printk("id=%llu bytes=%llu ns=%llu", __entry->id, __entry->bytes,
		  __entry->ns)
);

TRACE_EVENT(skiff_complete,
	TP_PROTO(const struct skiff_transfer *t),
	TP_ARGS(t),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(u64, queued)
		__field(u64, by_ref)
		__field(u64, copied)
		__field(u64, ns)
		__field(s32, error)
	),
	TP_fast_assign(
		__entry->id = t->id;
		__entry->queued = t->receipt.bytes_queued;
		__entry->by_ref = t->receipt.bytes_by_ref;
		__entry->copied = t->receipt.bytes_copied;
		__entry->ns = t->receipt.end_ns - t->receipt.submit_ns;
		__entry->error = t->receipt.error;
	),
	TP_printk("id=%llu error=%d queued=%llu by_ref=%llu copied=%llu ns=%llu",
		  __entry->id, __entry->error, __entry->queued,
		  __entry->by_ref, __entry->copied, __entry->ns)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
