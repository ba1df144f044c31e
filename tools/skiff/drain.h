/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SKIFF_DRAIN_H
#define SKIFF_DRAIN_H

/*
 * End the sending side of a socket and wait until the peer closes its own, so
 * that what is queued is delivered. Gives up when the peer took nothing for ten
 * seconds, or when the descriptor @stop becomes readable. Returns 0 if the peer
 * has everything (even if it did not close), -ETIMEDOUT or -EINTR if it has not,
 * or what the socket said.
 */
int drain(int sock, int stop);

#endif /* SKIFF_DRAIN_H */
