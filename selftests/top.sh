#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# skiff top: what it says of transfers is what sysfs says, and a terminal is never
# overrun, and given back as it was.

set -u
ROOT=$(cd "${0%/*}/.." && pwd)
. "$ROOT/selftests/vm/tap.sh"
TOOL=${SKIFF_TOOL:-$ROOT/build/tools/skiff}
EXT4=/mnt/vblk-ext4
SYSFS=/sys/class/misc/skiff
FAKES=40 # transfers of a module that is not there: more than 24 lines

echo TAP version 13
[ -e /dev/skiff ] || skip_all 'no /dev/skiff'
mountpoint -q $EXT4 || skip_all "no $EXT4"
echo 1..15

work=$(mktemp -d)
dir=$(mktemp -d $EXT4/top.XXXXXX)
children=()

# shellcheck disable=SC2317 # it is called by the trap
tidy()
{
	kill -CONT "${children[@]}" 2>/dev/null
	kill "${children[@]}" 2>/dev/null
	rm -rf "$work" "$dir"
}
trap tidy EXIT

# send NAME: a transfer without an end, to a receiver whose id is $receiver; $id
send()
{
	"$TOOL" recv --bind 127.0.0.1 0 >/dev/null 2>"$work/$1.listening" &
	receiver=$!
	children+=($!)
	eventually grep -q '^listening' "$work/$1.listening" || return
	[ "$1" != held ] || kill -STOP $receiver
	# Longer than the tests take, on a kernel that is slow.
	"$TOOL" send --deadline 3600000 "$dir/large" \
		"127.0.0.1:$(sed -n 's/.*://p' "$work/$1.listening")" \
		>/dev/null 2>&1 &
	children+=($!)
	eventually newest
}

# A transfer that runs and that is not $held.
# shellcheck disable=SC2317 # these are called by eventually
newest()
{
	local state

	for state in "$SYSFS"/transfers/*/state; do
		id=${state%/state}
		id=${id##*/}
		[ "$id" != "${held-}" ] && [ "$(cat "$state" 2>/dev/null)" = 0 ] &&
			return
	done
	return 1
}

# Whether it waits for room, and has done nothing else since this was last asked.
# shellcheck disable=SC2317
stands()
{
	local before=${queued-0}

	queued=$(cat "$SYSFS/transfers/$1/bytes_queued")
	[ "$queued" -gt 0 ] && [ "$queued" = "$before" ] &&
		[ "$(cat "$SYSFS/transfers/$1/room_waits")" -gt 0 ]
}

# agrees QUERY DIRECTORY NAME...: numbers in $work/json are those of sysfs
agrees()
{
	local name said is

	for name in "${@:3}"; do
		said=$(jq "$1.$name" "$work/json")
		is=$(cat "$SYSFS/$2/$name")
		[ "$said" = "$is" ] && continue
		echo "# $name is $is, and top says $said"
		return 1
	done
}

# A module of $FAKES transfers, in $work/sysfs.
fake()
{
	local pair id dir=$work/sysfs

	rm -rf "$dir"
	mkdir -p "$dir/stats"
	echo $((FAKES + 7)) >"$dir/stats/transfers_accepted"
	echo 0 >"$dir/stats/transfers_ended"
	for ((id = 1; id <= FAKES; id++)); do
		mkdir -p "$dir/transfers/$id"
		for pair in state=0 error=0 rung=2 reason=8 policy=0 \
			bytes_requested=1000000 bytes_queued=$id bytes_by_ref=0 \
			bytes_copied=$id disk_waits=1 disk_wait_ns=2 room_waits=3 \
			room_wait_ns=4 turn_waits=0 turn_wait_ns=0 submit_ns=1 \
			end_ns=0; do
			echo "${pair#*=}" >"$dir/transfers/$id/${pair%%=*}"
		done
	done
}

# In a terminal of its own, of $1 lines and $2 columns; keys go to $keys.
terminal()
{
	rm -f "$work/keys" "$work/typescript" "$work/after"
	mkfifo "$work/keys"
	cat >"$work/session" <<-SESSION
	stty rows $1 cols $2
	stty -g >$work/before
	tty >$work/tty
	TERM=linux SKIFF_SYSFS=$work/sysfs sh -c 'echo \$\$ >$work/pid; exec $TOOL top'
	stty -g >$work/after
	SESSION
	script -qefc "sh $work/session" "$work/typescript" <"$work/keys" \
		>/dev/null 2>&1 &
	session=$!
	exec {keys}>"$work/keys"
	eventually grep -qs ROOM "$work/typescript"
}

