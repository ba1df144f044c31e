// SPDX-License-Identifier: GPL-2.0-only
/* skiff info: what the module can do. */
#include <getopt.h>

#include "sysfs.h"
#include "table.h"

static void fill(struct table *table, const struct skiff_info *info)
{
	char version[VALUE_MAX];

	if (!sysfs_read(SYSFS_VERSION, version))
		table_string(table, "version", version);
	table_value(table, "abi", SKIFF_UNIT_NUMBER, info->out_abi);
	table_names(table, "rungs", info->out_rungs, skiff_rung_name);
	table_names(table, "policies", info->out_policies, skiff_policy_name);
	table_value(table, "max_pieces", SKIFF_UNIT_NUMBER,
		    info->out_max_pieces);
	table_value(table, "max_batch", SKIFF_UNIT_NUMBER, info->out_max_batch);
	table_value(table, "max_transfers", SKIFF_UNIT_NUMBER,
		    info->out_max_transfers);
	table_value(table, "max_memory", SKIFF_UNIT_BYTES,
		    info->out_max_memory);
	table_value(table, "deadline_ms", SKIFF_UNIT_NUMBER,
		    info->out_deadline_ms);
	table_names(table, "features", info->out_features, skiff_feature_name);
}

static int print_info(bool json)
{
	struct table table = { 0 };
	struct skiff_info info;
	int context, error;

	context = skiff_open();
	if (context < 0)
		return no_device(context);
	error = skiff_info(context, &info, sizeof(info));
	skiff_close(context);
	if (error)
		return failed("cannot ask the module what it can do: %s",
			      skiff_strerror(error));
	fill(&table, &info);
	table_print_as(&table, json);
	table_free(&table);
	return STATUS_OK;
}

static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{}
};

static int run(int argc, char **argv)
{
	bool json = false;
	int code;

	while ((code = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (code == 'h')
			return show_help(&command_info);
		if (code != 'j')
			return misused_command(&command_info);
		json = true;
	}
	if (optind < argc)
		return misused("info wants no argument: `%s'", argv[optind]);
	return print_info(json);
}

const struct command command_info = {
	.name = "info",
	.summary = "print what the module on this kernel can do",
	.help =
		"Usage: skiff info [--json]\n"
		"Print the versions of the module and of its ABI, the rungs and policies that\n"
		"it has here, its limits, and what more this kernel lets it do.\n"
		"\n"
		"  --json           print the result as JSON\n"
		"  -h, --help       print this\n"
		"\n"
		"Exit: 0 done, 1 failed, 2 wrong arguments, 3 no " SKIFF_DEVICE " or no\n"
		"permission.\n",
	.run = run,
};
