// SPDX-License-Identifier: GPL-2.0-only
/*
 * httpd DIRECTORY PORT: serve files by HTTP/1.1 with one thread and one ring.
 *
 * The ring holds all that may take time: accepting, reading requests, and
 * sending. A response is one command of skiff, whose header from memory and file
 * from the page cache leave as one stream of full segments; the thread waits
 * for no disk and no peer. (It opens files itself; IORING_OP_OPENAT2 could do
 * that, too.)
 *
 * A connection does one thing at a time, so its address is the user data of
 * whatever that is. A peer that takes nothing is ended by skiff's deadline, one
 * that asks for nothing by a linked timeout.
 *
 * GET, HEAD, one range, keep-alive, pipelining. No conditions, no listings.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <libskiff_uring.h>

#include "http.h"

struct connection {
	int socket;
	int file;	  /* that is sent, or -1 */
	bool sending;	  /* or reading */
	bool keep;	  /* for the next request */
	size_t used;	  /* bytes of @input */
	char input[8192]; /* requests, and a NUL behind them */
	char header[512]; /* of the response */
	struct skiff_piece pieces[2];
	struct skiff_request request;
};

static struct io_uring ring;
static int skiff, directory, listening;
static struct __kernel_timespec idle = { .tv_sec = 30 };
static char ignored; /* user data of timeouts; NULL is that of accepting */

/* Room for @nr entries that must not be apart. */
static void make_room(unsigned int nr)
{
	while (io_uring_sq_space_left(&ring) < nr)
		io_uring_submit(&ring);
}

static struct io_uring_sqe *entry(void *data)
{
	struct io_uring_sqe *sqe;

	make_room(1);
	sqe = io_uring_get_sqe(&ring);
	io_uring_sqe_set_data(sqe, data);
	return sqe;
}

static void start_accepting(void)
{
	io_uring_prep_multishot_accept(entry(NULL), listening, NULL, NULL, 0);
}

static void start_reading(struct connection *c)
{
	struct io_uring_sqe *sqe;

	make_room(2);
	c->sending = false;
	sqe = entry(c);
	io_uring_prep_recv(sqe, c->socket, c->input + c->used,
			   sizeof(c->input) - 1 - c->used, 0);
	sqe->flags |= IOSQE_IO_LINK;
	io_uring_prep_link_timeout(entry(&ignored), &idle, 0);
}

/* The header, and @length bytes of the file from @start. */
static void start_sending(struct connection *c, off_t start, off_t length)
{
	unsigned int nr = 1;

	c->sending = true;
	c->pieces[0] = skiff_piece_memory(c->header, strlen(c->header));
	if (length)
		c->pieces[nr++] = skiff_piece_file(c->file, start, length);
	c->request = skiff_request_for(c->socket, c->pieces, nr);
	skiff_prep_send(entry(c), skiff, &c->request);
}

static void add(struct connection *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void add(struct connection *c, const char *format, ...)
{
	size_t used = strlen(c->header);
	va_list args;

	va_start(args, format);
	vsnprintf(c->header + used, sizeof(c->header) - used, format, args);
	va_end(args);
}

static void begin(struct connection *c, const char *status)
{
	c->header[0] = '\0';
	add(c, "HTTP/1.1 %s\r\nServer: skiff\r\nAccept-Ranges: bytes\r\n"
	       "Connection: %s\r\n",
	    status, c->keep ? "keep-alive" : "close");
}

static void refuse(struct connection *c, const char *status)
{
	begin(c, status);
	add(c, "Content-Length: 0\r\n\r\n");
	start_sending(c, 0, 0);
}

/* Whatever the path says, nothing outside of the directory is opened. */
static int open_below(const char *path)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
		.resolve = RESOLVE_BENEATH,
	};

	return syscall(SYS_openat2, directory, *path ? path : "index.html",
		       &how, sizeof(how));
}

