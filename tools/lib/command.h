/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBSKIFF_COMMAND_H
#define LIBSKIFF_COMMAND_H

#include <errno.h>
#include <sys/ioctl.h>

#include "libskiff.h"

/* An ioctl of a context; all of skiff's return 0 or fail. */
static inline int command(int context, unsigned long request, void *argument)
{
	return ioctl(context, request, argument) < 0 ? -errno : 0;
}

#endif /* LIBSKIFF_COMMAND_H */
