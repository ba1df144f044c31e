#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The skiff tool: its arguments, on any machine; sending, where /dev/skiff is.
# TAP on standard output; the exit status is 1 if a case failed.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
tool=${SKIFF_TOOL:-$root/build/tools/skiff}
disk=/mnt/vblk-ext4 # in the machine that the tests run in
mountpoint -q "$disk" || disk=${TMPDIR:-/tmp}
dir=$(mktemp -d "$disk/skiff-tool.XXXXXX")
device=/dev/skiff
number=0
failures=0
receiver=
sender=

# shellcheck disable=SC2317 # it is called by the trap
tidy() {
	[ -z "$sender" ] || kill -KILL "$sender" 2>/dev/null || :
	[ -z "$receiver" ] || kill -KILL "$receiver" 2>/dev/null || :
	rm -rf "$dir"
}
trap tidy EXIT

# A case passed, or failed: report STATUS NAME
report() {
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number - $2"
		return
	fi
	echo "not ok $number - $2"
	failures=$((failures + 1))
	sed 's/^/# out: /' "$dir/out"
	sed 's/^/# err: /' "$dir/err"
}

# skip NAME WHY
skip() {
	number=$((number + 1))
	echo "ok $number - $1 # SKIP $2"
}

# run ARGUMENT...: the tool; leaves $status, $dir/out and $dir/err.
run() {
	status=0
	timeout 60 "$tool" "$@" >"$dir/out" 2>"$dir/err" </dev/null || status=$?
}

# expect NAME STATUS STREAM TEXT ARGUMENT...: exit status, and TEXT in out or err
expect() {
	local name=$1 wanted=$2 stream=$3 text=$4 good=1

	shift 4
	run "$@"
	if [ "$status" -eq "$wanted" ] && grep -Fq -e "$text" "$dir/$stream"; then
		good=0
	else
		echo "# status $status, wanted $wanted and in $stream: $text"
	fi
	report "$good" "$name"
}

