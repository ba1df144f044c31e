// SPDX-License-Identifier: GPL-2.0-only
/* skiff recv: a plain receiver, to see what arrives. Needs no module. */
#define _GNU_SOURCE /* accept4() */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "address.h"
#include "table.h"
#include "units.h"

#define COUNT_MAX 1000000

static char buffer[1 << 20];

struct receiver {
	struct address address;
	const char *name; /* of the file, or NULL */
	const char *host;
	uint64_t count;
	bool json;
	int file;
	EVP_MD_CTX *digest;
};

static int write_all(int file, const char *from, size_t length)
{
	while (length) {
		ssize_t nr = write(file, from, length);

		if (nr < 0 && errno != EINTR)
			return -errno;
		if (nr > 0) {
			from += nr;
			length -= nr;
		}
	}
	return 0;
}

/* Read one connection to its end; *bytes counts what came, also on failure. */
static int receive(struct receiver *receiver, int sock, uint64_t *bytes)
{
	ssize_t nr;
	int error;

	while ((nr = read(sock, buffer, sizeof(buffer)))) {
		if (nr < 0 && errno == EINTR)
			continue;
		if (nr < 0)
			return failed("cannot read on after %" PRIu64
				      " bytes: %s",
				      *bytes, strerror(errno));
		*bytes += nr;
		EVP_DigestUpdate(receiver->digest, buffer, nr);
		error = receiver->name ? write_all(receiver->file, buffer, nr) :
					 0;
		if (error)
			return failed("cannot write `%s': %s", receiver->name,
				      strerror(-error));
	}
	return STATUS_OK;
}

static void print_received(struct receiver *receiver, uint64_t bytes,
			   uint64_t ns)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	char hex[2 * EVP_MAX_MD_SIZE + 1] = "";
	struct table table = { 0 };
	unsigned int length = 0;

	EVP_DigestFinal_ex(receiver->digest, digest, &length);
	for (unsigned int i = 0; i < length; i++)
		sprintf(hex + 2 * i, "%02x", digest[i]);
	table_value(&table, "bytes", SKIFF_UNIT_BYTES, bytes);
	table_value(&table, "ns", SKIFF_UNIT_NS, ns);
	table_string(&table, "sha256", hex);
	table_print_as(&table, receiver->json);
	table_free(&table);
	fflush(stdout);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static int serve_one(struct receiver *receiver, int listener)
{
	uint64_t bytes = 0, start;
	int sock, status;

	do
		sock = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	while (sock < 0 && (errno == EINTR || errno == ECONNABORTED));
	if (sock < 0)
		return failed("cannot accept a connection: %s",
			      strerror(errno));
	start = now_ns();
	EVP_DigestInit_ex(receiver->digest, EVP_sha256(), NULL);
	status = receive(receiver, sock, &bytes);
	print_received(receiver, bytes, now_ns() - start);
	close(sock);
	return status;
}

static int serve(struct receiver *receiver)
{
	int status, listener;

	status = address_listen(&receiver->address, &listener);
	if (status)
		return status;
	status = address_announce(&receiver->address, listener);
	for (uint64_t i = 0; i < receiver->count && !status; i++)
		status = serve_one(receiver, listener);
	close(listener);
	address_remove(&receiver->address);
	return status;
}

/* The file is opened first: nobody need connect if it cannot be written. */
static int serve_into_file(struct receiver *receiver)
{
	int status;

	receiver->file = open(receiver->name,
			      O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (receiver->file < 0)
		return failed("cannot write `%s': %s", receiver->name,
			      strerror(errno));
	status = serve(receiver);
	if (close(receiver->file) && !status)
		return failed("cannot write `%s': %s", receiver->name,
			      strerror(errno));
	return status;
}

static const struct option options[] = {
	{ "bind", required_argument, NULL, 'b' },
	{ "count", required_argument, NULL, 'c' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{}
};

static int take_option(struct receiver *receiver, int code)
{
	switch (code) {
	case 'b':
		receiver->host = optarg;
		return STATUS_OK;
	case 'c':
		if (parse_number(optarg, 1, COUNT_MAX, &receiver->count))
			return misused("count must be 1 to %d: `%s'", COUNT_MAX,
				       optarg);
		return STATUS_OK;
	case 'j':
		receiver->json = true;
		return STATUS_OK;
	case 'h':
		exit(show_help(&command_recv));
	default:
		return misused_command(&command_recv);
	}
}

static int run(int argc, char **argv)
{
	struct receiver receiver = { .count = 1 };
	int code, status;

	while ((code = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		status = take_option(&receiver, code);
		if (status)
			return status;
	}
	if (argc - optind < 1 || argc - optind > 2) {
		warn("recv wants a PORT or unix:/PATH, and at most one FILE");
		return misused_command(&command_recv);
	}
	receiver.name = argv[optind + 1];
	if (receiver.name && !strcmp(receiver.name, "-"))
		return misused("FILE must be a name; the bytes are not written to standard output: `-'");
	if (receiver.name && receiver.count > 1)
		return misused("FILE goes with one connection, not with --count %" PRIu64,
			       receiver.count);
	status = address_parse_local(&receiver.address, argv[optind],
				     receiver.host);
	if (status)
		return status;
	receiver.digest = EVP_MD_CTX_new();
	if (!receiver.digest)
		return failed("no memory to receive with");
	status = receiver.name ? serve_into_file(&receiver) : serve(&receiver);
	EVP_MD_CTX_free(receiver.digest);
	return status;
}

const struct command command_recv = {
	.name = "recv",
	.summary = "receive what is sent, and print its length and SHA-256",
	.help =
		"Usage: skiff recv [OPTION...] PORT [FILE]\n"
		"       skiff recv [OPTION...] unix:/PATH [FILE]\n"
		"Listen, accept one connection, read it to its end (into FILE if there is one)\n"
		"and print the bytes, the time and their SHA-256. PORT 0 takes any free port.\n"
		"`listening on ADDRESS' is printed on standard error as soon as a peer can\n"
		"connect. Needs no module.\n"
		"\n"
		"  --bind HOST      listen on this address only (default: on all)\n"
		"  --count N        accept N connections, one after another (default: 1)\n"
		"  --json           print the result as JSON\n"
		"  -h, --help       print this\n"
		"\n"
		"Exit: 0 all was received, 1 not, 2 wrong arguments.\n",
	.run = run,
};
