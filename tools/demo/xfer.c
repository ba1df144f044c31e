// SPDX-License-Identifier: GPL-2.0-only
/*
 * xfer: send a list of files over a TCP connection, in one way or in several,
 * one after another, and print what each took as a line of JSON. Nothing but the
 * sending lies between the two points in time that are compared (see measure()).
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "libskiff.h"

#define BUFFER_SIZE 65536

struct sender {
	int socket;
	int context;	  /* of skiff */
	char *buffer;	  /* of read-write */
	const char *path; /* being sent */
	struct skiff_receipt sum;
};

struct method {
	const char *name;
	const char *summary;
	void (*send)(struct sender *sender, int file, off_t size);
};

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "xfer: ");
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\n");
	exit(1);
}

static void __attribute__((noreturn)) die_sending(const struct sender *sender, const char *what,
						  int error)
{
	die("cannot %s `%s': %s", what, sender->path, strerror(error));
}

static void write_all(struct sender *sender, const char *from, size_t size)
{
	while (size) {
		ssize_t done = write(sender->socket, from, size);

		if (done < 0)
			die_sending(sender, "write what was read of", errno);
		from += done;
		size -= done;
	}
}

static void send_read_write(struct sender *sender, int file, off_t size)
{
	for (off_t at = 0; at < size;) {
		ssize_t done = pread(file, sender->buffer, BUFFER_SIZE, at);

		if (done < 0)
			die_sending(sender, "read", errno);
		if (!done)
			die("`%s' became shorter", sender->path);
		write_all(sender, sender->buffer, done);
		at += done;
	}
}

static void send_mmap_write(struct sender *sender, int file, off_t size)
{
	char *map;

	if (!size)
		return;
	map = mmap(NULL, size, PROT_READ, MAP_SHARED, file, 0);
	if (map == MAP_FAILED)
		die_sending(sender, "map", errno);
	write_all(sender, map, size);
	munmap(map, size);
}

static void send_sendfile(struct sender *sender, int file, off_t size)
{
	off_t at = 0;

	while (at < size) {
		ssize_t done = sendfile(sender->socket, file, &at, size - at);

		if (done < 0)
			die_sending(sender, "sendfile", errno);
		if (!done)
			die("`%s' became shorter", sender->path);
	}
}

static void add_receipt(struct sender *sender, uint64_t id)
{
	struct skiff_receipt receipt, *sum = &sender->sum;
	int error = skiff_receipt(sender->context, id, &receipt, sizeof(receipt));

	if (error)
		die_sending(sender, "get the receipt of", -error);
	sum->rung = receipt.rung;
	sum->reason = receipt.reason;
	sum->bytes_queued += receipt.bytes_queued;
	sum->bytes_by_ref += receipt.bytes_by_ref;
	sum->bytes_copied += receipt.bytes_copied;
	sum->copied_memory += receipt.copied_memory;
	sum->copied_no_page_cache += receipt.copied_no_page_cache;
	sum->copied_socket += receipt.copied_socket;
	sum->copied_no_sg += receipt.copied_no_sg;
	sum->windows += receipt.windows;
	sum->folios += receipt.folios;
	sum->segments += receipt.segments;
	sum->disk_waits += receipt.disk_waits;
	sum->room_waits += receipt.room_waits;
	if (receipt.segment_max > sum->segment_max)
		sum->segment_max = receipt.segment_max;
}

static void send_skiff(struct sender *sender, int file, off_t size)
{
	struct skiff_piece piece = skiff_piece_file(file, 0, size);
	struct skiff_request request = skiff_request_for(sender->socket, &piece, 1);
	int64_t done;

	if (!size)
		return;
	done = skiff_send(sender->context, &request);
	if (done < 0)
		die("cannot send `%s': %s", sender->path, skiff_strerror(done));
	if (done != size)
		die("sent only %lld bytes of `%s': %s", (long long)done, sender->path,
		    skiff_strerror(request.out_error));
	add_receipt(sender, request.out_id);
}

static const struct method methods[] = {
	{ "read-write", "pread(2) of 64 KiB, write(2)", send_read_write },
	{ "mmap-write", "mmap(2) of the file, write(2)", send_mmap_write },
	{ "sendfile", "sendfile(2)", send_sendfile },
	{ "skiff", "SKIFF_SEND and its receipt", send_skiff },
};

#define NR_METHODS (sizeof(methods) / sizeof(methods[0]))

static void print_usage(FILE *file)
{
	fprintf(file,
		"Usage: xfer [--stops] METHOD[,METHOD]... HOST PORT LIST\n"
		"Send the files named in LIST, one path a line, to HOST, by each METHOD over a\n"
		"connection of its own:\n");
	for (size_t m = 0; m < NR_METHODS; m++)
		fprintf(file, "  %-12s %s\n", methods[m].name, methods[m].summary);
	fprintf(file,
		"With --stops, raise SIGSTOP before the first byte and after the last of each\n"
		"connection, for a tracer that counts only in between.\n");
}

static const struct method *find_method(const char *name)
{
	for (size_t m = 0; m < NR_METHODS; m++)
		if (!strcmp(methods[m].name, name))
			return &methods[m];
	print_usage(stderr);
	die("a METHOD was wanted, not `%s'", name);
}

