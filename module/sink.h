/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_SINK_H
#define _SKIFF_SINK_H

#include <linux/skiff.h>
#include <linux/uio.h>

struct skiff_socket;

bool skiff_sink_is_plain_tcp(const struct sock *sk);
bool skiff_sink_is_busy(struct skiff_socket *s);
bool skiff_sink_takes_pages(struct sock *sk, enum skiff_reason *reason);
ssize_t skiff_sink_send(struct skiff_socket *s, const struct iov_iter *iter,
			unsigned int flags, bool *by_ref, bool or_fail);
void skiff_sink_flush(struct skiff_socket *s);

#endif
