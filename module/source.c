// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which source may read which file.
 *
 * keep looks folios up in the page cache and starts read-ahead by the file's
 * mapping. Only a file system that reads its regular files through the generic
 * page-cache code bears that, and the one mark of those is that they offer
 * asynchronous buffered reads. overlayfs and shmem have mappings whose
 * operations lack readahead: it would be a call through NULL. FUSE and the
 * network file systems have it, but must be asked first whether the cache is
 * still valid. A DAX file shares file operations, mark and all, with files
 * that have a page cache, and has none itself.
 *
 * pipe asks the file's own splice_read, as sendfile(2) does, and works for all
 * of these. read is for what has no splice_read either (hugetlbfs).
 */
#include "compat/file.h"
#include "source.h"

static bool may_keep(const struct file *file)
{
	const struct address_space_operations *aops = file->f_mapping->a_ops;

	return skiff_file_reads_async(file) &&
	       !IS_DAX(file->f_mapping->host) &&
	       aops->readahead && aops->read_folio;
}

/* What read_iter() alone would do for a file that also has read() is not
 * defined; kernel_read() refuses such files too.
 */
static bool may_read(const struct file *file)
{
	return file->f_op->read_iter && !file->f_op->read;
}

/**
 * skiff_source_choose() - choose the source for a file
 * @file: regular file or block device, open for reading
 * @rung: SKIFF_RUNG_AUTO, or what the request insists on
 * @source: the choice
 * @reason: why
 *
 * Return: 0, -EOPNOTSUPP if the file cannot be read as @rung wants it, -EINVAL
 * if it cannot be read into the kernel at all.
 */
int skiff_source_choose(struct file *file, u32 rung,
			const struct skiff_source **source,
			enum skiff_reason *reason)
{
	bool keep = may_keep(file);

	if (keep && rung != SKIFF_RUNG_PIPE) {
		*source = &skiff_source_keep;
		*reason = SKIFF_REASON_BEST;
	} else if (rung == SKIFF_RUNG_SPLICE || rung == SKIFF_RUNG_UBUF) {
		return -EOPNOTSUPP;
	} else if (rung == SKIFF_RUNG_PIPE && IS_DAX(file->f_mapping->host)) {
		return -EOPNOTSUPP;
	} else if (file->f_op->splice_read) {
		*source = &skiff_source_pipe;
		if (keep)
			*reason = SKIFF_REASON_REQUESTED;
		else if (IS_DAX(file->f_mapping->host))
			*reason = SKIFF_REASON_DAX;
		else
			*reason = SKIFF_REASON_FILE_SYSTEM;
	} else if (rung == SKIFF_RUNG_PIPE) {
		return -EOPNOTSUPP;
	} else if (may_read(file)) {
		*source = &skiff_source_read;
		*reason = SKIFF_REASON_NO_SPLICE;
	} else {
		return -EINVAL;
	}
	return 0;
}