/* The paths in @name, ended by NULL. */
static char **read_list(const char *name, size_t *nr)
{
	FILE *file = fopen(name, "r");
	size_t space = 0, size = 0;
	char **paths = NULL, *line = NULL;
	ssize_t len;

	if (!file)
		die("cannot open the list `%s': %s", name, strerror(errno));
	for (*nr = 0; (len = getline(&line, &size, file)) > 0; line = NULL, size = 0) {
		if (line[len - 1] == '\n')
			line[len - 1] = '\0';
		if (*nr == space) {
			space = space ? 2 * space : 1024;
			paths = reallocarray(paths, space, sizeof(*paths));
			if (!paths)
				die("no memory for the list `%s'", name);
		}
		paths[(*nr)++] = line;
	}
	free(line);
	if (ferror(file) || fclose(file))
		die("cannot read the list `%s': %s", name, strerror(errno));
	return paths;
}

static int connect_to(const char *host, const char *port)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found, *address;
	int fd = -1, error = getaddrinfo(host, port, &hints, &found);

	if (error)
		die("`%s' port `%s' is no address: %s", host, port, gai_strerror(error));
	for (address = found; address; address = address->ai_next) {
		fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd >= 0 && !connect(fd, address->ai_addr, address->ai_addrlen))
			break;
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	if (fd < 0)
		die("cannot connect to `%s' port `%s': %s", host, port, strerror(errno));
	freeaddrinfo(found);
	return fd;
}

static uint64_t send_file(struct sender *sender, const struct method *method, const char *path)
{
	struct stat status;
	int file;

	sender->path = path;
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0 || fstat(file, &status))
		die_sending(sender, "open", errno);
	method->send(sender, file, status.st_size);
	close(file);
	return status.st_size;
}

/* The peer closes when it has all: until then some may not be on its way yet. */
static void finish(struct sender *sender)
{
	char byte;

	if (shutdown(sender->socket, SHUT_WR) || read(sender->socket, &byte, 1) != 0)
		die("the receiver did not end in order");
}

static double seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double cpu(const struct timeval *from, const struct timeval *to)
{
	return (double)(to->tv_sec - from->tv_sec) + 1e-6 * (double)(to->tv_usec - from->tv_usec);
}

static void print_receipt(const struct skiff_receipt *sum)
{
	printf(", \"receipt\": { \"rung\": \"%s\", \"reason\": \"%s\"", skiff_rung_name(sum->rung),
	       skiff_reason_name(sum->reason));
#define PRINT(field) printf(", \"" #field "\": %llu", (unsigned long long)sum->field)
	PRINT(bytes_queued);
	PRINT(bytes_by_ref);
	PRINT(bytes_copied);
	PRINT(copied_memory);
	PRINT(copied_no_page_cache);
	PRINT(copied_socket);
	PRINT(copied_no_sg);
	PRINT(windows);
	PRINT(folios);
	PRINT(segments);
	PRINT(segment_max);
	PRINT(disk_waits);
	PRINT(room_waits);
#undef PRINT
	printf(" }");
}

static void measure(struct sender *sender, const struct method *method, char **paths, size_t nr,
		    bool stops)
{
	struct rusage before, after;
	uint64_t bytes = 0;
	pid_t self = getpid();
	double begin, end;

	if (stops)
		kill(self, SIGSTOP);
	getrusage(RUSAGE_SELF, &before);
	begin = seconds(CLOCK_MONOTONIC);
	for (size_t i = 0; i < nr; i++)
		bytes += send_file(sender, method, paths[i]);
	finish(sender);
	end = seconds(CLOCK_MONOTONIC);
	getrusage(RUSAGE_SELF, &after);
	if (stops)
		kill(self, SIGSTOP);

	printf("{ \"method\": \"%s\", \"files\": %zu, \"bytes\": %llu, \"seconds\": %.6f, "
	       "\"user_seconds\": %.6f, \"system_seconds\": %.6f",
	       method->name, nr, (unsigned long long)bytes, end - begin,
	       cpu(&before.ru_utime, &after.ru_utime), cpu(&before.ru_stime, &after.ru_stime));
	if (method->send == send_skiff)
		print_receipt(&sender->sum);
	printf(" }\n");
	if (fflush(stdout))
		die("cannot write the result: %s", strerror(errno));
}

static void transfer(const struct method *method, char **arguments, char **paths, size_t nr,
		     bool stops)
{
	struct sender sender = { .context = -1 };

	sender.buffer = malloc(BUFFER_SIZE);
	if (!sender.buffer)
		die("no memory");
	if (method->send == send_skiff) {
		sender.context = skiff_open();
		if (sender.context < 0)
			die("cannot open %s: %s", SKIFF_DEVICE, skiff_strerror(sender.context));
	}
	sender.socket = connect_to(arguments[1], arguments[2]);
	measure(&sender, method, paths, nr, stops);
	close(sender.socket);
	if (sender.context >= 0)
		skiff_close(sender.context);
	free(sender.buffer);
}

int main(int argc, char **argv)
{
	bool stops = argc > 1 && !strcmp(argv[1], "--stops");
	char **arguments = argv + 1 + stops, **paths, *name;
	const struct method *chosen[16];
	size_t nr_chosen = 0, nr;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		print_usage(stdout);
		return 0;
	}
	if (argc - 1 - stops != 4) {
		print_usage(stderr);
		die("METHOD HOST PORT LIST were wanted");
	}
	while ((name = strsep(&arguments[0], ","))) {
		if (nr_chosen == sizeof(chosen) / sizeof(chosen[0]))
			die("more than %zu methods", nr_chosen);
		chosen[nr_chosen++] = find_method(name);
	}
	paths = read_list(arguments[3], &nr);
	signal(SIGPIPE, SIG_IGN);
	for (size_t m = 0; m < nr_chosen; m++)
		transfer(chosen[m], arguments, paths, nr, stops);
	return 0;
}
