#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# skiff doctor notices what is changed on the machine, and that it is changed
# back: by the very command that it would set. It changes nothing itself.

set -u
ROOT=$(cd "${0%/*}/.." && pwd)
. "$ROOT/selftests/vm/tap.sh"
TOOL=${SKIFF_TOOL:-$ROOT/build/tools/skiff}
EXT4=/mnt/vblk-ext4
PEER=10.77.2.2:5000 # over e1k0
VIRTIO_PEER=10.77.1.2:5000
PARAMETERS=/sys/module/skiff/parameters
PLAN=36

echo TAP version 13
[ -e /dev/skiff ] || skip_all 'no /dev/skiff'
ip netns exec near true 2>/dev/null || skip_all 'no network namespace near'
mountpoint -q $EXT4 || skip_all "no $EXT4"
echo 1..$PLAN

work=$(mktemp -d)
dir=$(mktemp -d $EXT4/doctor.XXXXXX)
file=$dir/file
receivers=()

# shellcheck disable=SC2317 # it is called by the trap
tidy()
{
	kill "${receivers[@]}"
	swapoff "$dir/swap" 2>/dev/null
	rm -rf "$work" "$dir" /mnt/*/doctor-file
}
trap tidy EXIT

near()
{
	ip netns exec near "$@"
}

# doctor ARGUMENT...: in near; leaves $status and $work/json.
doctor()
{
	status=0
	near timeout 60 "$TOOL" doctor --json "$@" >"$work/json" 2>"$work/err" ||
		status=$?
}

# of SUBJECT MEMBER...: from the last answer, a tab between them
of()
{
	jq -r --arg subject "$1" '.findings[] | select(.subject == $subject) |
		[.[$ARGS.positional[]]] | @tsv' --args "${@:2}" <"$work/json"
}

# is SUBJECT VERDICT [VALUE-PATTERN]
is()
{
	local value verdict

	IFS=$'\t' read -r verdict value < <(of "$1" verdict value)
	# shellcheck disable=SC2053 # it is a pattern
	[ "$verdict" = "$2" ] && [[ $value == ${3-*} ]] && return
	echo "# $1 is '$verdict', '$value'; wanted '$2', '${3-*}'; status $status"
	sed 's/^/# /' "$work/err"
	return 1
}

# obey SUBJECT: do what it says
obey()
{
	local command

	command=$(of "$1" set)
	[ -n "$command" ] && near sh -c "$command" >"$work/obeyed" 2>&1 && return
	echo "# obeying '$command':" "$(cat "$work/obeyed")"
	return 1
}

# verdict STATUS NAME: a result, and what was found if it is bad.
verdict()
{
	result "$1" "$2"
	[ "$1" = 0 ] || jq -r '.findings[] | select(.verdict != "ok") |
		"# " + .verdict + " " + .subject + ": " + .value + ": " + .why' \
		"$work/json"
}

# cured NAME SUBJECT VALUE-PATTERN ARGUMENT...: what was changed hinders, and its
# own advice ends that.
cured()
{
	local name=$1 subject=$2 value=$3

	shift 3
	doctor "$@"
	[ "$status" = 1 ] && is "$subject" hinders "$value" && obey "$subject" &&
		doctor "$@" && [ "$status" = 0 ] && is "$(now "$subject")" ok
	verdict $? "$name"
}

# A limit given in bytes has another name than the ratio that it replaces.
now()
{
	case $1 in
	vm.dirty*_ratio)	echo "${1%ratio}bytes" ;;
	*)			echo "$1" ;;
	esac
}

receive()
{
	ip netns exec "$1" "$TOOL" recv --count 1000000 --bind "$2" 5000 \
		>/dev/null 2>"$work/listening" &
	receivers+=($!)
	eventually grep -q '^listening' "$work/listening"
}

offloads()
{
	local device=$1 name=$2

	near ethtool -K "$device" "${@:3}" >/dev/null 2>&1
	cured "$device ${*:3}" "$device: $name" 'off (*' --disk-rate 1T "$file" $PEER
}

# What every setting is, but for what changes by itself.
settings()
{
	near sysctl -a 2>/dev/null | grep -vE \
		'^(kernel\.(random|ns_last_pid|sched_domain|pty)|fs\.(dentry|file-nr|inode)|net\.netfilter)'
	near ethtool -k e1k0
	near ethtool -k virt0
	near ip -d link show
	near ip route show table all
	grep . /sys/block/*/queue/read_ahead_kb $PARAMETERS/*
}

cached_pages()
{
	fincore -n -o PAGES "$1" | tr -d ' '
}

head -c 4M /dev/urandom >"$file"
sync "$file"
receive far 10.77.2.2 && receive far 10.77.1.2 && receive near 127.0.0.1
result $? 'peers listen'

#
# A machine as it should be
#

head -c 4M "$file" >/dev/null
settings >"$work/before"
doctor --disk-rate 1T "$file" $PEER
settings >"$work/after"
[ "$status" = 0 ] && is "rung from $file to $PEER" ok 'ubuf (best)' &&
	is "route to $PEER" ok e1k0 && is e1k0 ok 'a card, e1000e at 0000:*' &&
	is 'e1k0: IOMMU' ok none && is 'e1k0: DMA mask' ok '64 bits'
verdict $? 'a card that gathers: nothing hinders'

diff "$work/before" "$work/after" >"$work/diff" && [ -s "$work/before" ]
result $? 'no setting was changed'
sed 's/^/# /' "$work/diff"

echo 3 >/proc/sys/vm/drop_caches
before=$(cached_pages "$file")
doctor "$file" $PEER
[ "$before" = 0 ] && [ "$(cached_pages "$file")" = 0 ] &&
	is "folios of $file" note unknown
verdict $? 'a cold file stays cold'

for wanted in "$PEER" ''; do
	doctor --disk-rate 1M "$file" ${wanted:+"$wanted"}
	near "$TOOL" doctor --disk-rate 1M "$file" ${wanted:+"$wanted"} >"$work/text"
	[ $? = "$status" ] &&
		diff <(jq -r '.findings[] | .verdict + " " + .subject' "$work/json" | sort) \
			<(sed -nE 's/^(ok|note|unknown|hinders) +(.*): .*/\1 \2/p' \
				"$work/text" | sort) >"$work/diff" &&
		[ "$(jq '.ok + .note + .unknown + .hinders' "$work/json")" = \
			"$(jq '.findings | length' "$work/json")" ]
	result $? "text and JSON say the same${wanted:+ of $wanted}"
	sed 's/^/# /' "$work/diff"
done

[ "$(awk 'length > 80 && !/^(ok|note|unknown|hinders)/ && !/ [^ ]{64}/' \
	"$work/text" | wc -l)" = 0 ]
result $? 'text fits 80 columns'

#
# The network
#

offloads e1k0 scatter-gather sg off
offloads e1k0 TSO tso off
offloads e1k0 checksum tx off

ip -n near link set dev e1k0 gso_max_size 16384
cured 'gso_max_size' 'e1k0: gso_ipv4_max_size' 16384 --disk-rate 1T "$file" $PEER
ip -n near link set dev e1k0 gso_max_segs 10
cured 'gso_max_segs' 'e1k0: gso_max_segs' 10 --disk-rate 1T "$file" $PEER

near ethtool -K e1k0 sg off >/dev/null 2>&1
modprobe 8021q && ip -n near link add link e1k0 name tagged type vlan id 7 &&
	ip -n near link set tagged up
doctor --device tagged
is tagged ok 'stands on 1 other' && is e1k0 ok 'a card*' &&
	is 'e1k0: scatter-gather' hinders
verdict $? 'a VLAN is as good as the card below it'
ip -n near link del tagged
near ethtool -K e1k0 sg on >/dev/null 2>&1

doctor --disk-rate 1T
is e1k0 ok && is virt0 ok && [ -z "$(of lo verdict)" ] &&
	is 'virt0: scatter-gather' hinders 'off, and cannot be on *'
verdict $? 'without an address all cards are looked at'

doctor "$file" $VIRTIO_PEER
is virt0 ok 'a card, virtio_net at virtio*' &&
	is 'virt0: DMA' ok 'physical addresses'
verdict $? 'a virtio card'

doctor "$file" '[fd77:2::2]:9'
is 'route to [fd77:2::2]:9' ok e1k0 && is 'e1k0: checksum' ok 'on *' &&
	is 'e1k0: TSO' ok 'on (tx-tcp6-segmentation)' &&
	is "rung from $file to a unix socket" ok
verdict $? 'a peer that does not listen, over IPv6'

doctor --disk-rate 1T "$file" 127.0.0.1:5000
[ "$status" = 0 ] && is lo note 'no card' &&
	is "rung from $file to 127.0.0.1:5000" note 'splice (local)' &&
	is net.ipv4.tcp_wmem ok
verdict $? 'loopback'

doctor "$file" $PEER
is net.ipv4.tcp_wmem ok
verdict $? 'tcp_wmem for a near peer'
cured 'tcp_wmem for a far one' net.ipv4.tcp_wmem '*' --speed 10000 --rtt 100 \
	--disk-rate 1T "$file" $PEER
doctor --rtt 100 "$file" $VIRTIO_PEER
is net.ipv4.tcp_wmem unknown
verdict $? 'tcp_wmem where the card does not say its speed'

near sysctl -q net.ipv4.tcp_congestion_control=reno
doctor "$file" $PEER
is 'congestion control' ok 'reno, of *'
verdict $? 'congestion control'
near sysctl -q net.ipv4.tcp_congestion_control=cubic

#
# The disk and the file
#

echo 0 >/sys/block/vda/queue/read_ahead_kb
cured 'read_ahead_kb' "read_ahead_kb below $file" 0 --disk-rate 1T "$file" $PEER
readahead=$(cat $PARAMETERS/readahead_max_kb)
echo 0 >$PARAMETERS/readahead_max_kb
doctor "$file" $PEER
is "read_ahead_kb below $file" note 128 && obey "read_ahead_kb below $file" &&
	doctor "$file" $PEER && is "read_ahead_kb below $file" ok &&
	[ "$(cat $PARAMETERS/readahead_max_kb)" = "$readahead" ]
verdict $? 'parameter readahead_max_kb'

# on MOUNT: the file there, read anew
on()
{
	cp "$file" "$1/doctor-file" && sync "$1/doctor-file" &&
		echo 3 >/proc/sys/vm/drop_caches &&
		head -c 4M "$1/doctor-file" >/dev/null &&
		doctor "$1/doctor-file" $PEER
}

on $EXT4 && is "file system of $EXT4/doctor-file" ok "ext4, /dev/vda1 on $EXT4" &&
	is "folios of $EXT4/doctor-file" note '4.0 KiB*'
verdict $? 'ext4'
on /mnt/vblk-xfs && is 'file system of /mnt/vblk-xfs/doctor-file' ok 'xfs*' &&
	is 'folios of /mnt/vblk-xfs/doctor-file' ok '*of 4.00 MiB'
verdict $? 'xfs has large folios'
on /mnt/nvme-btrfs && is 'file system of /mnt/nvme-btrfs/doctor-file' ok 'btrfs*' &&
	is 'read_ahead_kb below /mnt/nvme-btrfs/doctor-file' ok \
		"$(cat /sys/fs/btrfs/*/devices/nvme0n1p3/../../bdi/read_ahead_kb \
			2>/dev/null || cat /sys/class/bdi/btrfs-*/read_ahead_kb | head -n 1)"
verdict $? 'btrfs has a read-ahead of its own'
cp "$file" "$work/file"
doctor "$work/file" $PEER
is "file system of $work/file" note 'tmpfs*' &&
	is "rung from $work/file to $PEER" note 'pipe (file_system)' &&
	is "read_ahead_kb below $work/file" ok none
verdict $? 'tmpfs'
doctor "$ROOT/README.md"
is "file system of $ROOT/README.md" note 'overlay*' &&
	is "rung from $ROOT/README.md to a unix socket" note 'pipe (file_system)'
verdict $? 'overlayfs'
doctor /dev/vda1 $PEER
is 'file system of /dev/vda1' ok '*block device' &&
	is "rung from /dev/vda1 to $PEER" ok && is 'read_ahead_kb below /dev/vda1' ok
verdict $? 'a block device'

#
# Memory
#

doctor --disk-rate 100M "$file" $PEER
is vm.dirty_ratio ok '20 %*'
verdict $? 'vm.dirty_ratio that the disk can write'
sysctl -q vm.dirty_background_ratio=1 vm.dirty_ratio=90
cured 'vm.dirty_ratio that it cannot' vm.dirty_ratio '90 %*' --disk-rate 20M \
	--device e1k0
sysctl -q vm.dirty_ratio=20
sysctl -q vm.dirty_background_ratio=80
cured 'vm.dirty_background_ratio' vm.dirty_background_ratio '80 %*' \
	--disk-rate 20M --device e1k0
sysctl -q vm.dirty_background_ratio=10
sysctl -q vm.dirty_writeback_centisecs=0
cured 'vm.dirty_writeback_centisecs' vm.dirty_writeback_centisecs 0 \
	--disk-rate 1T --device e1k0

sysctl -q vm.swappiness=0
doctor --device e1k0
head -c 8M /dev/zero >"$dir/swap" && chmod 600 "$dir/swap" &&
	mkswap "$dir/swap" >/dev/null 2>&1 && is vm.swappiness ok 0 &&
	swapon "$dir/swap" && doctor --device e1k0 && is vm.swappiness note 0 &&
	obey vm.swappiness && doctor --device e1k0 && is vm.swappiness ok 100
verdict $? 'vm.swappiness counts where there is swap'
swapoff "$dir/swap"
sysctl -q vm.swappiness=60

#
# What it may not see
#

# Where ip(8) did not mount another /sys, without debugfs.
"$TOOL" doctor --json >"$work/json" 2>"$work/err"
is 'bounce buffers (swiotlb)' ok none
verdict $? 'bounce buffers'

cp "$TOOL" "$work/skiff"
chmod 755 "$work" "$dir"
head -c 4M "$file" >/dev/null
near setpriv --reuid 65534 --regid 65534 --clear-groups \
	"$work/skiff" doctor --json "$file" $PEER >"$work/json" 2>"$work/err"
is "rung from $file to $PEER" unknown && is "folios of $file" note unknown &&
	is 'bounce buffers (swiotlb)' unknown && is 'e1k0: scatter-gather' ok
verdict $? 'not root: what cannot be read is unknown'
exit $failed
