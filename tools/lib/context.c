// SPDX-License-Identifier: LGPL-2.1-or-later
/* Contexts: one open of /dev/skiff, and what can be asked of it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "command.h"

int skiff_open(void)
{
	int context = open(SKIFF_DEVICE, O_RDWR | O_CLOEXEC);

	return context < 0 ? -errno : context;
}

int skiff_close(int context)
{
	return close(context) ? -errno : 0;
}

int skiff_info(int context, struct skiff_info *info, size_t size)
{
	memset(info, 0, size);
	info->size = size;
	return command(context, SKIFF_INFO, info);
}

int skiff_receipt(int context, uint64_t id, struct skiff_receipt *receipt,
		  size_t size)
{
	memset(receipt, 0, size);
	receipt->size = size;
	receipt->id = id;
	return command(context, SKIFF_RECEIPT, receipt);
}

int skiff_wait(int context, struct skiff_completion *completions,
	       unsigned int nr, unsigned int min, uint64_t timeout_ns)
{
	struct skiff_wait wait = {
		.size = sizeof(wait),
		.min = min,
		.nr = nr,
		.completions = (uintptr_t)completions,
		.timeout_ns = timeout_ns,
	};
	int error = command(context, SKIFF_WAIT, &wait);

	return error ? error : (int)wait.out_nr;
}

static int cancel(int context, uint64_t id, uint32_t flags)
{
	struct skiff_cancel cancel = {
		.size = sizeof(cancel),
		.flags = flags,
		.id = id,
	};
	int error = command(context, SKIFF_CANCEL, &cancel);

	return error ? error : (int)cancel.out_nr;
}

int skiff_cancel(int context, uint64_t id)
{
	return cancel(context, id, 0);
}

int skiff_cancel_all(int context)
{
	return cancel(context, 0, SKIFF_CANCEL_ALL);
}
