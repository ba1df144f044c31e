#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# skiff explain: what it measures of each way is what that way is known to do, all
# of the file arrives, and text, SVG and JSON say the same.

set -u
ROOT=$(cd "${0%/*}/.." && pwd)
. "$ROOT/selftests/vm/tap.sh"
TOOL=${SKIFF_TOOL:-$ROOT/build/tools/skiff}
EXT4=/mnt/vblk-ext4
SIZE=4194304
WAYS=7

echo TAP version 13
[ -e /dev/skiff ] || skip_all 'no /dev/skiff'
ip netns exec near true 2>/dev/null || skip_all 'no network namespace near'
mountpoint -q $EXT4 || skip_all "no $EXT4"
[ -e /sys/kernel/btf/vmlinux ] || skip_all 'this kernel has no BTF: nothing can be traced'
echo 1..23

work=$(mktemp -d)
dir=$(mktemp -d $EXT4/explain.XXXXXX)
file=$dir/file
receiver=''

# shellcheck disable=SC2317 # it is called by the trap
tidy()
{
	[ -z "$receiver" ] || kill "$receiver"
	umount "$work/ramfs" 2>/dev/null
	rm -rf "$work" "$dir" "/dev/shm/$$"
}
trap tidy EXIT

near()
{
	ip netns exec near "$@"
}

# explain NAMESPACE ADDRESS FILE OPTION...: a receiver there takes what is sent;
# leaves $status, and $work/out, err and received.
explain()
{
	local netns=$1 address=$2 sent=$3

	shift 3
	rm -f "$work/listening"
	ip netns exec "$netns" "$TOOL" recv --json --count $WAYS \
		--bind "$address" 0 >"$work/received" 2>"$work/listening" &
	receiver=$!
	eventually grep -q '^listening' "$work/listening"
	status=0
	near "${as[@]}" "$tool" explain "$@" "$sent" \
		"$(sed -n 's/^listening on //p' "$work/listening")" \
		>"$work/out" 2>"$work/err" || status=$?
	[ $status = 0 ] || sed 's/^/# /' "$work/err"
}
as=() tool=$TOOL

# arrived FILE NUMBER: each of so many connections brought all of it, the others
# nothing.
arrived()
{
	local sum

	wait $receiver || return
	receiver=''
	sum=$(sha256sum "$1")
	[ "$(jq -s length "$work/received")" = $WAYS ] &&
		[ "$(jq -r .sha256 "$work/received" | grep -c "${sum%% *}")" = "$2" ] &&
		[ "$(jq -s 'map(.bytes) | add' "$work/received")" = $(($2 * SIZE)) ]
}

# of QUERY: in the last JSON, a line for each way that was possible
of()
{
	jq -r ".ways[] | select(.possible) | $1" "$work/out"
}

# same NAME: standard input, and what is wanted in $2
same()
{
	diff <(printf '%s\n' "$2") - >"$work/diff"
	result $? "$1"
	sed 's/^/# /' "$work/diff"
}

# all NAME QUERY: it is true of each way that was possible
all()
{
	of "select($2 | not) | [.way, .] | tostring" >"$work/not"
	[ ! -s "$work/not" ] && [ -n "$(of .way)" ]
	result $? "$1"
	sed 's/^/# /' "$work/not"
}

# The pictures of a text: the names of the ways, and their arrows.
arrows()
{
	sed -nE '/ +[0-9.]+ CPU copies per byte$/ { s///p; d }
		/[#=?-]{2,}>/ { s/([#=?-])+>/\1/g; s/^ +//; p }' "$1"
}

# The numbers with decimals, in order of size.
numbers()
{
	grep -oE '[0-9]+\.[0-9]{2,}' | sort
}

texts()
{
	xmllint --xpath '//*[local-name()="text"]/text()' "$1"
}

head -c $SIZE /dev/urandom >"$file"
sync "$file"

#
# Loopback, text and SVG of one run
#

explain near 127.0.0.1 "$file" --svg "$work/svg"
[ $status = 0 ] && arrived "$file" $WAYS
result $? 'loopback: all of the file arrives by each way'

same 'loopback: the pictures' < <(arrows "$work/out") "\
read + write
cache # user # socket - lo
mmap + write
cache - user # socket - lo
O_DIRECT + write
disk = user # socket - lo
sendfile
cache - socket - lo
skiff, policy keep
cache - socket - lo
skiff, policy drop
cache - socket - lo
skiff, policy direct
disk = pages - socket - lo"

same 'loopback: copies' \
	< <(sed -nE 's/ +([0-9.]+) CPU copies per byte$/: \1/p' "$work/out") "\
read + write: 2.00
mmap + write: 1.00
O_DIRECT + write: 1.00
sendfile: 0.00
skiff, policy keep: 0.00
skiff, policy drop: 0.00
skiff, policy direct: 0.00"

xmllint --noout "$work/svg"
result $? 'SVG is well-formed'
texts "$work/svg" | numbers >"$work/drawn"
numbers <"$work/out" | diff - "$work/drawn" >"$work/diff" &&
	[ "$(wc -l <"$work/drawn")" -gt $((WAYS * 4)) ]
result $? 'SVG has the numbers of the text'
sed 's/^/# /' "$work/diff"
[ -z "$(sed 1d "$work/out" | awk 'length > 80')" ]
result $? 'text fits 80 columns'

#
# A card, from a cold cache; JSON and SVG of one run
#

explain far 10.77.2.2 "$file" --cold --json --svg "$work/svg"
[ $status = 0 ] && arrived "$file" $WAYS
result $? 'card: all of the file arrives by each way'

same 'card: bytes copied and referenced, each exactly once' \
	< <(of '[.way, (.bytes_copied.from_file, .bytes_copied.into_socket,
		.bytes_by_reference) / .bytes] | map(tostring) | join(" ")') "\
read-write 1 1 0
mmap-write 0 1 0
direct-write 0 1 0
sendfile 0 0 1
skiff-keep 0 0 1
skiff-drop 0 0 1
skiff-direct 0 0 1"
all 'card: less than a hundredth is copied below the socket' \
	'.bytes_copied.in_packets + .bytes_copied.bounced < .bytes / 100'
