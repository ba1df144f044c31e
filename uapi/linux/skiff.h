/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * skiff: send files to sockets from the page cache, and account for every byte.
 *
 * DOC: Objects
 *
 * A *context* is one open of /dev/skiff. A *transfer* is one request: an
 * ordered list of *pieces* (ranges of files, or bytes of memory) for one
 * stream socket. SKIFF_SUBMIT starts transfers and returns at once; each that
 * was accepted ends in exactly one *completion*, taken from the context by
 * read(2) or SKIFF_WAIT (poll(2) reports EPOLLIN while there is one). With
 * io_uring it is a CQE (struct skiff_uring). SKIFF_SEND runs one transfer as
 * sendfile(2) would and gives no completion. A *receipt* says where each byte
 * of a transfer went.
 *
 * Transfers to one socket are sent in the order they were submitted, whichever
 * context they came from; their bytes never interleave. Completions come in
 * the order in which transfers end, and two that end within moments of each
 * other may come in either order. Writes that a program makes to the socket by
 * other means are not ordered against transfers.
 *
 * A transfer keeps its files and its socket open until it ends. close(2) of the
 * socket sends no FIN before that; shutdown(2) and a reset act at once. Closing
 * the context ends its transfers: after close(2) has returned no further byte
 * of them is queued.
 *
 * Bytes taken by reference are the file's content at the moment the network
 * reads them, as with sendfile(2): a file that is overwritten between being
 * queued and being *released* may be seen changed by the peer. A transfer is
 * *queued* when the socket has taken its last byte. It is released when the
 * network has let go of all of them: on the rung UBUF when the last packet that
 * carried them is freed, elsewhere when the peer has acknowledged them.
 * SKIFF_REQUEST_RELEASED makes it end only then. Released bytes may still be in
 * a queue of a receiver on this machine.
 *
 * A transfer that has to wait goes on in a kernel thread, with the submitter's
 * credentials, but not its namespaces and process id: a file whose content
 * depends on these (some of /proc) may read differently, and a peer on a unix
 * socket that asks for process ids is told the kernel thread's.
 *
 * DOC: Structures
 *
 * Every structure that an ioctl takes begins with its own size, set by the
 * caller to sizeof(). A shorter, older structure is taken as if the missing
 * fields were zero; a longer, newer one is refused with E2BIG unless the fields
 * that the kernel does not know are zero. Fields called reserved must be zero,
 * unknown flags are refused (EINVAL). Fields named out_* are written by the
 * kernel. The layout is the same for 32-bit and 64-bit callers. Times are
 * nanoseconds of CLOCK_MONOTONIC unless they say otherwise; lengths and
 * positions are bytes.
 *
 * DOC: Errors, the same for all commands
 *
 * ========== ==================================================================
 * E2BIG      a structure is longer than the kernel knows, and not zero there
 * EACCES     a security module forbids the read or (as the error of the
 *            transfer) the send
 * EAGAIN     the socket has no room and must not be waited for, or another
 *            transfer is before this one (SEND); nothing to read (read(2) of a
 *            non-blocking context)
 * EBADF      no such descriptor, or the file is not open for reading
 * EBUSY      the context has SKIFF_INFO.out_max_transfers transfers whose
 *            completion was not taken: take some, then submit again
 * ECANCELED  the transfer was ended by SKIFF_CANCEL or by close(2)
 * EFAULT     a pointer does not point to memory of the caller
 * EINTR      a signal came before anything was done
 * EINVAL     a size, flag, kind, policy, rung, count, range or reserved field
 *            that is not allowed
 * EIO, ...   what the file system said when it read the file
 * EISDIR     the file is a directory
 * ENOBUFS    the transfer would add to what is held for this context, this user
 *            or all, which is as much as the parameters pin_context_mb,
 *            pin_user_mb and pin_total_mb of the module allow: let peers read,
 *            then submit again
 * ENODATA    the file ended before the range did; the bytes before it were sent
 * ENOENT     the context has no transfer of that id
 * ENOMEM     no memory
 * ENOTCONN   the socket is not connected
 * ENOTSOCK   the descriptor is not a socket
 * ENOTTY     no such command
 * EOPNOTSUPP the request says SKIFF_REQUEST_ZEROCOPY, _RELEASED or _ABORT, or
 *            insists on a rung or a policy, and this file, socket or route
 *            cannot do it
 * EPIPE, ECONNRESET, ...  what the socket said. SIGPIPE is never raised. A
 *            socket that was disconnected, or connected to another peer, while
 *            the transfer ran is ECONNRESET; nothing goes to the new peer.
 * ESOCKTNOSUPPORT the socket is not a stream (UDP, raw, seqpacket and others)
 * ESPIPE     the file cannot be read at a position: a pipe, a socket, a device
 *            that is not a block device
 * ETIMEDOUT  no byte could be queued, or none was acknowledged where that is
 *            waited for, for the length of the deadline
 * ========== ==================================================================
 *
 * An error of a transfer comes with a position: the bytes queued before it.
 */
