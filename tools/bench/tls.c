// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "fail.h"
#include "tls.h"

static void start(int socket, int direction)
{
	/* The cheapest to compute of what is in use everywhere. */
	static const struct tls12_crypto_info_aes_gcm_128 key = {
		.info.version = TLS_1_3_VERSION,
		.info.cipher_type = TLS_CIPHER_AES_GCM_128,
		.key = "skiff benchmark",
	};

	if (setsockopt(socket, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls")) ||
	    setsockopt(socket, SOL_TLS, direction, &key, sizeof(key)))
		die_of(errno, "kTLS");
}

void tls_send(int socket)
{
	start(socket, TLS_TX);
}

/* No record is padded: then they can be decrypted where the reader wants them. */
void tls_receive(int socket)
{
	static const int one = 1;

	start(socket, TLS_RX);
	if (setsockopt(socket, SOL_TLS, TLS_RX_EXPECT_NO_PAD, &one, sizeof(one)))
		die_of(errno, "TLS_RX_EXPECT_NO_PAD");
}
