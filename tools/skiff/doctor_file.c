// SPDX-License-Identifier: GPL-2.0-only
/*
 * The doctor on the file: its file system, the folios that the page cache has of
 * it, and how it is read ahead.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "doctor.h"
#include "folio.h"
#include "mount.h"
#include "units.h"

#define PARAMETERS "/sys/module/skiff/parameters/"
#define PAGE_KIB (FOLIO_PAGE / 1024)

/* As much of a file is looked at as tells how the rest is, in little time. */
#define LOOK_BYTES (64 << 20)

/* Those whose page cache skiff looks into. */
struct file_system {
	const char *type;
	unsigned int major, minor; /* since when it has large folios; 0: not known */
};

static const struct file_system known[] = {
	{ "ext4", 6, 16 },
	{ "xfs", 5, 18 },
	{ "btrfs", 0, 0 },
};

static const struct file_system *file_system(const struct mount *mount)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(known[i].type, mount->type))
			return &known[i];
	return NULL;
}

static void look_at_file_system(struct doctor *doctor, const struct mount *mount,
				int error)
{
	struct finding *f = finding_new(&doctor->findings, "/proc/self/mountinfo",
					"file system of %s", doctor->file_name);

	if (S_ISBLK(doctor->status.st_mode)) {
		finding_value(f, "none, a block device");
		finding_judge(f, VERDICT_OK,
			      "The page cache of a block device is looked into.");
		return;
	}
	if (error) {
		finding_unread(f, error);
		return;
	}
	finding_value(f, "%s, %s on %s", mount->type, mount->source, mount->point);
	if (file_system(mount))
		finding_judge(f, VERDICT_OK,
			      "The page cache of ext4, xfs and btrfs is looked into.");
	else
		finding_judge(f, VERDICT_NOTE,
			      "Only the page cache of ext4, xfs and btrfs is known to be safe to look into. Others are asked for each page, by a thread that may have to wait for them. Keep the files on one of the three.");
}

/* Whether the kernel that runs has large folios on it, as far as is known. */
static enum verdict judge_kernel(const struct file_system *fs,
				 const char *release)
{
	unsigned int major, minor;

	if (!fs || !fs->major || sscanf(release, "%u.%u", &major, &minor) != 2)
		return VERDICT_UNKNOWN;
	return major > fs->major || (major == fs->major && minor >= fs->minor) ?
		       VERDICT_OK :
		       VERDICT_NOTE;
}

static void judge_unseen(struct finding *f, const struct file_system *fs,
			 const char *why)
{
	struct utsname kernel;
	enum verdict verdict;

	uname(&kernel);
	verdict = judge_kernel(fs, kernel.release);
	if (verdict == VERDICT_UNKNOWN)
		finding_judge(f, verdict, "%s", why);
	else
		finding_judge(f, verdict,
			      "%s. By its version: %s has folios of more than a page since Linux %u.%u, and this is %s.",
			      why, fs->type, fs->major, fs->minor, kernel.release);
}

static void judge_folios(struct finding *f, const struct folio_look *look)
{
	uint64_t frag = 0;
	int error = value_read_number(PARAMETERS "frag_kb", &frag);
	double mean = folio_mean_kib(look);

	finding_value(f, "%.1f KiB in the mean, of %s", mean,
		      text_bytes((uint64_t)look->cached * FOLIO_PAGE).s);
	if (look->pages > 1 && look->folios == look->cached)
		finding_judge(f, VERDICT_NOTE,
			      "A folio is a page: each %d KiB take a frag, a reference and, in the card's driver, a mapping of their own. xfs has larger folios since Linux 5.18, ext4 since 6.16, for files read after the change.",
			      PAGE_KIB);
	else if (error)
		finding_judge(f, VERDICT_OK,
			      "A frag is a run of one folio, so there are fewer than pages. (Parameter frag_kb, which limits it, cannot be read: %s.)",
			      strerror(-error));
	else
		finding_judge(f, VERDICT_OK,
			      "A frag is a run of one folio, up to frag_kb (%" PRIu64 " KiB): one for %.0f pages instead of for each.",
			      frag, (mean < frag ? mean : frag) / PAGE_KIB);
}

