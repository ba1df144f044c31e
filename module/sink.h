/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SKIFF_SINK_H
#define _SKIFF_SINK_H

#include <linux/skiff.h>
#include <linux/uio.h>

#include "window.h"

struct skiff_flight;
struct skiff_socket;
struct tls_context;

/**
 * struct skiff_send - bytes for a socket
 * @socket: the socket
 * @window: they are the first @want of it
 * @want: how many
 * @flags: MSG_MORE or 0
 * @rung: what to take, of UBUF, SPLICE and COPY, or AUTO; receives what was
 *	taken
 * @no_copy: rather fail
 * @ask: the security module, too; only in the submitter's thread, and not with
 *	@no_copy
 * @flight: for UBUF; NULL: take SPLICE instead, unless UBUF was wanted
 * @by_frag: receives whether the window was emptied frag by frag
 * @device: receives the device that its route leaves by, where that was seen
 * @no_sg: receives whether that cannot gather
 * @encrypted: receives whether the CPU encrypts what is sent
 * @offers_ubuf: receives whether AUTO would be UBUF
 * @tally: receives what the socket took
 */
struct skiff_send {
	struct skiff_socket *socket;
	struct skiff_window *window;
	size_t want;
	unsigned int flags;
	enum skiff_rung rung;
	bool no_copy;
	bool ask;
	struct skiff_flight *flight;
	bool by_frag;
	unsigned int device;
	bool no_sg;
	bool encrypted;
	bool offers_ubuf;
	struct skiff_tally tally;
};

bool skiff_sink_is_plain_tcp(const struct sock *sk);
struct tls_context *skiff_sink_tls(struct sock *sk);
bool skiff_sink_is_busy(struct skiff_socket *s);
enum skiff_rung skiff_sink_choose(struct sock *sk, enum skiff_reason *reason);
ssize_t skiff_sink_send(struct skiff_send *send);
int skiff_sink_ask(struct skiff_socket *s);
bool skiff_sink_flush(struct skiff_socket *s);
void skiff_sink_push(struct file *file);
int skiff_sink_abort(struct skiff_socket *s, int err);

#endif