#ifndef _UAPI_LINUX_SKIFF_H
#define _UAPI_LINUX_SKIFF_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define SKIFF_ABI_VERSION	1

/* The deadline of a request may be up to a day. */
#define SKIFF_DEADLINE_MAX_MS	(24U * 60 * 60 * 1000)

/**
 * enum skiff_rung - how the bytes of a transfer enter its socket
 * @SKIFF_RUNG_AUTO: in a request: let skiff choose
 * @SKIFF_RUNG_UBUF: page-cache folios by reference, in pieces as large as the
 *	folio and the parameter frag_kb allow, and the network reports when it
 *	lets go of them. Bytes on their way to a receiver on this machine are
 *	copied by the stack all the same (orphaned_bytes of the receipt), so AUTO
 *	takes it only where they leave by a card
 * @SKIFF_RUNG_SPLICE: page-cache folios by reference; nobody reports when the
 *	network lets go of them. In pieces as UBUF on TCP, page by page
 *	(MSG_SPLICE_PAGES) on other sockets
 * @SKIFF_RUNG_PIPE: the pages are asked from the file system by its own splice
 *	method instead of being looked up in the page cache; then as UBUF or
 *	SPLICE
 * @SKIFF_RUNG_COPY: copied by the CPU
 */
enum skiff_rung {
	SKIFF_RUNG_AUTO,
	SKIFF_RUNG_UBUF,
	SKIFF_RUNG_SPLICE,
	SKIFF_RUNG_PIPE,
	SKIFF_RUNG_COPY,
};

/**
 * enum skiff_reason - why a transfer is on its rung
 * @SKIFF_REASON_BEST: nothing stands in the way: UBUF
 * @SKIFF_REASON_FILE_SYSTEM: the file system must be asked for each page (it is
 *	not known to be safe to read by its mapping, as overlayfs, FUSE, NFS and
 *	tmpfs): PIPE
 * @SKIFF_REASON_DAX: the file has no page cache (DAX): COPY
 * @SKIFF_REASON_NO_SPLICE: the file can only be read into a buffer: COPY
 * @SKIFF_REASON_PROTOCOL: the socket's protocol copies what it is given (MPTCP,
 *	a socket in a sockmap, vsock, and any skiff does not know): COPY
 * @SKIFF_REASON_NO_SG: the route's device cannot gather from pages, or compute
 *	checksums, so that the stack would copy them: COPY
 * @SKIFF_REASON_REQUESTED: the request asked for this rung
 * @SKIFF_REASON_MEMORY: the request has no file piece: COPY
 * @SKIFF_REASON_LOCAL: the route ends on this machine, or does not leave it by a
 *	card that gathers (loopback, veth, tun, a tunnel), so that the stack
 *	would copy the pages of UBUF: SPLICE
 * @SKIFF_REASON_NO_RELEASE: the protocol takes pages but cannot report when it
 *	lets go of them (kTLS, AF_UNIX): SPLICE
 */
