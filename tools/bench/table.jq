# SPDX-License-Identifier: GPL-2.0-only
# The rows of a suite as tables: one for each case and metric, with what each
# value is of sendfile's and of the floor's, and what it does not say (notes.jq).
include "notes";

def left($width): tostring | . + (" " * ($width - length) // "");
def right($width): tostring | (" " * ($width - length) // "") + .;
def fixed($digits): if . == null then "-" else
	. * pow(10; $digits) | round / pow(10; $digits) | tostring
	| (if test("\\.") then . else . + "." end)
	| . + ("0" * ($digits - (. / "." | .[1] | length)) // "") | rtrimstr(".") end;
def digits: if . >= 1000 then 0 elif . >= 100 then 1 elif . >= 1 then 2 else 4 end;
def value_of($name): map(select(.system == $name)) | first | .value;
# Where there are floors of several page sizes, the lowest counts.
def floor_of: map(select(.system | startswith("floor")).value) | min;
# What is next to nothing is no measure of anything.
def ratio($to): if $to == null or $to < 1e-4 then "-" else . / $to | fixed(3) end;

group_by([.case, .metric]) | sort_by(.[0].case) | .[]
	| value_of("sendfile") as $sendfile | floor_of as $floor
	| "",
	"\(.[0].suite) \(.[0].case): \(.[0].metric) (\(.[0].unit))",
	(.[0].metric | note // empty | "  [\(.)]"),
	(["  " + ("system" | left(20)), ("median" | right(12)), ("spread" | right(8)),
		("/sendfile" | right(10)), ("/floor" | right(8))] | add),
	(.[] | ["  " + (.system | left(20)), (.value | fixed(digits) | right(12)),
		((.spread * 100 | fixed(1)) + "%" | right(8)),
		(.value | ratio($sendfile) | right(10)), (.value | ratio($floor) | right(8))] | add)
