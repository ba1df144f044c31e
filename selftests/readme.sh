#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The example of README.md works as it is printed there.

set -u
ROOT=$(cd "${0%/*}/.." && pwd)
TOOLS=${SKIFF_TOOLS:-$ROOT/build/tools}

echo TAP version 13
echo 1..2
[ -e /dev/skiff ] || {
	echo 'ok 1 - compile # SKIP no /dev/skiff'
	echo 'ok 2 - run # SKIP no /dev/skiff'
	exit 0
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

sed -n '/^## Example/,/^Build it/ s/^    //p' "$ROOT/README.md" >"$work/example.c"
cc -Wall -Werror -I"$ROOT/uapi" -I"$ROOT/tools/lib" -o "$work/example" \
	"$work/example.c" "$TOOLS/libskiff.a" || {
	echo 'not ok 1 - compile'
	echo 'not ok 2 - run'
	exit 1
}
echo 'ok 1 - compile'

"$TOOLS/skiff" recv --bind 127.0.0.1 0 "$work/copy" 2>"$work/recv.err" >/dev/null &
receiver=$!
port=''
for _ in $(seq 600); do
	port=$(sed -n 's/^listening on .*:\([0-9]*\)$/\1/p' "$work/recv.err")
	[ -z "$port" ] || break
	sleep 0.1
done
if ! { said=$("$work/example" "$ROOT/COPYING" 127.0.0.1 "$port") &&
	wait $receiver && cmp "$ROOT/COPYING" "$work/copy"; }; then
	echo "# port $port, said: $said; $(cat "$work/recv.err")"
	kill $receiver 2>/dev/null
	echo 'not ok 2 - run'
	exit 1
fi
echo "# $said"
echo 'ok 2 - run'