enum skiff_reason {
	SKIFF_REASON_BEST,
	SKIFF_REASON_FILE_SYSTEM,
	SKIFF_REASON_DAX,
	SKIFF_REASON_NO_SPLICE,
	SKIFF_REASON_PROTOCOL,
	SKIFF_REASON_NO_SG,
	SKIFF_REASON_REQUESTED,
	SKIFF_REASON_MEMORY,
	SKIFF_REASON_LOCAL,
	SKIFF_REASON_NO_RELEASE,
};

/**
 * enum skiff_policy - what a transfer does to the page cache
 * @SKIFF_POLICY_KEEP: reads through it and leaves in it what was read, as
 *	sendfile(2) does. O_DIRECT on the descriptor changes nothing on the
 *	rungs UBUF and SPLICE; on PIPE it has its effect on the file system.
 * @SKIFF_POLICY_DROP: the same, but pages that this transfer brought in leave it
 *	again once the network has let go of them, unless somebody else touched
 *	them meanwhile. Pages that were there before stay. What the network still
 *	holds when the transfer ends is dropped later: until then, but no longer
 *	than the request's deadline or close(2) of the context, its files are kept
 *	open, and with them their locks of flock(2). What cannot be dropped by then
 *	stays (@pages_spared of the receipt). For another transfer with DROP, to
 *	send a page is not to touch it
 * @SKIFF_POLICY_DIRECT: reads past it, as O_DIRECT does, into pages of the
 *	transfer's own, which go to the socket by reference: the page cache is
 *	neither filled nor looked into, but what is dirty in it is written first.
 *	The descriptor need not have O_DIRECT. Reads are aligned to pages, and
 *	exactly the bytes asked for are sent
 * @SKIFF_POLICY_AUTO: in a request: each range of a file that is shorter than
 *	the parameter "large_mb" of the module says is sent with KEEP, others
 *	with DROP where the file can be read so, which takes from the page cache
 *	what is there. In a receipt: its files differ
 *
 * DROP and DIRECT need a file that skiff may read by its mapping (ext4, xfs,
 * btrfs and others, block devices), hence not the rung PIPE, and DIRECT a file
 * system that can do direct I/O; see SKIFF_REQUEST_FALLBACK.
 */
enum skiff_policy {
	SKIFF_POLICY_KEEP,
	SKIFF_POLICY_DROP,
	SKIFF_POLICY_DIRECT,
	SKIFF_POLICY_AUTO,
};

/*
 * Features that depend on the kernel.
 *
 * URING: the commands of io_uring. It says nothing of whether the caller may
 *	  have a ring (sysctl kernel.io_uring_disabled).
 */
#define SKIFF_FEATURE_URING	(1U << 0)

/**
 * struct skiff_info - ioctl(SKIFF_INFO)
 * @size: sizeof(struct skiff_info)
 * @flags: Must be 0
 * @out_abi: SKIFF_ABI_VERSION of the module
 * @out_rungs: bit 1 << enum skiff_rung for each rung that can be taken here
 * @out_policies: bit 1 << enum skiff_policy for each policy
 * @out_max_pieces: pieces in one request at the most
 * @out_max_batch: requests in one SKIFF_SUBMIT at the most
 * @out_max_transfers: transfers of one context at the most, counted from
 *	submit until their completion is taken
 * @out_max_memory: bytes in all memory pieces of one request at the most
 * @out_deadline_ms: deadline of a request that names none
 * @out_features: SKIFF_FEATURE_*
 *
 * What this module, on this kernel, can do.
 */
struct skiff_info {
	__u32 size;
	__u32 flags;
	__u32 out_abi;
	__u32 out_rungs;
	__u32 out_policies;
	__u32 out_max_pieces;
	__u32 out_max_batch;
	__u32 out_max_transfers;
	__u32 out_max_memory;
	__u32 out_deadline_ms;
	__u32 out_features;
};

/**
 * enum skiff_piece_kind - what a piece is
 * @SKIFF_PIECE_FILE: a range of a file
 * @SKIFF_PIECE_MEMORY: bytes of the caller's memory, copied at submit
 */
enum skiff_piece_kind {
	SKIFF_PIECE_FILE,
	SKIFF_PIECE_MEMORY,
};

