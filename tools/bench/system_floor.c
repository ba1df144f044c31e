// SPDX-License-Identifier: GPL-2.0-only
/* The same sends from pages that are there; see floor/skiff_floor.c. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fail.h"
#include "floor/skiff_floor.h"
#include "system.h"

#define PAGE 4096

static void floor_open(struct end *end)
{
	struct skiff_floor_load load = {
		.file = end->file,
		.order = (unsigned int)__builtin_ctzl(end->system->size / PAGE),
	};
	int device = open(SKIFF_FLOOR_DEVICE, O_RDWR | O_CLOEXEC);

	if (device < 0 || ioctl(device, SKIFF_FLOOR_LOAD, &load))
		die_of(errno, SKIFF_FLOOR_DEVICE);
	end->state = (void *)(intptr_t)device;
}

static void floor_close(struct end *end)
{
	close((int)(intptr_t)end->state);
}

static void floor_send(struct end *end)
{
	struct skiff_floor_send request = {
		.socket = end->socket,
		.length = end->content->size,
	};

	send_header(end);
	if (ioctl((int)(intptr_t)end->state, SKIFF_FLOOR_SEND, &request))
		die_of(errno, "SKIFF_FLOOR_SEND");
}

const struct way floor_way = {
	.open = floor_open,
	.send = floor_send,
	.close = floor_close,
};
