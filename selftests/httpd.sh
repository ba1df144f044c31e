#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The example tools/examples/httpd serves a directory: what curl gets is what is
# there, over many connections, by ranges, and whoever hangs up.

set -u
ROOT=$(cd "${0%/*}/.." && pwd)
. "$ROOT/selftests/vm/tap.sh"
TOOLS=${SKIFF_TOOLS:-$ROOT/build/tools}
STATS=/sys/class/misc/skiff/stats
PORT=8080
URL=http://127.0.0.1:$PORT
SIZE=3000001
PLAN=12

echo TAP version 13
[ -e /dev/skiff ] || skip_all 'no /dev/skiff'
command -v curl >/dev/null || skip_all 'no curl'
"$TOOLS/skiff" info | grep -qw uring || skip_all 'no io_uring'
echo 1..$PLAN

# get EXPECTED-STATUS ARGUMENT...: the body is in $work/got then.
get()
{
	local wanted=$1 status

	shift
	status=$(curl -s -m 60 -o "$work/got" -w '%{http_code}' "$@") &&
		[ "$status" = "$wanted" ] && return
	echo "# curl $*: status $status, wanted $wanted"
	return 1
}

# part FILE OFFSET LENGTH: whether that is what came.
part()
{
	cmp "$work/got" <(tail -c +$(($2 + 1)) "$1" | head -c "$3")
}

ranges()
{
	local big=$root/big size

	size=$(stat -c %s "$big")
	get 206 -r 100-4999 $URL/big && part "$big" 100 4900 &&
		get 206 -r 1000000- $URL/big &&
		part "$big" 1000000 $((size - 1000000)) &&
		get 206 -r -777 $URL/big && part "$big" $((size - 777)) 777 &&
		get 206 -r "0-$((size * 2))" $URL/big && part "$big" 0 "$size" &&
		get 416 -r "$size-" $URL/big &&
		get 200 -r 1-2,5-6 $URL/big && part "$big" 0 "$size"
}

refusals()
{
	get 404 $URL/none && get 404 $URL/sub &&
		get 404 --path-as-is $URL/../../../../etc/passwd &&
		get 404 $URL/%2e%2e/%2e%2e/etc/passwd && get 404 $URL/link &&
		get 501 -X DELETE $URL/big &&
		get 400 -H 'Content-Length: 0' $URL/big
}

# heads CLIENT NR: the lines that come, until so many heads have ended.
heads()
{
	local ended=0 line

	while [ "$ended" -lt "$2" ] && IFS= read -r -t 60 -u "$1" line; do
		echo "$line"
		[ "$line" != $'\r' ] || ended=$((ended + 1))
	done
}

# Two requests and half of a third in one packet; the rest when both are
# answered.
pipelining()
{
	local client sum

	exec {client}<>/dev/tcp/127.0.0.1/$PORT
	printf 'GET /small HTTP/1.1\r\n\r\nHEAD /big HTTP/1.1\r\n\r\nGET /sm' >&$client
	sum=$({
		heads $client 2
		printf 'all HTTP/1.1\r\nConnection: close\r\n\r\n' >&$client
		cat <&$client
	} | tr -d '\r' | grep -cE '^(HTTP/1.1 200 OK|a small file)$')
	exec {client}>&-
	[ "$sum" = 5 ]
}

many()
{
	local arguments=() i sum

	sum=$(sha256sum <"$root/big")
	for i in {1..40}; do
		arguments+=(-o "$work/many.$i" "$URL/big")
	done
	curl -s -m 250 --parallel --parallel-max 40 "${arguments[@]}" \
		2>/dev/null || return
	for i in {1..40}; do
		[ "$(sha256sum <"$work/many.$i")" = "$sum" ] || return
		rm "$work/many.$i"
	done
}

# A client that asks and does not read, and some that hang up.
hang_up()
{
	local _

	exec {stalled}<>/dev/tcp/127.0.0.1/$PORT
	printf 'GET /big HTTP/1.1\r\n\r\n' >&"$stalled"
	for _ in {1..10}; do
		curl -s -m 60 $URL/big | head -c 100000 >/dev/null
	done
	get 200 $URL/small && part "$root/small" 0 99
}

# These two are called by name, by eventually.
# shellcheck disable=SC2317
unused()
{
	[ "$(cat /sys/module/skiff/refcnt)" = 0 ]
}

# shellcheck disable=SC2317
up()
{
	curl -s -o /dev/null "$URL/small"
}

root=$(mktemp -d /mnt/vblk-ext4/httpd.XXXXXX)
work=$(mktemp -d)
server=''
trap '[ -z "$server" ] || kill $server; rm -rf "$root" "$work"' EXIT
echo 'a small file' >"$root/small"
: >"$root/empty"
head -c "$SIZE" /dev/urandom >"$root/big"
cp "$root/small" "$root/index.html"
mkdir "$root/sub"
ln -s /etc/passwd "$root/link"

"$TOOLS/httpd" "$root" $PORT &
server=$!
eventually up
result $? 'starts'
get 200 $URL/small && part "$root/small" 0 99
result $? 'a small file'
get 200 $URL/ && part "$root/small" 0 99
result $? 'index.html'
get 200 $URL/empty && part "$root/empty" 0 99
result $? 'an empty file'
sync
echo 3 >/proc/sys/vm/drop_caches
before=$(cat $STATS/bytes_by_ref)
get 200 $URL/big && part "$root/big" 0 "$SIZE"
result $? 'a cold file'
[ $(($(cat $STATS/bytes_by_ref) - before)) -ge "$SIZE" ]
result $? 'its pages went by reference'
get 200 -I $URL/big && grep -q "Content-Length: $SIZE" "$work/got"
result $? 'HEAD'
ranges
result $? 'ranges'
refusals
result $? 'refusals'
[ "$(curl -s -m 60 -w '%{num_connects} ' $URL/small -o /dev/null \
	$URL/big -o /dev/null $URL/none -o /dev/null)" = '1 0 0 ' ] && pipelining
result $? 'keep-alive and pipelining'
many
result $? 'forty connections at once'
hang_up
kill $server
wait $server
server=''
eventually unused
result $? 'clients that hang up or stall, and the end of the server'
exit $failed