/**
 * struct skiff_piece - a part of a transfer
 * @kind: enum skiff_piece_kind
 * @fd: FILE: descriptor open for reading, of a regular file or block device;
 *	its position is neither used nor moved. MEMORY: Must be 0
 * @offset: FILE: first byte. MEMORY: address of the first byte
 * @length: bytes. FILE: 0 means up to the end of the file as it is at submit
 *
 * A length of 0 on a file that says it has no bytes and is not read by way of
 * the page cache (as in /proc) means up to wherever reading it ends.
 *
 * offset + length must not exceed 2^63 - 1. A range that reaches past the end
 * of the file is sent up to the end, and the transfer ends there with ENODATA.
 * (SKIFF_SEND then succeeds with a short count, as sendfile(2) does.)
 */
struct skiff_piece {
	__u32 kind;
	__s32 fd;
	__aligned_u64 offset;
	__aligned_u64 length;
};

/*
 * Flags of a request.
 *
 * PROBE:    check the request, choose the rung and write it to the out_ fields;
 *	     send nothing.
 * ZEROCOPY: zero-copy or fail. Refused with EOPNOTSUPP if file bytes would be
 *	     copied by the CPU; ends with EOPNOTSUPP if they come to be, before
 *	     the first such byte. Memory pieces are exempt: they are always copied.
 * RELEASED: the transfer ends not when its last byte is queued, but when all are
 *	     released. TCP and kTLS on it only: no other protocol has such a
 *	     moment. It does not keep the next transfer from its turn. The owner
 *	     of the socket may see its send buffer grow, and more EPOLLOUT.
 * ABORT:    a transfer that ends with ETIMEDOUT resets the connection, which lets
 *	     go of all bytes queued in it. TCP and kTLS on it only.
 * FALLBACK: a file that cannot be read with policy DIRECT is read with DROP, and
 *	     one that cannot be with DROP is read with KEEP, instead of refusing
 *	     the request with EOPNOTSUPP.
 */
#define SKIFF_REQUEST_PROBE	(1U << 0)
#define SKIFF_REQUEST_ZEROCOPY	(1U << 1)
#define SKIFF_REQUEST_RELEASED	(1U << 2)
#define SKIFF_REQUEST_ABORT	(1U << 3)
#define SKIFF_REQUEST_FALLBACK	(1U << 4)

/**
 * struct skiff_request - one transfer: element of SKIFF_SUBMIT, ioctl(SKIFF_SEND)
 * @size: sizeof(struct skiff_request)
 * @flags: SKIFF_REQUEST_*
 * @socket: descriptor of a connected stream socket
 * @policy: enum skiff_policy
 * @rung: SKIFF_RUNG_AUTO, or the one to take and no other: UBUF, SPLICE and PIPE
 *	are refused with EOPNOTSUPP where they cannot be, COPY always can
 * @nr_pieces: entries at @pieces: 1 to SKIFF_INFO.out_max_pieces
 * @pieces: address of an array of struct skiff_piece
 * @cookie: any value; comes back in the completion and the receipt
 * @deadline_ms: end the transfer with ETIMEDOUT when for so many milliseconds
 *	no byte could be queued (or, after the last, with RELEASED, none was
 *	acknowledged), from when it is its turn; 0: SKIFF_INFO.out_deadline_ms;
 *	at most SKIFF_DEADLINE_MAX_MS
 * @readahead_kb: where the page cache is looked into (not on the rung PIPE):
 *	read ahead in windows of at most so many KiB, though not more than
 *	parameter "readahead_max_kb" of the module, or the setting of the file
 *	system if that is more; 0: as the socket and the disk need
 * @out_id: id of the transfer, never 0 and never used again
 * @out_queued: SEND: bytes that the socket took
 * @out_error: SUBMIT: 0, or why the request was refused, as a negative errno.
 *	SEND: 0, or why it ended short, even where SEND itself succeeds
 * @out_rung: enum skiff_rung taken
 * @out_reason: enum skiff_reason
 * @out_policy: enum skiff_policy taken; AUTO: the files differ
 *
 * SKIFF_SEND waits for the disk, and for room in the socket unless the socket
 * is non-blocking; SO_SNDTIMEO counts. It succeeds if anything was queued (see
 * @out_queued), else it fails with the errno.
 */
