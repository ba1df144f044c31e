# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
#
# What tests in shell share: how a case ends, and how it waits. Their exit status
# is $failed.

tap_nr=0 failed=0

# result STATUS NAME
result()
{
	tap_nr=$((tap_nr + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tap_nr - $2"
	else
		echo "not ok $tap_nr - $2"
		failed=1
	fi
}

# skip_all WHY: instead of a plan
skip_all()
{
	echo "1..0 # SKIP $1"
	exit 4
}

# Whether a command succeeds within a minute, tried ten times a second.
eventually()
{
	local _

	for _ in {1..600}; do
		"$@" && return
		sleep 0.1
	done
	return 1
}
