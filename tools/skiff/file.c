// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"

int file_open(const char *name, int *file)
{
	struct stat status;

	if (!strcmp(name, "-"))
		return misused("FILE must be a name; standard input cannot be sent: `-'");
	/* Before it is opened: a FIFO would be waited for, a tape wound. */
	if (!stat(name, &status) && !S_ISREG(status.st_mode) &&
	    !S_ISBLK(status.st_mode))
		return failed("FILE must be a regular file or a block device: `%s'",
			      name);
	*file = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (*file < 0)
		return failed("cannot open `%s': %s", name, strerror(errno));
	return STATUS_OK;
}