struct skiff_request {
	__u32 size;
	__u32 flags;
	__s32 socket;
	__u32 policy;
	__u32 rung;
	__u32 nr_pieces;
	__aligned_u64 pieces;
	__aligned_u64 cookie;
	__u32 deadline_ms;
	__u32 readahead_kb;
	__aligned_u64 out_id;
	__aligned_u64 out_queued;
	__s32 out_error;
	__u32 out_rung;
	__u32 out_reason;
	__u32 out_policy;
};

/**
 * struct skiff_submit - ioctl(SKIFF_SUBMIT)
 * @size: sizeof(struct skiff_submit)
 * @flags: Must be 0
 * @nr: requests in the array: 1 to SKIFF_INFO.out_max_batch
 * @stride: bytes from one request to the next, a multiple of 8; at least each
 *	request's size
 * @requests: address of an array of struct skiff_request
 * @out_accepted: requests that were accepted (or, with PROBE, could be)
 * @reserved: Must be 0
 *
 * Takes each request by itself: read its @out_error. The command fails only if
 * the array cannot be used; then the requests before the bad one stand, and
 * @out_accepted counts those accepted.
 */
struct skiff_submit {
	__u32 size;
	__u32 flags;
	__u32 nr;
	__u32 stride;
	__aligned_u64 requests;
	__u32 out_accepted;
	__u32 reserved;
};

/**
 * struct skiff_completion - the end of a transfer, from read(2) or SKIFF_WAIT
 * @id: the transfer
 * @cookie: of the request
 * @queued: bytes that the socket took
 * @error: 0, or a negative errno; then @queued is its position
 * @rung: enum skiff_rung taken
 *
 * read(2) takes as many whole completions as fit in its buffer (EINVAL if not
 * even one does) and waits for the first unless the context is non-blocking.
 */
struct skiff_completion {
	__aligned_u64 id;
	__aligned_u64 cookie;
	__aligned_u64 queued;
	__s32 error;
	__u32 rung;
};

/* As @timeout_ns of SKIFF_WAIT: no limit. */
#define SKIFF_WAIT_FOREVER	(~0ULL)

/**
 * struct skiff_wait - ioctl(SKIFF_WAIT)
 * @size: sizeof(struct skiff_wait)
 * @flags: Must be 0
 * @min: wait until so many completions are there; at most @nr
 * @nr: take so many at the most; at least 1
 * @completions: address of an array of struct skiff_completion
 * @timeout_ns: wait no longer than this; 0: do not wait
 * @out_nr: completions taken. Fewer than @min when the time ran out or a signal
 *	came; if a signal came and there was none, EINTR
 * @reserved: Must be 0
 */
struct skiff_wait {
	__u32 size;
	__u32 flags;
	__u32 min;
	__u32 nr;
	__aligned_u64 completions;
	__aligned_u64 timeout_ns;
	__u32 out_nr;
	__u32 reserved;
};

/* Cancel all transfers of the context; @id must be 0. */
#define SKIFF_CANCEL_ALL	(1U << 0)

/**
 * struct skiff_cancel - ioctl(SKIFF_CANCEL)
 * @size: sizeof(struct skiff_cancel)
 * @flags: SKIFF_CANCEL_ALL or 0
 * @id: the transfer
 * @out_nr: transfers told to end
 * @reserved: Must be 0
 *
 * The transfer ends at a byte boundary, with ECANCELED in its completion, or as
 * it would have ended if it was ending already. ENOENT if it has ended.
 */
struct skiff_cancel {
	__u32 size;
	__u32 flags;
	__aligned_u64 id;
	__u32 out_nr;
	__u32 reserved;
};

/**
 * enum skiff_state - where a transfer is
 * @SKIFF_STATE_RUNNING: accepted, not ended
 * @SKIFF_STATE_ENDED: every byte is queued, and released if the request said
 *	RELEASED; or there was an error
 * @SKIFF_STATE_QUEUED: every byte is queued, and it waits for their release
 */
