#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# skiff-trace: what it counts for a command, and for each transfer.
#
# What begins with $ in single quotes is jq's.
# shellcheck disable=SC2016

set -u
ROOT=$(cd "${0%/*}/.." && pwd)
. "$ROOT/selftests/vm/tap.sh"
TOOL=${SKIFF_TOOL:-$ROOT/build/tools/skiff}
TRACER=${SKIFF_TRACER:-$ROOT/build/tools/skiff-trace}
CARD=10.77.2.2
SIZE=5000001

# receiver [NETNS]: whose port is left.
receiver()
{
	local in=()

	[ $# = 0 ] || in=(ip netns exec "$1")
	"${in[@]}" "$TOOL" recv 0 >/dev/null 2>"$work/recv.err" &
	eventually grep -q '^listening' "$work/recv.err" || return
	port=$(sed 's/.*://' "$work/recv.err")
}

# traced OPTION... -- COMMAND...: the report is left in JSON.
traced()
{
	"$TRACER" --json --output "$work/report" "$@" >"$work/receipt" || return
	wait
	[ "$(report .missed)" = 0 ]
}

# sent TRACER-OPTION... -- SEND-OPTION...: the file, over loopback, traced.
sent()
{
	local options=()

	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	receiver || return
	traced "${options[@]}" -- "$TOOL" send --json "${@:2}" $file "localhost:$port"
}

# over_card SEND-OPTION...
over_card()
{
	receiver far || return
	traced --transfers -- ip netns exec near \
		"$TOOL" send --json --released "$@" $file "$CARD:$port"
}

# without FEATURE: on the card that sends, which has all others.
without()
{
	ip netns exec near ethtool -K e1k0 sg on tx on tso on >/dev/null
	ip netns exec near ethtool -K e1k0 "$1" off >/dev/null
}

report()
{
	jq -r "$1" "$work/report"
}

# holds FILTER: it is true of the report, and $receipt is the receipt.
holds()
{
	jq -e --slurpfile receipts "$work/receipt" --argjson size $SIZE \
		"def calls(name): [.functions[] | select(.name == name).calls] | add // 0;
		 def bytes(name): [.functions[] | select(.name == name).bytes] | add // 0;
		 \$receipts[0] as \$receipt | $1" "$work/report" >/dev/null || {
		echo "# not so: $1"
		jq -c '.transfers[]?' "$work/report" | sed 's/^/# /'
		return 1
	}
}

as_receipt='(.transfers | length) == 1 and (.transfers[0] |
	[.id, .queued, .by_reference, .copied, .rung, .policy, .bytes] ==
	($receipt | [.id, .bytes_queued, .bytes_by_ref, .bytes_copied, .rung, .policy,
		     .bytes_requested]))'
sum='(.transfers[0] | [.queued, .functions, .stages]) ==
	(.all_transfers | [.queued, .functions, .stages])'
latency='[.latency | to_entries[] | [.key, ([.value[].count] | add // 0)]] ==
	[.transfers[0].stages | to_entries[] | [.key, .value.times]]'

echo TAP version 13
[ -e /sys/kernel/btf/vmlinux ] || skip_all 'this kernel has no BTF: nothing can be traced'
[ -e /sys/kernel/tracing/events ] || mount -t tracefs tracefs /sys/kernel/tracing
echo 1..17
work=$(mktemp -d)
file=/mnt/vblk-ext4/traced
trap 'rm -rf "$work" $file' EXIT
head -c $SIZE /dev/urandom >$file
sync $file

traced -- sh -c "cat $file >/dev/null"
result $? 'a command, traced'
holds '.bytes.copied.command >= $size and .system_calls > 0 and .transfers == null'
result $? 'its read(2) copied, and of transfers there is no word'

sent --transfers --
result $? 'a transfer over loopback'
holds "$as_receipt"
result $? 'is as the receipt'
holds '.transfers[0] | bytes("skb_zerocopy_iter_stream") == $size and
	bytes("tcp_sendmsg_locked") == 0'
result $? 'and nothing was copied for it'
holds "$sum"
result $? 'the sum is of all transfers'
holds "($latency) and .transfers[0].stages.whole.times == 1"
result $? 'the histogram has as many as it waited times'

echo 1 >/proc/sys/vm/drop_caches
sent --transfers -- --rung copy
result $? 'a cold file on the rung copy'
holds "($as_receipt) and (.transfers[0] | bytes(\"tcp_sendmsg_locked\") == \$size and
	.stages.fill.times > 0 and .stages.disk_wait.ns == \$receipt.disk_wait_ns)"
result $? 'was copied for the transfer, after it was waited for'

over_card
result $? 'over a card'
holds "($as_receipt) and (.transfers[0] | bytes(\"dma_map_page_attrs\") > \$size and
	calls(\"dma_map_page_attrs\") > \$receipt.frags and
	.stages.release_wait.ns == \$receipt.release_wait_ns)"
result $? 'its packets were mapped for DMA'

without sg
over_card && holds "$as_receipt" && holds '.transfers[0] |
	bytes("tcp_sendmsg_locked") == $size and bytes("skb_copy_bits") >= $size'
result $? 'without scatter-gather, packets were copied again'
over_card --length 1000 && holds '.transfers[0] |
	bytes("__pskb_pull_tail") == 1000 and bytes("skb_copy_bits") == 1000'
result $? 'and one that is not cut was made linear'
without tx
over_card && holds "$as_receipt" && holds '.transfers[0] | bytes("__skb_checksum") >= $size'
result $? 'without checksums, the CPU computed them'
ip netns exec near ethtool -K e1k0 sg on tx on tso on >/dev/null

sent --transfers -- --rung ubuf --released && holds "$as_receipt" &&
	holds '.transfers[0] | bytes("skb_copy_ubufs") == $receipt.orphaned_bytes'
result $? 'the rung ubuf over loopback, and what the receipt says was copied on the way'

id=$(report '.transfers[0].id')
sent --pid 1 -- && holds '.transfers == []' &&
	sent --id $((id + 1)) -- && holds '.transfers == []' &&
	sent --id $((id + 3)) -- && holds "$as_receipt"
result $? 'others are left out'
"$TRACER" --socket 0 -- true 2>"$work/error"
[ $? = 125 ] && grep -q 'not a number above 0' "$work/error"
result $? 'a filter that is none is refused'
exit $failed