# until_true COMMAND...: ask again and again, for 30 seconds at most.
until_true() {
	local end=$((SECONDS + 30))

	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# member NAME: its value in the JSON object in $dir/out, or in a FILE
member() {
	sed -n "s/^ *\"$1\": *\"\{0,1\}\([^\",]*\)\"\{0,1\},*\$/\1/p" \
		"${2:-$dir/out}"
}

#
# Arguments
#

file=$dir/file
dd if=/dev/urandom of="$file" bs=1000 count=3001 2>/dev/null
mkfifo "$dir/fifo"
long=$(printf '%0200d' 0)

test_arguments() {
	expect "no command" 2 err "Usage: skiff COMMAND"
	expect "help" 0 out "Usage: skiff COMMAND" --help
	expect "help by name" 0 out "Usage: skiff send" help send
	expect "version" 0 out "ABI 1" --version
	expect "unknown command" 2 err \
		"command must be info, send, recv, stat, top, probe, doctor, explain or help: \`sned'" sned
	expect "help of an unknown command" 2 err "\`sned'" help sned
	expect "help of two commands" 2 err "\`send'" help info send
	for command in info send recv stat top probe doctor explain; do
		expect "$command --help" 0 out "Usage: skiff $command" \
			"$command" --help
		expect "$command: unknown option" 2 err \
			"unrecognized option '--bogus'" "$command" --bogus
	done
	expect "info: an argument" 2 err "info wants no argument: \`x'" info x
}

test_send_arguments() {
	local port="port must be 1 to 65535"

	expect "send: nothing" 2 err "wants a FILE and an ADDRESS" send
	expect "send: no address" 2 err "wants a FILE and an ADDRESS" \
		send "$file"
	expect "send: no port" 2 err "HOST:PORT or unix:/PATH: \`host'" \
		send "$file" host
	for bad in 0 65536 99999 -1 +1 1x '' ' 1' 18446744073709551617; do
		expect "send: port '$bad'" 2 err "$port: \`$bad'" \
			send "$file" "localhost:$bad"
	done
	expect "send: no host" 2 err "host must be" send "$file" :80
	expect "send: IPv6 without brackets" 2 err "[ADDRESS]:PORT: \`::1:80'" \
		send "$file" ::1:80
	expect "send: half a bracket" 2 err "[ADDRESS]:PORT: \`[::1:80'" \
		send "$file" '[::1:80'
	expect "send: path of a socket is empty" 2 err "1 to 107 bytes: \`'" \
		send "$file" unix:
	expect "send: path of a socket is too long" 2 err "1 to 107 bytes" \
		send "$file" "unix:/$long"
	expect "send: rung" 2 err \
		"rung must be auto, ubuf, splice, pipe or copy: \`fast'" \
		send --rung fast "$file" localhost:80
	expect "send: policy" 2 err \
		"policy must be keep, drop, direct or auto: \`forget'" \
		send --policy forget "$file" localhost:80
	for bad in 0 86400001 -1 1.5 x ''; do
		expect "send: deadline '$bad'" 2 err \
			"deadline must be 1 to 86400000 milliseconds: \`$bad'" \
			send --deadline="$bad" "$file" localhost:80
	done
	for bad in -1 x 1000 4T ''; do
		expect "send: readahead '$bad'" 2 err \
			"readahead must be a multiple of 1024 bytes below 4T: \`$bad'" \
			send --readahead="$bad" "$file" localhost:80
	done
	for bad in -1 x 1x 1KK 8388608T 9223372036854775808 ''; do
		expect "send: offset '$bad'" 2 err "offset must be 0 to 2^63 - 1" \
			send --offset="$bad" "$file" localhost:80
	done
	expect "send: length" 2 err "length must be 0 to 2^63 - 1" \
		send --length=1Z "$file" localhost:80
	expect "send: offset plus length" 2 err "offset plus length must be" \
		send --offset 4T --length 9223372036854775807 "$file" localhost:80
	expect "send: range of two files" 2 err "go with one FILE, not with 2" \
		send --offset 1 "$file" "$file" localhost:80
}

test_files() {
	expect "send: standard input" 2 err "standard input cannot be sent: \`-'" \
		send - localhost:80
	expect "send: no such file" 1 err "cannot open \`$dir/none'" \
		send "$dir/none" localhost:80
	expect "send: a directory" 1 err "regular file or a block device: \`$dir'" \
		send "$dir" localhost:80
	expect "send: a FIFO is not waited for" 1 err \
		"regular file or a block device: \`$dir/fifo'" \
		send "$dir/fifo" localhost:80
	expect "probe: no such file" 1 err "cannot open" \
		probe "$dir/none" localhost:80
}

test_recv_arguments() {
	expect "recv: nothing" 2 err "wants a PORT" recv
	expect "recv: two files" 2 err "at most one FILE" recv 0 a b
	expect "recv: port" 2 err "port must be 0 to 65535: \`65536'" recv 65536
	expect "recv: count" 2 err "count must be 1 to 1000000: \`0'" \
		recv --count 0 0
	expect "recv: a file of several" 2 err "FILE goes with one connection" \
		recv --count 2 0 "$dir/got"
	expect "recv: standard output" 2 err "FILE must be a name" recv 0 -
	expect "recv: bind and a path" 2 err "--bind goes with a PORT" \
		recv --bind localhost "unix:$dir/socket"
	expect "recv: not our address" 1 err "cannot listen on 192.0.2.1 port 0" \
		recv --bind 192.0.2.1 0
	expect "recv: file in no directory" 1 err "cannot write \`$dir/no/file'" \
		recv 0 "$dir/no/file"
}

# Its status 1 says that something hinders: what is wrong is 2.
test_doctor_arguments() {
	for bad in 0 -1 x 2T ''; do
		expect "doctor: disk rate '$bad'" 2 err \
			"disk rate must be 1 to 1T bytes a second" \
			doctor --disk-rate="$bad"
	done
	for bad in 0 60001 1.5; do
		expect "doctor: round-trip time '$bad'" 2 err \
			"round-trip time must be 1 to 60000 milliseconds: \`$bad'" \
			doctor --rtt="$bad"
	done
	expect "doctor: speed" 2 err "speed must be 1 to 10000000 Mbit/s: \`0'" \
		doctor --speed 0
	expect "doctor: two addresses" 2 err "one ADDRESS at most: \`b:1'" \
		doctor "$file" a:1 b:1
	expect "doctor: a device and an address" 2 err \
		"--device goes without an ADDRESS" \
		doctor --device lo "$file" localhost:1
	expect "doctor: no such device" 2 err "no network device \`none0'" \
		doctor --device none0
	expect "doctor: no such file" 2 err "cannot open \`$dir/none'" \
		doctor "$dir/none"
	expect "doctor: a FIFO is not waited for" 2 err \
		"regular file or a block device: \`$dir/fifo'" doctor "$dir/fifo"
	expect "doctor: no such socket" 2 err "cannot connect to unix:$dir/no" \
		doctor "$file" "unix:$dir/no"
}

# A directory as sysfs would have it.
test_stat() {
	local sysfs=$dir/sysfs range="ID must be 1 to 18446744073709551615"

	for bad in 0 -1 x 1/.. 18446744073709551616; do
		expect "stat: ID '$bad'" 2 err "$range: \`$bad'" stat -- "$bad"
	done
	expect "stat: two IDs" 2 err "one ID at most: \`2'" stat 1 2
	expect "stat: watch" 2 err "watch must be 1 to 86400 seconds: \`0'" \
		stat --watch=0
	export SKIFF_SYSFS=$sysfs
	expect "stat: not loaded" 3 err "the module is not loaded" stat
	mkdir -p "$sysfs/stats" "$sysfs/transfers/7"
	echo 1048577 >"$sysfs/stats/bytes_queued"
	echo 3 >"$sysfs/stats/transfers_ended"
	echo 1 >"$sysfs/transfers/7/state"
	echo -110 >"$sysfs/transfers/7/error"
	echo pipe >"$sysfs/transfers/7/rung"
	expect "stat: text" 0 out "1048577 (1.00 MiB)" stat
	expect "stat: JSON" 0 out '"transfers_ended": 3' stat --json
	expect "stat: errno of a transfer" 0 out "-110 (ETIMEDOUT: " stat 7
	expect "stat: rung of a transfer" 0 out '"rung": "pipe"' stat --json 7
	expect "stat: watch ends with the transfer" 0 out '"error":-110' \
		stat --watch --json 7
	expect "stat: no such transfer" 1 err "no transfer 8" stat 8
	unset SKIFF_SYSFS
}

#
# Receiving, without the module
#

# listen ARGUMENT...: a receiver in the background; $port is set for TCP
listen() {
	rm -f "$dir/listening" "$dir/received"
	"$tool" recv --json "$@" >"$dir/received" 2>"$dir/listening" &
	receiver=$!
	until_true grep -q "listening on" "$dir/listening"
	port=$(sed -n 's/^listening on .*://p' "$dir/listening")
}

# received FILE OFFSET LENGTH: whether that, and no more, came
received() {
	local sum

	wait "$receiver" || return 1
	receiver=
	sum=$(tail -c "+$(($2 + 1))" "$1" | head -c "$3" | sha256sum)
	[ "$(member bytes "$dir/received")" = "$3" ] &&
		[ "$(member sha256 "$dir/received")" = "${sum%% *}" ]
}

test_recv() {
	local good=0

	: >"$dir/out"
	listen --bind 127.0.0.1 0 "$dir/got"
	cp "$dir/listening" "$dir/err"
	cat "$file" >"/dev/tcp/127.0.0.1/$port"
	received "$file" 0 3001000 || good=1
	report "$good" "recv: length and SHA-256"
	good=0
	cmp "$file" "$dir/got" || good=1
	report "$good" "recv: file"
}

#
# With the device
#

# round_trip NAME ADDRESS OFFSET LENGTH ARGUMENT...: send to the receiver
round_trip() {
	local name=$1 address=$2 offset=$3 length=$4 good=0

	shift 4
	run send --json --offset "$offset" --length "$length" "$@" "$file" \
		"$address"
	received "$file" "$offset" "$length" || good=1
	[ "$status" -eq 0 ] || good=1
	[ "$(member bytes_queued)" = "$length" ] || good=1
	[ "$(member state)" = ended ] || good=1
	report "$good" "$name"
}

test_round_trips() {
	for rung in auto pipe copy; do
		listen --bind 127.0.0.1 0
		round_trip "send: TCP, $rung" "127.0.0.1:$port" 0 3001000 \
			--rung "$rung"
	done
	listen --bind ::1 0
	round_trip "send: TCP over IPv6, a range" "[::1]:$port" 4097 1000003
	listen "unix:$dir/socket"
	round_trip "send: AF_UNIX" "unix:$dir/socket" 1 3000999
}

# Not every file system can: the probe says.
test_splice() {
	local name="send: TCP, splice"

	listen --bind 127.0.0.1 0
	run probe --rung splice --json "$file" "127.0.0.1:$port"
	received "$file" 0 0 || :
	if [ "$status" -eq 1 ] && [ "$(member error)" = -95 ]; then
		skip "$name" "not from the file system of $disk"
		return
	fi
	listen --bind 127.0.0.1 0
	round_trip "$name" "127.0.0.1:$port" 0 3001000 --rung splice --zerocopy
}

# Not every file system can, either.
test_policies() {
	local good name

	for policy in drop direct; do
		good=0 name="send: TCP, $policy"
		listen --bind 127.0.0.1 0
		run probe --policy "$policy" --json "$file" "127.0.0.1:$port"
		received "$file" 0 0 || :
		if [ "$status" -eq 1 ] && [ "$(member error)" = -95 ]; then
			skip "$name" "not from the file system of $disk"
			continue
		fi
		listen --bind 127.0.0.1 0
		run send --json --policy "$policy" "$file" "127.0.0.1:$port"
		received "$file" 0 3001000 || good=1
		[ "$status" -eq 0 ] && [ "$(member policy)" = "$policy" ] ||
			good=1
		report "$good" "$name"
	done
}

# Nobody reads tmpfs past the page cache.
test_fallback() {
	local good=0 name="send: what cannot be read direct" shm

	shm=$(mktemp /dev/shm/skiff-tool.XXXXXX)
	cp "$file" "$shm"
	listen --bind 127.0.0.1 0
	run send --policy direct "$shm" "127.0.0.1:$port"
	received "$file" 0 0 || good=1
	[ "$status" -eq 1 ] && grep -q 'refused: .* a policy,' "$dir/err" ||
		good=1
	report "$good" "$name is refused"
	good=0
	listen --bind 127.0.0.1 0
	run send --json --policy direct --fallback "$shm" "127.0.0.1:$port"
	received "$file" 0 3001000 || good=1
	[ "$status" -eq 0 ] && [ "$(member policy)" = keep ] || good=1
	report "$good" "$name is kept, if that will do"
	rm -f "$shm"
}

test_two_files() {
	local good=0

	cat "$file" "$file" >"$dir/twice"
	listen --bind 127.0.0.1 0
	run send "$file" "$file" "127.0.0.1:$port"
	received "$dir/twice" 0 6002000 || good=1
	[ "$status" -eq 0 ] || good=1
	grep -q '^sent 5.72 MiB in ' "$dir/out" || good=1
	report "$good" "send: two files are one transfer"
}

test_probe() {
	local good=0

	listen --bind 127.0.0.1 0
	run probe --rung copy "$file" "127.0.0.1:$port"
	received "$file" 0 0 || good=1
	grep -q '^rung  *copy$' "$dir/out" || good=1
	grep -q '^reason  *requested (the request asked for it)$' "$dir/out" ||
		good=1
	report "$good" "probe: sends nothing, and says why"
	good=0
	listen --bind 127.0.0.1 0
	run probe --rung copy --zerocopy --json "$file" "127.0.0.1:$port"
	received "$file" 0 0 || good=1
	[ "$status" -eq 1 ] && [ "$(member error)" = -95 ] || good=1
	report "$good" "probe: copying without copying is refused"
}

test_short() {
	local good=0

	listen --bind 127.0.0.1 0
	run send --json --length 4000000 "$file" "127.0.0.1:$port"
	received "$file" 0 3001000 || good=1
	[ "$status" -eq 1 ] && [ "$(member error)" = -61 ] || good=1
	grep -q 'after 3001000 bytes: the file ended' "$dir/err" || good=1
	report "$good" "send: a range past the end of the file ends there"
}

# The SIGINT must not come before the tool watches for it.
watches_signals() {
	grep -q '^SigBlk:.*4002$' "/proc/$sender/status"
}

# A receiver that is stopped takes what its kernel has room for.
test_cancel() {
	local good=0 queued

	truncate -s 256M "$dir/big"
	listen --bind 127.0.0.1 0
	kill -STOP "$receiver"
	"$tool" send --json "$dir/big" "127.0.0.1:$port" \
		>"$dir/out" 2>"$dir/err" &
	sender=$!
	until_true watches_signals || good=1
	kill -INT "$sender"
	until_true grep -q '^}' "$dir/out" || good=1
	kill -CONT "$receiver"
	status=0
	wait "$sender" || status=$?
	sender=
	queued=$(member bytes_queued)
	received "$dir/big" 0 "${queued:-0}" || good=1
	[ "$status" -eq 1 ] && [ "$(member error)" = -125 ] || good=1
	[ "${queued:-0}" -lt 268435456 ] || good=1
	report "$good" "send: SIGINT cancels, and the receipt is what arrived"
}

test_deadline() {
	local good=0

	listen --bind 127.0.0.1 0
	kill -STOP "$receiver"
	run send --json --deadline 300 "$dir/big" "127.0.0.1:$port"
	kill -CONT "$receiver"
	wait "$receiver" || :
	receiver=
	[ "$status" -eq 1 ] && [ "$(member error)" = -110 ] || good=1
	report "$good" "send: a peer that stalls is not waited for"
}

test_info() {
	local id good=0

	expect "info" 0 out "splice" info
	expect "info: JSON" 0 out '"abi": 1' info --json
	expect "info: policies" 0 out "keep drop direct auto" info
	expect "info: features" 0 out '"features":' info --json
	expect "stat: counters" 0 out "bytes_by_ref" stat
	listen --bind 127.0.0.1 0
	run send --json "$file" "127.0.0.1:$port"
	id=$(member id)
	received "$file" 0 3001000 || good=1
	cp "$dir/out" "$dir/receipt"
	until_true [ -e "/sys/class/misc/skiff/transfers/$id/end_ns" ] || good=1
	run stat --json "$id"
	[ "$status" -eq 0 ] && cmp "$dir/receipt" "$dir/out" || good=1
	report "$good" "stat: a transfer's files are its receipt"
}

# The cases that want the device.
device_cases=(
	"info" "info: JSON" "info: policies" "info: features" "stat: counters"
	"stat: a transfer's files are its receipt"
	"send: TCP, auto" "send: TCP, pipe" "send: TCP, copy"
	"send: TCP over IPv6, a range" "send: AF_UNIX" "send: TCP, splice"
	"send: TCP, drop" "send: TCP, direct"
	"send: what cannot be read direct is refused"
	"send: what cannot be read direct is kept, if that will do"
	"send: two files are one transfer"
	"probe: sends nothing, and says why"
	"probe: copying without copying is refused"
	"send: a range past the end of the file ends there"
	"send: SIGINT cancels, and the receipt is what arrived"
	"send: a peer that stalls is not waited for"
)

skip_device() {
	for name in "${device_cases[@]}"; do
		skip "$name" "no $device"
	done
}

plan=$((109 + ${#device_cases[@]}))
echo "TAP version 13"
echo "1..$plan"
test_arguments
test_send_arguments
test_files
test_recv_arguments
test_doctor_arguments
test_stat
test_recv
if [ -c "$device" ]; then
	test_info
	test_round_trips
	test_splice
	test_policies
	test_fallback
	test_two_files
	test_probe
	test_short
	test_cancel
	test_deadline
else
	skip_device
fi
[ "$number" -eq "$plan" ] || {
	echo "# planned $plan cases, ran $number"
	failures=$((failures + 1))
}
[ "$failures" -eq 0 ]