enum skiff_state {
	SKIFF_STATE_RUNNING,
	SKIFF_STATE_ENDED,
	SKIFF_STATE_QUEUED,
};

/*
 * What a network device can do, or may.
 *
 * SG, TSO, CSUM: it gathers packets from pages, cuts large ones to segments,
 *	computes checksums: each as it is switched (ethtool -k). Without SG and
 *	CSUM the stack copies below the socket
 * IOMMU:	its card's DMA goes through an IOMMU
 * MAY_BOUNCE:	its card does not reach all memory, or swiotlb is forced: pages may
 *		be copied for DMA
 */
#define SKIFF_DEVICE_SG		(1U << 0)
#define SKIFF_DEVICE_TSO	(1U << 1)
#define SKIFF_DEVICE_CSUM	(1U << 2)
#define SKIFF_DEVICE_IOMMU	(1U << 3)
#define SKIFF_DEVICE_MAY_BOUNCE	(1U << 4)

/**
 * struct skiff_receipt - ioctl(SKIFF_RECEIPT)
 * @size: in: sizeof(struct skiff_receipt); out: bytes that were filled
 * @flags: Must be 0
 * @id: in: a transfer of this context, running or among the last that ended
 *	(parameter "recent" of the module); others are ENOENT
 * @cookie: of the request
 * @state: enum skiff_state
 * @error: 0, or the negative errno that the transfer ended with
 * @rung: enum skiff_rung
 * @reason: enum skiff_reason
 * @bytes_requested: length of all pieces, at most 2^64 - 1; a FILE piece of length 0 counts with
 *	the length found at submit
 * @bytes_queued: bytes that the socket took: @bytes_by_ref + @bytes_copied
 * @bytes_by_ref: bytes that entered the socket as references to the file's
 *	pages, or to those that the disk wrote to (DIRECT)
 * @bytes_copied: bytes that the CPU copied on their way into the socket: the
 *	sum of the four copied_ fields
 * @copied_memory: of these: from memory pieces
 * @copied_no_page_cache: of these: the file system gave a copy, because the
 *	file has no page cache or cannot lend its pages, or could not read them
 *	directly
 * @copied_socket: of these: the socket or its protocol cannot take pages, or the
 *	request asked for COPY
 * @windows: sends to the socket that took at least a byte
 * @folios: folios (or pages, on the PIPE rung) and memory pieces given to the
 *	socket by reference
 * @segments: physically contiguous runs among them
 * @segment_max: bytes in the longest run
 * @disk_waits: times the next byte had to be waited for, or asked from the file
 *	system
 * @disk_wait_ns: time spent so
 * @room_waits: times the socket had no room
 * @room_wait_ns: time spent so
 * @turn_waits: 1 if the transfer had to wait for others to the same socket
 * @turn_wait_ns: time spent so
 * @slices_inline: times the transfer ran in the caller's own thread
 * @slices_worker: times it ran on a worker
 * @submit_ns: when it was accepted
 * @first_ns: when the socket took its first byte, or 0
 * @end_ns: when it ended, or 0
 * @frags: pieces of folios that packets were made of, on TCP: each is one
 *	mapping for DMA, if no packet is cut further
 * @orphaned_skbs: packets on the rung UBUF whose pages the stack replaced by
 *	copies after they had been queued (for a receiver on this machine, a
 *	tap, a device that cannot gather), and
 * @orphaned_bytes: the bytes in these, with the headers of those that were made
 *	linear: an event below the socket, once for each
 *	clone and retransmission, so it may exceed @bytes_by_ref
 * @queued_ns: when the last byte was queued, or it ended; or 0
 * @released_ns: when the network had let go of all bytes that were queued, or 0.
 *	Known on the rung UBUF, also after the end, and with RELEASED
 * @readahead: bytes in the longest window that was read ahead, or 0; on the
 *	PIPE rung the file system sees to that, and tells nothing
 * @policy: enum skiff_policy that was taken; AUTO: its files differ
 * @reserved: 0
 * @pages_valid: pages (of 4 KiB or whatever the machine has) that were in the
 *	page cache when this transfer came to them, or before it would have read
 *	them, and that it did not bring in
 * @pages_waited: pages in the folios that had to be waited for
 * @pages_read: pages that this transfer brought into the page cache, also such
 *	that it never sent
 * @pages_ahead: of these: read while it had others to send
 * @pages_dropped: of @pages_read: pages that are no longer in the page cache: DROP
 *	took them out, or memory was short, or they were truncated
 * @pages_spared: of @pages_read: pages that DROP left there, because somebody
 *	touched them or they were still in use
 * @read_cache: bytes of @pages_read: asked from the disk, into the page cache.
 *	(Holes, and what a file system keeps compressed or in an inode, count with
 *	the bytes that they became)
 * @read_direct: bytes that DIRECT read into pages of the transfer's own, which
 *	the disk wrote to by itself (or which are a hole), also such that were
 *	never sent
 * @read_buffered: bytes that DIRECT asked for, and the file system read through
 *	the page cache and copied (a hole in what it can read directly). They are
 *	in @copied_no_page_cache when they are sent
 * @read_unknown: bytes that DIRECT read from a file system that does not tell
 *	which of the two it did (btrfs)
 * @copied_no_sg: of @bytes_copied: the device of the route cannot gather, or
 *	compute checksums
 * @ref_ubuf: of @bytes_by_ref: entered the socket by UBUF, and
 * @ref_splice: by SPLICE; also where the files were read by PIPE
 * @bytes_released: of @bytes_queued: bytes that the network is known to have let
 *	go of: by UBUF as it does, with RELEASED all of them in the end
 * @release_waits: 1 if the transfer waited for its bytes to be released
 * @release_wait_ns: time spent so
 * @fills: times a worker was woken to read from the file for it
 * @encrypted: bytes queued in a socket whose kTLS encrypts in software: an event
 *	below the socket, in which the CPU reads them all, and writes as many
 * @retransmitted: bytes that TCP sent again on the connection from the first byte
 *	of the transfer until its end, whosever they were: an event below the
 *	socket
 * @device: index of the network device that its route leaves by, as the last send
 *	saw it, or 0. The next three are what that device is found to be when the
 *	receipt is read, in the reader's network namespace; 0 if it is not found
 * @device_caps: SKIFF_DEVICE_*
 * @device_dma_bits: bits of the addresses that its card can reach, or 0 if there
 *	is no card
 * @device_gso_max: bytes that it takes in one packet to be segmented
 *
 * While a transfer runs every value is monotonic, but they may be some bytes
 * apart from each other; at rest the sums hold. Later versions add fields at
 * the end.
 */
