// SPDX-License-Identifier: GPL-2.0-only
/*
 * The doctor on DMA: what stands between a card and the pages that it is to
 * fetch. An IOMMU that translates has to be told of each frag, and again when it
 * was sent. A page that the card cannot address is copied to one that it can, in
 * a bounce buffer (swiotlb), and no network code sees that: a receipt says "by
 * reference" all the same.
 *
 * A virtio device without VIRTIO_F_ACCESS_PLATFORM is given physical addresses:
 * neither applies to it. What is not seen here is memory encryption (SEV, TDX),
 * under which all devices bounce.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "doctor.h"
#include "units.h"
#include "value.h"

#define DEBUGFS "/sys/kernel/debug"
#define SWIOTLB DEBUGFS "/swiotlb/"
#define SLOT 2048 /* IO_TLB_SIZE */
#define ACCESS_PLATFORM 33

/* Paths in sysfs are deep, but not like that. */
#define DEEP (PATH_MAX + 64)

static bool is_on_bus(const char *path, const char *bus)
{
	char link[DEEP], name[VALUE_MAX];

	snprintf(link, sizeof(link), "%s/subsystem", path);
	return !value_read_link(link, name) && !strcmp(name, bus);
}

/* The device that does the card's DMA: itself, or what it is a function of. */
static int find_pci(char path[PATH_MAX])
{
	while (!is_on_bus(path, "pci")) {
		char *slash = strrchr(path, '/');

		if (!slash || slash == path)
			return -ENODEV;
		*slash = '\0';
	}
	return 0;
}

static bool bypasses_dma_api(const char *path)
{
	char file[DEEP], features[VALUE_MAX];

	snprintf(file, sizeof(file), "%s/features", path);
	return is_on_bus(path, "virtio") && !value_read(file, features) &&
	       strlen(features) > ACCESS_PLATFORM &&
	       features[ACCESS_PLATFORM] == '0';
}

static void judge_iommu(struct finding *f, const char *type, const char *path)
{
	finding_value(f, "%s", type);
	if (!strcmp(type, "identity")) {
		finding_judge(f, VERDICT_OK,
			      "The IOMMU lets this card's addresses through: to map a page costs nothing.");
	} else if (!strcmp(type, "DMA-FQ")) {
		finding_judge(f, VERDICT_NOTE,
			      "The IOMMU translates: each frag is mapped and unmapped, though its caches are flushed for many at once. Larger folios need fewer. iommu.passthrough=1 on the kernel's command line would end that, and with it the protection from the card.");
	} else {
		finding_set(f, "echo DMA-FQ >%s", path);
		finding_judge(f, VERDICT_HINDERS,
			      "The IOMMU translates, and the CPU waits for its caches after each unmapping. DMA-FQ flushes them for many at once; until then the card can still reach pages that it has let go of.");
	}
}

static void look_at_iommu(struct doctor *doctor, const char *device,
			  const char *path, char type[VALUE_MAX])
{
	char file[DEEP];
	struct finding *f;
	int error;

	snprintf(file, sizeof(file), "%s/iommu_group/type", path);
	error = value_read(file, type);
	f = finding_new(&doctor->findings, file, "%s: IOMMU", device);
	if (!error) {
		judge_iommu(f, type, file);
	} else if (error == -ENOENT) {
		strcpy(type, "identity");
		finding_value(f, "none");
		finding_judge(f, VERDICT_OK,
			      "The card is in no group of an IOMMU: to map a page costs nothing.");
	} else {
		*type = '\0';
		finding_unread(f, error);
	}
}

/* The end of the memory, where zones are counted in pages. */
static int read_memory_end(uint64_t *end)
{
	uint64_t spanned = 0, number;
	char line[VALUE_MAX];
	FILE *zones = fopen("/proc/zoneinfo", "re");

	if (!zones)
		return -errno;
	*end = 0;
	while (fgets(line, sizeof(line), zones))
		if (sscanf(line, " spanned %" SCNu64, &number) == 1)
			spanned = number;
		else if (sscanf(line, " start_pfn: %" SCNu64, &number) == 1 &&
			 spanned && number + spanned > *end)
			*end = number + spanned;
	fclose(zones);
	*end *= sysconf(_SC_PAGESIZE);
	return *end ? 0 : -ENODATA;
}

static int read_forced(bool *forced)
{
	char *line = NULL;
	size_t size = 0;
	FILE *file = fopen("/proc/cmdline", "re");
	int error = 0;

	if (!file)
		return -errno;
	if (getline(&line, &size, file) < 0)
		error = -errno;
	else
		for (char *word = strtok(line, " \n"); word; word = strtok(NULL, " \n"))
			if (!strncmp(word, "swiotlb=", 8) && strstr(word, "force") &&
			    !strstr(word, "noforce"))
				*forced = true;
	free(line);
	fclose(file);
	return error;
}