all 'card: none of its pages were cached before' '.cached_before == 0'
all 'card: the disk reads each byte once' \
	'.dma_from_disk >= .bytes and .dma_from_disk < .bytes * 1.1'
all 'card: it is given each byte once, and headers' \
	'.dma_to_card_source == "dma_map_page" and .dma_to_card >= .bytes and
		.dma_to_card < .bytes * 1.1 and .dma_to_card_mappings > 10'

same 'card: system calls' < <(of '"\(.way) \(.system_calls)"') "\
read-write $((2 * SIZE / 65536))
mmap-write 3
direct-write $((2 * SIZE / 65536))
sendfile 1
skiff-keep 2
skiff-drop 2
skiff-direct 2"
all "card: time of the process, and of skiff's threads where it sends" \
	'.process_cpu_ns > 0 and if .way | startswith("skiff")
		then .threads_cpu_ns > 0 and .threads_switches > 0
		else .threads_cpu_ns < .process_cpu_ns / 10 end'
all 'card: the receipt says the same' \
	'(.way | startswith("skiff") | not) or (.receipt.rung == "ubuf" and
		.receipt.bytes_by_ref == .bytes_by_reference and
		"skiff-" + .receipt.policy == .way)'

# As the pictures round.
of '[.copies_per_byte, .system_calls_per_mib, .context_switches_per_mib] | @tsv' |
	while read -r copies calls switches; do
		printf '%.2f CPU copies per byte\n' "$copies"
		printf '%.2f system calls/MiB, %.2f context switches/MiB\n' \
			"$calls" "$switches"
	done >"$work/wanted"
texts "$work/svg" | grep -E ' CPU copies per| system calls/' | diff "$work/wanted" - \
	>"$work/diff" && [ -s "$work/wanted" ]
result $? 'SVG has the numbers of the JSON'
sed 's/^/# /' "$work/diff"

#
# A card that cannot gather
#

explain far 10.77.1.2 "$file" --json
[ $status = 0 ] && arrived "$file" $WAYS
all 'virtio: segments are cut by the CPU, which copies each byte once more' \
	'.bytes_copied.in_packets >= .bytes and
		.bytes_copied.in_packets < .bytes * 1.1 and
		.dma_to_card_source == "tx_bytes" and .dma_to_card > .bytes'

#
# Files that not every way can send
#

cp "$file" "/dev/shm/$$"
explain near 127.0.0.1 "/dev/shm/$$" --json
[ $status = 0 ] && arrived "$file" 5 &&
	[ "$(jq -c '[.ways[] | select(.possible | not) | .way]' "$work/out")" = \
		'["skiff-drop","skiff-direct"]' ]
result $? 'tmpfs: skiff refuses what it cannot do, and sends nothing'
[ "$(of 'select(.way == "direct-write") | .bytes_copied.all / .bytes')" = 2 ]
result $? 'tmpfs: O_DIRECT copies twice'

mkdir "$work/ramfs" && mount -t ramfs ramfs "$work/ramfs" &&
	cp "$file" "$work/ramfs/file"
explain near 127.0.0.1 "$work/ramfs/file"
[ $status = 0 ] && arrived "$file" 4 &&
	grep -A 1 '^O_DIRECT + write$' "$work/out" |
		grep -qx '  not here: Invalid argument'
result $? 'ramfs: there is no O_DIRECT'

#
# Not root
#

cp "$TOOL" "$work/skiff"
chmod 755 "$work" "$dir"
as=(setpriv --reuid 65534 --regid 65534 --clear-groups) tool=$work/skiff
explain near 127.0.0.1 "$file" --json
[ $status = 0 ] && arrived "$file" 4 &&
	[ "$(of 'has("bytes_copied") or has("system_calls") or has("dma_from_disk")' |
		uniq)" = false ] &&
	grep -q 'Copies and system calls are unknown' "$work/out"
result $? 'not root: copies are unknown'
as=() tool=$TOOL

#
# What cannot be explained
#

"$TOOL" explain "$dir" 127.0.0.1:9 2>"$work/err"
[ $? = 1 ] && grep -q "regular file or a block device: \`$dir'" "$work/err"
result $? 'a directory'
near "$TOOL" explain "$file" 127.0.0.1:9 >"$work/out" 2>"$work/err"
[ $? = 1 ] && grep -q 'cannot connect to 127.0.0.1:9' "$work/err" &&
	[ ! -s "$work/out" ]
result $? 'a peer that does not listen'
exit $failed