struct skiff_receipt {
	__u32 size;
	__u32 flags;
	__aligned_u64 id;
	__aligned_u64 cookie;
	__u32 state;
	__s32 error;
	__u32 rung;
	__u32 reason;
	__aligned_u64 bytes_requested;
	__aligned_u64 bytes_queued;
	__aligned_u64 bytes_by_ref;
	__aligned_u64 bytes_copied;
	__aligned_u64 copied_memory;
	__aligned_u64 copied_no_page_cache;
	__aligned_u64 copied_socket;
	__aligned_u64 windows;
	__aligned_u64 folios;
	__aligned_u64 segments;
	__aligned_u64 segment_max;
	__aligned_u64 disk_waits;
	__aligned_u64 disk_wait_ns;
	__aligned_u64 room_waits;
	__aligned_u64 room_wait_ns;
	__aligned_u64 turn_waits;
	__aligned_u64 turn_wait_ns;
	__aligned_u64 slices_inline;
	__aligned_u64 slices_worker;
	__aligned_u64 submit_ns;
	__aligned_u64 first_ns;
	__aligned_u64 end_ns;
	__aligned_u64 frags;
	__aligned_u64 orphaned_skbs;
	__aligned_u64 orphaned_bytes;
	__aligned_u64 queued_ns;
	__aligned_u64 released_ns;
	__aligned_u64 readahead;
	__u32 policy;
	__u32 reserved;
	__aligned_u64 pages_valid;
	__aligned_u64 pages_waited;
	__aligned_u64 pages_read;
	__aligned_u64 pages_ahead;
	__aligned_u64 pages_dropped;
	__aligned_u64 pages_spared;
	__aligned_u64 read_cache;
	__aligned_u64 read_direct;
	__aligned_u64 read_buffered;
	__aligned_u64 read_unknown;
	__aligned_u64 copied_no_sg;
	__aligned_u64 ref_ubuf;
	__aligned_u64 ref_splice;
	__aligned_u64 bytes_released;
	__aligned_u64 release_waits;
	__aligned_u64 release_wait_ns;
	__aligned_u64 fills;
	__aligned_u64 encrypted;
	__aligned_u64 retransmitted;
	__u32 device;
	__u32 device_caps;
	__u32 device_dma_bits;
	__u32 device_gso_max;
};

