// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE /* versionsort() */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sysfs.h"

static void path_of(char full[PATH_MAX], const char *path)
{
	const char *root = getenv("SKIFF_SYSFS");

	snprintf(full, PATH_MAX, "%s/%s", root ? root : SKIFF_SYSFS, path);
}

int sysfs_read(const char *path, char value[VALUE_MAX])
{
	char full[PATH_MAX];

	path_of(full, path);
	return value_read(full, value);
}

/* The number that a value or a name stands for. 0 or -EINVAL. */
static int number_of(enum skiff_unit unit, const char *value, uint64_t *number)
{
	bool negative = unit == SKIFF_UNIT_ERRNO && *value == '-';
	int named = -EINVAL;

	if (!parse_number(value + negative, 0, UINT64_MAX, number)) {
		*number = negative ? -*number : *number;
		return 0;
	}
	if (unit == SKIFF_UNIT_STATE)
		named = skiff_state_by_name(value);
	else if (unit == SKIFF_UNIT_RUNG)
		named = skiff_rung_by_name(value);
	else if (unit == SKIFF_UNIT_REASON)
		named = skiff_reason_by_name(value);
	else if (unit == SKIFF_UNIT_POLICY)
		named = skiff_policy_by_name(value);
	*number = named;
	return named < 0 ? named : 0;
}

static int read_in(const char *directory, const char *name,
		   char value[VALUE_MAX])
{
	char path[2 * NAME_MAX];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return sysfs_read(path, value);
}

static int add_file(struct table *table, const char *directory,
		    const char *name)
{
	const struct skiff_field *field = skiff_receipt_field(name);
	enum skiff_unit unit = field ? field->unit : SKIFF_UNIT_NUMBER;
	char value[VALUE_MAX];
	uint64_t number;
	int error;

	error = read_in(directory, name, value);
	if (error)
		return error;
	if (number_of(unit, value, &number))
		table_string(table, name, value);
	else
		table_value(table, name, unit, number);
	return 0;
}

int sysfs_read_field(const char *directory, const struct skiff_field *field,
		     struct skiff_receipt *receipt)
{
	char *member = (char *)receipt + field->offset;
	char value[VALUE_MAX];
	uint64_t number;
	uint32_t narrow;
	int error;

	error = read_in(directory, field->name, value);
	if (error)
		return error;
	error = number_of(field->unit, value, &number);
	if (error)
		return error;
	narrow = number;
	if (field->width == sizeof(narrow))
		memcpy(member, &narrow, sizeof(narrow));
	else
		memcpy(member, &number, sizeof(number));
	return 0;
}

static int is_foreign(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && !skiff_receipt_field(entry->d_name);
}

/* A receipt has more members than the files of a directory, which may also go
 * while it is read, as a transfer does: what is not there is passed over.
 */
int sysfs_read_directory(const char *path, struct table *table)
{
	const struct skiff_field *field;
	struct dirent **entries;
	char full[PATH_MAX];
	int nr, error = -ENOENT;
	size_t fields;

	path_of(full, path);
	nr = scandir(full, &entries, is_foreign, versionsort);
	if (nr < 0)
		return -errno;
	for (int i = 0; i < nr; i++) {
		error = add_file(table, path, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	for (field = skiff_receipt_fields(&fields); fields--; field++) {
		int one = add_file(table, path, field->name);

		if (one != -ENOENT)
			error = one;
	}
	return error;
}

static int is_id(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int sysfs_list_transfers(struct dirent ***entries)
{
	char full[PATH_MAX];
	int nr;

	path_of(full, SYSFS_TRANSFERS);
	nr = scandir(full, entries, is_id, versionsort);
	return nr < 0 ? -errno : nr;
}

bool sysfs_exists(void)
{
	char full[PATH_MAX];

	path_of(full, SYSFS_STATS);
	return !access(full, F_OK);
}
