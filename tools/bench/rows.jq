# SPDX-License-Identifier: GPL-2.0-only
# Rows out of samples: the median of each metric, and how far its values spread
# around it: the largest less the smallest, over the median.

def median: sort | if length % 2 == 1 then .[length / 2 | floor]
	else (.[length / 2 - 1] + .[length / 2]) / 2 end;
def key: [.suite, .case, .system];

[inputs] | (map(select(.checked) | { (key | tojson): true }) | add // {}) as $right
	| [to_entries[] | select(.value.metric) | .value + { at: .key }]
	| map(select($right[key | tojson]))
	| group_by([key, .metric])
	| map(sort_by(.at) | . as $all | (map(.value) | median) as $median | {
		suite: .[0].suite, case: .[0].case, system: .[0].system, metric: .[0].metric,
		unit: .[0].unit, value: $median,
		spread: (if $median == 0 then 0
			else (map(.value) | (max - min) / $median) end),
		at: .[0].at
	}) | sort_by(.at) | map(del(.at))