/**
 * struct skiff_uring - payload of an IORING_OP_URING_CMD (the SQE's cmd)
 * @argument: address of the structure of the command (the SQE's cmd_op):
 *	SKIFF_URING_SEND: struct skiff_request. SKIFF_URING_CANCEL: struct
 *	skiff_cancel
 * @reserved: Must be 0
 *
 * The SQE's fd is the context. No command makes the ring's owner wait.
 *
 * SKIFF_URING_SEND runs one transfer, as SKIFF_SUBMIT does; its completion is
 * the CQE, and none is there for read(2) or SKIFF_WAIT. res is what a refused
 * or failed transfer ends with, a negative errno; else the bytes queued, but at
 * most INT_MAX. In a ring with IORING_SETUP_CQE32, big_cqe[0] is all the bytes
 * queued, also before an error. The out_ members of the request, but
 * @out_queued, are written when the command is issued; the request, its pieces
 * and its memory must stay until then: until io_uring_enter(2) returns, or,
 * with IORING_SETUP_SQPOLL, IOSQE_ASYNC, or behind a link, until the CQE.
 * Commands of one ring to one socket are sent in the order in which they are
 * issued.
 *
 * The transfer counts against SKIFF_INFO.out_max_transfers until it ends. It
 * ends before that of itself by the request's deadline; a linked timeout and
 * IORING_OP_ASYNC_CANCEL do nothing to it.
 *
 * SKIFF_URING_CANCEL is SKIFF_CANCEL, whose res is 0 or a negative errno. Each
 * of the two commands cancels transfers of both kinds, and a cancelled command
 * has ECANCELED in its CQE.
 *
 * When the ring goes away, or the thread that submitted the command executes
 * another program, its transfer is cancelled, and the CQE, should anybody be
 * left to see it, comes at once: then big_cqe[0] is what was queued at that
 * moment, and the transfer ends soon after.
 *
 * EOPNOTSUPP where the kernel has no io_uring that can cancel; see
 * SKIFF_FEATURE_URING.
 */
struct skiff_uring {
	__aligned_u64 argument;
	__aligned_u64 reserved;
};

#define SKIFF_IOCTL_TYPE	0xD5

#define SKIFF_INFO	_IOWR(SKIFF_IOCTL_TYPE, 0x00, struct skiff_info)
#define SKIFF_SUBMIT	_IOWR(SKIFF_IOCTL_TYPE, 0x01, struct skiff_submit)
#define SKIFF_WAIT	_IOWR(SKIFF_IOCTL_TYPE, 0x02, struct skiff_wait)
#define SKIFF_CANCEL	_IOWR(SKIFF_IOCTL_TYPE, 0x03, struct skiff_cancel)
#define SKIFF_RECEIPT	_IOWR(SKIFF_IOCTL_TYPE, 0x04, struct skiff_receipt)
#define SKIFF_SEND	_IOWR(SKIFF_IOCTL_TYPE, 0x05, struct skiff_request)

#define SKIFF_URING_SEND	_IOWR(SKIFF_IOCTL_TYPE, 0x10, struct skiff_uring)
#define SKIFF_URING_CANCEL	_IOWR(SKIFF_IOCTL_TYPE, 0x11, struct skiff_uring)

#endif /* _UAPI_LINUX_SKIFF_H */