static void look_at_folios(struct doctor *doctor, const struct file_system *fs)
{
	struct finding *f = finding_new(&doctor->findings,
					"/proc/self/pagemap, /proc/kpageflags",
					"folios of %s", doctor->file_name);
	off_t size = lseek(doctor->file, 0, SEEK_END);
	struct folio_look look;
	int error;

	if (size < 0) {
		finding_unread(f, -errno);
		return;
	}
	if (!size) {
		finding_judge(f, VERDICT_UNKNOWN, "the file is empty");
		return;
	}
	error = folio_look(doctor->file, size < LOOK_BYTES ? size : LOOK_BYTES,
			   false, &look);
	if (error == -EACCES || error == -EPERM)
		judge_unseen(f, fs, "only root may see them");
	else if (error)
		finding_unread(f, error);
	else if (!look.cached)
		judge_unseen(f, fs, "nothing of the file's beginning is in the page cache");
	else
		judge_folios(f, &look);
}

static void judge_read_ahead(struct finding *f, const char *path, bool by_mapping,
			     uint64_t kib)
{
	uint64_t most;
	int error = value_read_number(PARAMETERS "readahead_max_kb", &most);

	if (!kib) {
		finding_set(f, "echo 128 >%s", path);
		finding_judge(f, VERDICT_HINDERS,
			      "At 0 nothing is read ahead, by skiff neither: each page of a cold file is waited for by itself. 128 is the kernel's default.");
	} else if (!by_mapping) {
		finding_judge(f, VERDICT_NOTE,
			      "The file system reads ahead by this alone; skiff's own windows are for files whose page cache it looks into.");
	} else if (error) {
		finding_judge(f, VERDICT_UNKNOWN,
			      "skiff's windows grow from this to its parameter readahead_max_kb, which cannot be read: %s.",
			      strerror(-error));
	} else if (!most) {
		finding_set(f, "echo 4096 >" PARAMETERS "readahead_max_kb");
		finding_judge(f, VERDICT_NOTE,
			      "Parameter readahead_max_kb is 0, so no window is longer than this, however fast the socket is. 4096 is its default.");
	} else if (most <= kib) {
		finding_judge(f, VERDICT_OK,
			      "Each window of a transfer is as long: readahead_max_kb (%" PRIu64 ") is not above it.",
			      most);
	} else {
		finding_judge(f, VERDICT_OK,
			      "The window of a transfer grows by itself from this to what its socket takes while the disk reads, at most readahead_max_kb (%" PRIu64 ").",
			      most);
	}
}

static void look_at_read_ahead(struct doctor *doctor, const struct mount *mount,
			       bool by_mapping)
{
	char path[VALUE_MAX];
	int error = mount_read_ahead(mount, &doctor->status, path);
	struct finding *f;
	uint64_t kib;

	f = finding_new(&doctor->findings, error ? "/sys/class/bdi" : path,
			"read_ahead_kb below %s", doctor->file_name);
	if (error) {
		finding_value(f, "none");
		finding_judge(f, VERDICT_OK,
			      "%s has no such setting: it reads from no disk, or has another file system do it, which is to be looked at by itself.",
			      *mount->type ? mount->type : "The file system");
		return;
	}
	error = value_read_number(path, &kib);
	if (error) {
		finding_unread(f, error);
		return;
	}
	finding_value(f, "%" PRIu64, kib);
	finding_number(f, kib);
	judge_read_ahead(f, path, by_mapping, kib);
}

void doctor_file(struct doctor *doctor)
{
	struct mount mount = { 0 };
	const struct file_system *fs;
	bool is_disk = S_ISBLK(doctor->status.st_mode);
	int error = mount_of(doctor->file, &mount);

	fs = is_disk ? NULL : file_system(&mount);
	look_at_file_system(doctor, &mount, error);
	look_at_folios(doctor, fs);
	look_at_read_ahead(doctor, &mount, is_disk || fs);
}
