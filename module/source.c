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
 *
 * drop and direct are keep with another policy, for the same files; direct for
 * those of them only that can do direct I/O. What may be direct is not known
 * but for the file systems that keep allows: others take IOCB_DIRECT for a hint.
 */
#include <linux/mm.h>
#include <linux/moduleparam.h>

#include "compat/file.h"
#include "read.h"
#include "source.h"

static unsigned int large_mb;
module_param(large_mb, uint, 0644);
MODULE_PARM_DESC(large_mb,
		 "MiB from which on policy AUTO drops what it read (0 when loading: a 64th of the memory)");

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

static enum skiff_policy automatic(const struct file *file,
				   const struct skiff_piece *piece)
{
	loff_t length = piece->length ?:
			skiff_source_size(file) - (loff_t)piece->offset;

	return length >> 20 < READ_ONCE(large_mb) ? SKIFF_POLICY_KEEP :
						    SKIFF_POLICY_DROP;
}

/* Where nobody would tell of a copy, none can be promised not to be. */
static bool may_be_direct(const struct file *file,
			  const struct skiff_request *req)
{
	return file->f_mode & FMODE_CAN_ODIRECT &&
	       (!(req->flags & SKIFF_REQUEST_ZEROCOPY) ||
		skiff_read_is_told(file));
}

/* Whether @file may be read by its mapping with @req's policy, or what that
 * allows instead.
 */
static int choose_policy(struct file *file, const struct skiff_request *req,
			 const struct skiff_piece *piece,
			 const struct skiff_source **source)
{
	enum skiff_policy policy = req->policy;

	if (policy == SKIFF_POLICY_AUTO)
		policy = automatic(file, piece);
	if (policy == SKIFF_POLICY_DIRECT && !may_be_direct(file, req)) {
		if (!(req->flags & SKIFF_REQUEST_FALLBACK))
			return -EOPNOTSUPP;
		policy = SKIFF_POLICY_DROP;
	}
	if (policy == SKIFF_POLICY_DIRECT)
		*source = &skiff_source_direct;
	else if (policy == SKIFF_POLICY_DROP)
		*source = &skiff_source_drop;
	else
		*source = &skiff_source_keep;
	return 0;
}

/* Whether it is no matter if the page cache keeps what is read. */
static bool may_be_kept(const struct skiff_request *req)
{
	return req->policy == SKIFF_POLICY_KEEP ||
	       req->policy == SKIFF_POLICY_AUTO ||
	       req->flags & SKIFF_REQUEST_FALLBACK;
}

/* A file that cannot be read by its mapping, or is not to be: @keep. */
static int choose_other(struct file *file, u32 rung, bool keep,
			const struct skiff_source **source,
			enum skiff_reason *reason)
{
	bool dax = IS_DAX(file->f_mapping->host);

	if (rung == SKIFF_RUNG_SPLICE || rung == SKIFF_RUNG_UBUF ||
	    (rung == SKIFF_RUNG_PIPE && (dax || !file->f_op->splice_read)))
		return -EOPNOTSUPP;
	if (file->f_op->splice_read) {
		*source = &skiff_source_pipe;
		if (keep)
			*reason = SKIFF_REASON_REQUESTED;
		else
			*reason = dax ? SKIFF_REASON_DAX :
					SKIFF_REASON_FILE_SYSTEM;
		return 0;
	}
	*source = &skiff_source_read;
	*reason = SKIFF_REASON_NO_SPLICE;
	return may_read(file) ? 0 : -EINVAL;
}

/**
 * skiff_source_choose() - choose the source for a file
 * @file: regular file or block device, open for reading
 * @req: the request: its rung, policy and flags
 * @piece: of the request: its range
 * @source: the choice
 * @reason: why
 *
 * Return: 0, -EOPNOTSUPP if the file cannot be read as the request wants it,
 * -EINVAL if it cannot be read into the kernel at all.
 */
int skiff_source_choose(struct file *file, const struct skiff_request *req,
			const struct skiff_piece *piece,
			const struct skiff_source **source,
			enum skiff_reason *reason)
{
	bool keep = may_keep(file);

	if (keep && req->rung != SKIFF_RUNG_PIPE) {
		*reason = SKIFF_REASON_BEST;
		return choose_policy(file, req, piece, source);
	}
	if (!may_be_kept(req))
		return -EOPNOTSUPP;
	return choose_other(file, req->rung, keep, source, reason);
}

void skiff_source_init(void)
{
	if (!large_mb)
		large_mb = max(totalram_pages() >> (20 - PAGE_SHIFT + 6), 1UL);
}
