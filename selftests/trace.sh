#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The tracepoints tell what the receipt tells, event by event, and are what
# uapi/ABI describes.

set -u
ROOT=$(cd "${0%/*}/.." && pwd)
. "$ROOT/selftests/vm/tap.sh"
TOOL=${SKIFF_TOOL:-$ROOT/build/tools/skiff}
ABI=$ROOT/uapi/ABI/tracepoints
TRACE=/sys/kernel/tracing

# traced FILE OPTION...: send it over TCP, traced; receipt and events are left.
traced()
{
	local port

	"$TOOL" recv 0 >/dev/null 2>"$work/recv.err" &
	eventually grep -q '^listening' "$work/recv.err" || return
	port=$(sed 's/.*://' "$work/recv.err")
	echo >$TRACE/trace
	echo 1 >$TRACE/tracing_on
	"$TOOL" send --json "${@:2}" "$1" "localhost:$port" >"$work/receipt"
	wait $!
	# What comes from softirqs and workers has come, too.
	eventually grep -q ' skiff_complete: ' $TRACE/trace
	echo 0 >$TRACE/tracing_on
	grep "id=$(receipt id) " $TRACE/trace >"$work/events"
}

receipt()
{
	jq -r ".$1" "$work/receipt"
}

# events NAME: its lines.
events()
{
	grep " skiff_$1: " "$work/events"
}

# field EVENT NAME: its value in each of them.
field()
{
	events "$1" | grep -o " $2=[^ ]*" | cut -d= -f2
}

# sum EVENT NAME: of the values above 0, which leaves errnos out.
sum()
{
	field "$1" "$2" | awk '$1 > 0 { n += $1 } END { printf "%d\n", n }'
}

# same EVENT NAME MEMBER: the sum is the receipt's.
same()
{
	[ "$(sum "$1" "$2")" = "$(receipt "$3")" ] || {
		echo "# $1 $2: $(sum "$1" "$2"), $3: $(receipt "$3")"
		return 1
	}
}

described()
{
	awk '/^skiff_/ { print $1 }' "$ABI" | sort
}

# fields_described EVENT: below its heading; headings in a row share the fields.
fields_described()
{
	awk -v event="$1" '
		/^skiff_/ {
			if (!heading)
				mine = 0
			heading = 1
			if ($1 == event)
				mine = 1
		}
		/^\t[a-z]/ {
			heading = 0
			if (mine)
				print $1
		}' "$ABI" | sort
}

fields_there()
{
	sed -n 's/^\tfield:.* \([a-z_]*\);\toffset.*/\1/p' "$TRACE/events/skiff/$1/format" |
		grep -v '^common_' | sort
}

all_fields_described()
{
	local event status=0

	for event in $(described); do
		diff <(fields_described "$event") <(fields_there "$event") >"$work/diff" && continue
		echo "# $event"
		sed 's/^/# /' "$work/diff"
		status=1
	done
	return $status
}

echo TAP version 13
[ -e $TRACE/events/skiff ] || mount -t tracefs tracefs $TRACE
[ -e $TRACE/events/skiff ] || {
	echo '1..0 # SKIP the module is not inserted'
	exit 4
}
echo 1..11
work=$(mktemp -d)
trap 'echo 0 >$TRACE/events/skiff/enable; echo 1 >$TRACE/tracing_on; rm -rf "$work"' EXIT
file=/mnt/vblk-ext4/traced
head -c 5000001 /dev/urandom >$file

diff <(described) <(find $TRACE/events/skiff -mindepth 1 -type d -printf '%f\n' | sort) \
	>"$work/diff"
result $? 'each event is described'
sed 's/^/# /' "$work/diff"
all_fields_described
result $? 'with its fields'

echo 8192 >$TRACE/buffer_size_kb
echo 0 >$TRACE/tracing_on
echo 1 >$TRACE/events/skiff/enable
sync $file
echo 1 >/proc/sys/vm/drop_caches
traced $file --released
result $? 'a cold file, traced'
[ "$(events submit | wc -l) $(events complete | wc -l) $(events release | wc -l)" = '1 1 1' ]
result $? 'is submitted, released and ended once'
[ "$(field submit bytes) $(field submit rung)" = "5000001 $(receipt rung)" ]
result $? 'submit is as the receipt'
same send result bytes_queued && same send frags frags
result $? 'what was sent makes the bytes queued'
same disk_wait ns disk_wait_ns && same room_wait ns room_wait_ns
result $? 'the waits make the time waited'
same fill pages pages_read && [ "$(receipt pages_read)" -gt 0 ]
result $? 'the fills make the pages read'
same complete queued bytes_queued && same complete by_ref bytes_by_ref &&
	same complete copied bytes_copied
result $? 'complete is as the receipt'

traced $file --policy drop
result $? 'the same with another policy'
[ "$(field submit policy) $(sum send result)" = 'drop 5000001' ]
result $? 'says which'
rm -f $file
exit $failed