static void answer(struct connection *c)
{
	struct http_request request;
	off_t start, length;
	struct stat status;
	enum http_refusal refusal = http_parse(&request, c->input);

	c->keep = request.keep;
	if (refusal)
		return refuse(c, refusal == HTTP_BAD ? "400 Bad Request" :
						       "501 Not Implemented");
	c->file = open_below(request.path);
	if (c->file < 0 || fstat(c->file, &status) || !S_ISREG(status.st_mode))
		return refuse(c, "404 Not Found");
	switch (http_range(request.range, status.st_size, &start, &length)) {
	case 1:
		begin(c, "206 Partial Content");
		add(c, "Content-Range: bytes %jd-%jd/%jd\r\n", (intmax_t)start,
		    (intmax_t)(start + length - 1), (intmax_t)status.st_size);
		break;
	case 0:
		begin(c, "200 OK");
		break;
	default:
		begin(c, "416 Range Not Satisfiable");
		add(c, "Content-Range: bytes */%jd\r\n",
		    (intmax_t)status.st_size);
		length = 0;
	}
	add(c, "Content-Length: %jd\r\n\r\n", (intmax_t)length);
	start_sending(c, start, request.head ? 0 : length);
}

static void end(struct connection *c)
{
	close(c->socket);
	free(c);
}

/* Answer the request at the beginning of the input, or read the rest of it. */
static void next_step(struct connection *c)
{
	c->input[c->used] = '\0';
	if (http_request_end(c->input)) {
		answer(c);
	} else if (c->used < sizeof(c->input) - 1) {
		start_reading(c);
	} else {
		c->keep = false;
		refuse(c, "431 Request Header Fields Too Large");
	}
}

static void has_read(struct connection *c, int res)
{
	if (res <= 0)
		return end(c);
	c->used += res;
	next_step(c);
}

static void has_sent(struct connection *c, int res)
{
	const char *rest;

	if (c->file >= 0)
		close(c->file);
	c->file = -1;
	if (res < 0 || !c->keep)
		return end(c);
	rest = http_request_end(c->input);
	c->used -= rest - c->input;
	memmove(c->input, rest, c->used);
	next_step(c);
}

static void has_accepted(const struct io_uring_cqe *cqe)
{
	struct connection *c;

	if (!(cqe->flags & IORING_CQE_F_MORE))
		start_accepting();
	if (cqe->res < 0)
		return;
	c = calloc(1, sizeof(*c));
	if (!c) {
		close(cqe->res);
		return;
	}
	c->socket = cqe->res;
	c->file = -1;
	start_reading(c);
}

static void handle(const struct io_uring_cqe *cqe)
{
	void *data = io_uring_cqe_get_data(cqe);
	struct connection *c = data;

	if (!data)
		has_accepted(cqe);
	else if (data == &ignored)
		return;
	else if (c->sending)
		has_sent(c, cqe->res);
	else
		has_read(c, cqe->res);
}

static void set_up(const char *path, const char *port)
{
	struct sockaddr_in6 address = {
		.sin6_family = AF_INET6, /* and IPv4 */
		.sin6_port = htons(atoi(port)),
	};
	struct rlimit files;
	struct skiff_info info;
	int on = 1;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		err(1, "%s", path);
	skiff = skiff_open();
	if (skiff < 0)
		errx(1, "%s: %s", SKIFF_DEVICE, strerror(-skiff));
	if (skiff_info(skiff, &info, sizeof(info)) ||
	    !(info.out_features & SKIFF_FEATURE_URING))
		errx(1, "on this kernel skiff has no commands for io_uring");
	listening = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listening, (void *)&address, sizeof(address)) ||
	    listen(listening, 1024))
		err(1, "port %s", port);
	errno = -io_uring_queue_init(1024, &ring, 0);
	if (errno)
		err(1, "io_uring");
}

int main(int argc, char **argv)
{
	if (argc != 3)
		errx(2, "usage: httpd DIRECTORY PORT");
	set_up(argv[1], argv[2]);
	start_accepting();
	for (;;) {
		struct io_uring_cqe *cqe;
		unsigned int head, seen = 0;

		io_uring_submit_and_wait(&ring, 1);
		io_uring_for_each_cqe(&ring, head, cqe)
		{
			handle(cqe);
			seen++;
		}
		io_uring_cq_advance(&ring, seen);
	}
}