static void judge_mask(struct finding *f, uint64_t bits, uint64_t end, bool forced,
		       const char *type)
{
	uint64_t reach = bits < 64 ? UINT64_C(1) << bits : UINT64_MAX;

	if (forced)
		finding_judge(f, VERDICT_HINDERS,
			      "swiotlb=force is on the kernel's command line: every page is copied to a bounce buffer. Boot without it.");
	else if (end <= reach)
		finding_judge(f, VERDICT_OK,
			      "All memory can be addressed with %" PRIu64 " bits: it ends at %s.",
			      bits, text_bytes(end).s);
	else if (!*type)
		finding_judge(f, VERDICT_UNKNOWN,
			      "Memory ends at %s, beyond the %s that the card can address: pages from there are copied to bounce buffers unless an IOMMU translates, and whether it does cannot be read.",
			      text_bytes(end).s, text_bytes(reach).s);
	else if (!strcmp(type, "identity"))
		finding_judge(f, VERDICT_HINDERS,
			      "Memory ends at %s, beyond the %s that the card can address: pages from there are copied to bounce buffers. An IOMMU that translates would spare that, or another card.",
			      text_bytes(end).s, text_bytes(reach).s);
	else
		finding_judge(f, VERDICT_OK,
			      "Memory ends at %s, beyond the %s that the card can address, but the IOMMU translates.",
			      text_bytes(end).s, text_bytes(reach).s);
}

static void look_at_mask(struct doctor *doctor, const char *device,
			 const char *path, const char *type)
{
	char file[DEEP];
	struct finding *f;
	uint64_t bits, end = 0;
	bool forced = false;
	int error;

	snprintf(file, sizeof(file), "%s/dma_mask_bits", path);
	f = finding_new(&doctor->findings, file, "%s: DMA mask", device);
	error = value_read_number(file, &bits);
	if (!error)
		error = read_memory_end(&end);
	if (!error)
		error = read_forced(&forced);
	if (error) {
		finding_unread(f, error);
		return;
	}
	finding_value(f, "%" PRIu64 " bits", bits);
	finding_number(f, bits);
	judge_mask(f, bits, end, forced, type);
}

void doctor_dma(struct doctor *doctor, const char *device)
{
	char link[VALUE_MAX], path[PATH_MAX], type[VALUE_MAX];
	struct finding *f;

	snprintf(link, sizeof(link), "/sys/class/net/%s/device", device);
	if (!realpath(link, path)) {
		finding_unread(finding_new(&doctor->findings, link, "%s: DMA",
					   device),
			       -errno);
		return;
	}
	if (bypasses_dma_api(path)) {
		strcat(link, "/features");
		f = finding_new(&doctor->findings, link, "%s: DMA", device);
		finding_value(f, "physical addresses");
		finding_judge(f, VERDICT_OK,
			      "A virtio device without ACCESS_PLATFORM (bit %d): neither an IOMMU of this machine nor bounce buffers are in its way.",
			      ACCESS_PLATFORM);
		return;
	}
	if (find_pci(path)) {
		f = finding_new(&doctor->findings, link, "%s: DMA", device);
		finding_judge(f, VERDICT_UNKNOWN,
			      "It is on no PCI bus, and for others sysfs does not say what they can address.");
		return;
	}
	look_at_iommu(doctor, device, path, type);
	look_at_mask(doctor, device, path, type);
}

static bool has_debugfs(void)
{
	struct statfs status;

	return !statfs(DEBUGFS, &status) && status.f_type == DEBUGFS_MAGIC;
}

void doctor_bounces(struct doctor *doctor)
{
	struct finding *f = finding_new(&doctor->findings, SWIOTLB "io_tlb_used",
					"bounce buffers (swiotlb)");
	uint64_t used, slots, most;
	int error = value_read_number(SWIOTLB "io_tlb_used", &used);

	if (!error)
		error = value_read_number(SWIOTLB "io_tlb_nslabs", &slots);
	/* Since Linux 6.4. */
	if (value_read_number(SWIOTLB "io_tlb_used_hiwater", &most))
		most = used;
	if (error == -ENOENT && has_debugfs()) {
		finding_value(f, "none");
		finding_judge(f, VERDICT_OK,
			      "The kernel set none aside, as no device needs them.");
		return;
	}
	if (error) {
		finding_judge(f, VERDICT_UNKNOWN,
			      "cannot be read: %s; it wants root, and debugfs at " DEBUGFS,
			      strerror(-error));
		return;
	}
	finding_value(f, "%s of %s in use, %s at the most",
		      text_bytes(used * SLOT).s, text_bytes(slots * SLOT).s,
		      text_bytes(most * SLOT).s);
	finding_number(f, most * SLOT);
	if (most)
		finding_judge(f, VERDICT_NOTE,
			      "Bytes were copied to or from buffers that a device can address; of which device is not said here. See the DMA masks.");
	else
		finding_judge(f, VERDICT_OK,
			      "Nothing was copied to suit a device.");
}
