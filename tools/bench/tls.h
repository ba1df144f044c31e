/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TLS_H
#define TLS_H

/* One direction of a TCP connection in TLS 1.3, by the kernel, with a key that
 * is in the source: there is no handshake to measure. The other direction stays
 * as it is. Both end the program on an error.
 */
void tls_send(int socket);
void tls_receive(int socket);

#endif