# The frames that were drawn: none is larger than that.
fits()
{
	awk -v rows="$1" -v columns="$2" '
		BEGIN { RS = "\033\\[H" }
		NR == 1 || !/\033\[K/ { next }
		{
			sub(/\033\[\?25h.*/, "")
			gsub(/\033\[[KJ]|\r/, "")
			sub(/\n$/, "")
			lines = split($0, line, "\n")
			frames++
			for (i = 1; i <= lines; i++)
				if (length(line[i]) > columns)
					bad = "columns " length(line[i])
			if (lines > rows)
				bad = "rows " lines
		}
		END {
			if (bad || !frames)
				print "# " frames " frames, " bad
			exit bad || !frames
		}' "$work/typescript"
}

# What it entered it left again, and the terminal's settings are the same.
restored()
{
	wait $session
	exec {keys}>&-
	[ -s "$work/before" ] && cmp "$work/before" "$work/after" &&
		[ "$(grep -ao $'\033\[?1049[hl]' "$work/typescript" | tail -n 1)" = $'\033[?1049l' ] &&
		[ "$(grep -ao $'\033\[?25[hl]' "$work/typescript" | tail -n 1)" = $'\033[?25h' ]
}

truncate -s 64G "$dir/large"

#
# Without a terminal
#

send held && held=$id && eventually stands "$held"
result $? 'a transfer is held by a receiver that does not read'

"$TOOL" top --count 1 --json >"$work/json" &&
	agrees ".transfers[] | select(.id == $held)" "transfers/$held" \
		bytes_requested bytes_queued bytes_by_ref room_waits submit_ns
result $? 'its members are what sysfs says'

now=$(jq -c ".transfers[] | select(.id == $held) |
	[.state, .rung, .policy, .reason, .bytes_per_second + 0]" "$work/json")
[ "$now" = "$("$TOOL" stat --json "$held" |
	jq -c '[.state, .rung, .policy, .reason, 0]')" ]
result $? 'it runs, on its rung, and nothing moves'
echo "# $now"

agrees .values stats transfers_accepted bytes_queued bytes_by_ref room_waits &&
	[ "$(jq -c '[.running, .published, (.transfers | length)]' "$work/json")" = '[1,1,1]' ]
result $? 'the totals are those of the module'

"$TOOL" top --count 1 >"$work/text"
rung=$("$TOOL" stat --json "$held" | jq -r .rung)
queued=$("$TOOL" stat "$held" | sed -n 's/^bytes_queued .*(\(.*\))$/\1/p')
grep -qE "^ *$held running $rung +keep +0 bytes/s +$queued +" "$work/text" &&
	! grep -q $'\033' "$work/text"
result $? 'lines say the same, without escapes'

[ "$("$TOOL" top --count 2 | grep -c '^$')" = 4 ] &&
	[ "$("$TOOL" top --count 2 --json | jq -s length)" = 2 ]
result $? 'as many blocks as were asked for'

send moving
"$TOOL" top --count 1 --json >"$work/json"
jq -e "[.transfers[].id] == [$id, $held] and
	.transfers[0].bytes_per_second > 0 and .transfers[1].bytes_per_second == 0 and
	.per_second.bytes_queued > 0" "$work/json" >"$work/verdict"
result $? 'the fastest comes first'
jq -c '[.transfers[] | [.id, .bytes_per_second]]' "$work/json" | sed 's/^/# /'
kill "${children[@]:2}"

#
# A module that is not there, or that changes under the reader
#

SKIFF_SYSFS=$work/none "$TOOL" top --count 1 >"$work/text" 2>"$work/err"
[ $? = 3 ] && grep -q 'the module is not loaded' "$work/err" && [ ! -s "$work/text" ]
result $? 'a module that is not loaded'

fake
rm -r "$work/sysfs/transfers/5"/[a-d]* "$work/sysfs/transfers/6"/*
SKIFF_SYSFS=$work/sysfs "$TOOL" top --count 1 --json >"$work/json" &&
	[ "$(jq '.transfers | length' "$work/json")" = $((FAKES - 2)) ]
result $? 'transfers that vanish while they are read'

fake
SKIFF_SYSFS=$work/sysfs "$TOOL" top --count 1 >"$work/text"
[ "$(grep -c running "$work/text")" = $((FAKES + 1)) ] &&
	grep -qx 'and 7 that run, but are not in sysfs (yet)' "$work/text"
result $? 'more transfers than sysfs shows'

#
# In a terminal
#

terminal 24 80
eventually grep -q 'and 23 more, none of them faster' "$work/typescript"
result $? 'more transfers than lines'
echo -n q >&"$keys"
restored
result $? 'the key q ends it, and the terminal is as it was'
fits 24 80
result $? 'nothing is outside of 24 lines and 80 columns'

terminal 24 80
stty -F "$(cat "$work/tty")" rows 60 cols 140
eventually grep -q REASON "$work/typescript" && fits 60 140 &&
	grep -q '  40 running' "$work/typescript" &&
	! grep -q 'more, none' <(sed '1,/REASON/d' "$work/typescript")
result $? 'a terminal that grows is used'
kill "$(cat "$work/pid")"
restored
result $? 'a signal ends it, and the terminal is as it was'
exit $failed
