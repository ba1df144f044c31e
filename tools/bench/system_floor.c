// SPDX-License-Identifier: GPL-2.0-only
/* The same sends from pages that are there; see floor/skiff_floor.c. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fail.h"
#include "floor/skiff_floor.h"
#include "system.h"

static void load(struct end *end, unsigned int order)
{
	struct skiff_floor_load load = { .file = end->file, .order = order };
	int device = open(SKIFF_FLOOR_DEVICE, O_RDWR | O_CLOEXEC);

	if (device < 0 || ioctl(device, SKIFF_FLOOR_LOAD, &load))
		die_of(errno, SKIFF_FLOOR_DEVICE);
	end->state = (void *)(intptr_t)device;
}

void floor_4k_open(struct end *end)
{
	load(end, 0);
}

void floor_64k_open(struct end *end)
{
	load(end, 4);
}

void floor_close(struct end *end)
{
	close((int)(intptr_t)end->state);
}

void floor_respond(struct end *end, unsigned int nr)
{
	const struct content *content = end->content;
	struct skiff_floor_send request = { .socket = end->socket, .length = content->size };

	while (nr--) {
		if (content->header_size &&
		    send(end->socket, content->header, content->header_size, MSG_MORE) < 0)
			die_of(errno, "send");
		if (ioctl((int)(intptr_t)end->state, SKIFF_FLOOR_SEND, &request))
			die_of(errno, "SKIFF_FLOOR_SEND");
	}
}
