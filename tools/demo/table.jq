# SPDX-License-Identifier: GPL-2.0-only
# The table of the demo.

def left($width): tostring | . + (" " * ($width - length) // "");
def right($width): tostring | (" " * ($width - length) // "") + .;
def fixed($digits): . * pow(10; $digits) | round / pow(10; $digits) | tostring
	| (if test("\\.") then . else . + "." end)
	| . + ("0" * ($digits - (. / "." | .[1] | length)) // "");
def line: "\(.[0] | left(8)) \(.[1] | left(5)) \(.[2] | left(11))"
	+ " \(.[3] | left(5)) \(.[4] | right(12)) \(.[5] | right(12)) \(.[6] | right(8))"
	+ " \(.[7] | right(9)) \(.[8] | right(6)) \(.[9] | right(6))  \(.[10] | left(7)) \(.[11])";

(["what", "cache", "how", "SHA", "bytes by", "bytes", "copies", "syscalls", "CPU s", "wall",
  "receipt", "copied by"] | line),
(["", "", "", "256", "reference", "copied", "per byte", "per MiB", "", "s", "", ""] | line),
(.rows[] | [
	.input, .cache, .method,
	(if .sha256_same then "same" else "WRONG" end),
	.by_reference, .copied + .copied_in_packets,
	(.copies_per_byte | fixed(2)),
	(.system_calls_per_mib | fixed(1)),
	(.user_seconds + .system_seconds | fixed(2)),
	(.seconds | fixed(2)),
	(if .receipt_right == null then "-" elif .receipt_right then "right" else "WRONG" end),
	(.copied_by | if length > 0 then join(", ") else "-" end)
] | line),
(.rows[] | select(.missed > 0)
	| "\(.input) by \(.method): \(.missed) events could not be counted, so the counts are too small")
