#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What is in sysfs is what uapi/ABI describes, neither more nor less; it shows
# what happened, and readers are safe while transfers come and go.

set -u
ROOT=$(cd "${0%/*}/.." && pwd)
. "$ROOT/selftests/vm/tap.sh"
TOOL=${SKIFF_TOOL:-$ROOT/build/tools/skiff}
SYSFS=/sys/class/misc/skiff
ABI=$ROOT/uapi/ABI/sysfs-class-misc-skiff

names()
{
	find "$1/" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort
}

# These two are called by name, by eventually.
# shellcheck disable=SC2317
gone()
{
	[ ! -e "$1" ]
}

# few DIR NR: no more than that are in it.
# shellcheck disable=SC2317
few()
{
	[ "$(names "$1" | wc -l)" -le "$2" ]
}

described()
{
	sed -n "s|^What:[[:space:]]*$SYSFS/$1||p" "$ABI" | grep . | sort
}

# transfer FILE: send it to ourselves over a unix socket; prints the id.
transfer()
{
	"$TOOL" recv "unix:$work/sock" >/dev/null 2>"$work/recv.err" &
	eventually grep -q '^listening' "$work/recv.err" || return
	"$TOOL" send --json "$1" "unix:$work/sock" | jq .id
	wait $!
}

echo TAP version 13
[ -e $SYSFS ] || {
	echo '1..0 # SKIP the module is not inserted'
	exit 4
}
echo 1..10
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
size=$(stat -c %s "$ROOT/README.md")

grep -qxE '[0-9]+\.[0-9]+\.[0-9]+' $SYSFS/version
result $? 'version'

diff <(described stats/) <(names $SYSFS/stats) >"$work/diff"
result $? 'stats/ is as described'
sed 's/^/# /' "$work/diff"

diff <(described limits/) <(names $SYSFS/limits) >"$work/diff"
result $? 'limits/ is as described'
sed 's/^/# /' "$work/diff"

[ "$(cat $SYSFS/limits/pin_user)" = \
	$(($(cat /sys/module/skiff/parameters/pin_user_mb) << 20)) ] &&
	[ "$(cat $SYSFS/limits/pinned)" = 0 ]
result $? 'its values'

before=$(cat $SYSFS/stats/bytes_queued)
id=$(transfer "$ROOT/README.md")
after=$(cat $SYSFS/stats/bytes_queued)
[ $((after - before)) = "$size" ]
result $? 'stats/bytes_queued counts'

dir=$SYSFS/transfers/$id
eventually test -d "$dir"
result $? 'an ended transfer is shown'

diff <(described 'transfers/<id>/') <(names "$dir") >"$work/diff"
result $? 'transfers/<id>/ is as described'
sed 's/^/# /' "$work/diff"

[ "$(cat "$dir/bytes_queued" "$dir/state" "$dir/error" | tr '\n' ' ')" = "$size 1 0 " ] &&
	[ "$(stat -c %a "$dir/bytes_queued")" = 400 ]
result $? 'its values, for root alone'

# More than are kept (one test of another program submits 96), while somebody
# reads all there is.
while :; do cat $SYSFS/transfers/*/* >/dev/null 2>&1; done &
reader=$!
"$ROOT/build/selftests/transfer" -r transfer.ext4_UNIX.borders >/dev/null
kill $reader
wait $reader 2>/dev/null
eventually gone "$dir"
result $? 'the oldest goes when many came'

recent=$(cat /sys/module/skiff/parameters/recent)
eventually few $SYSFS/transfers "$recent"
result $? 'no more are shown than are kept'
exit $failed
