# SPDX-License-Identifier: GPL-2.0-only
# Rows of the demo: what was sent, received and traced, put together in order.

# The sending side: the sender, kernel threads on its behalf, and interrupts.
def side: .command + .kernel_threads + .interrupts;
def bytes_side: [.command, .kernel_threads, .interrupts] | map(.bytes) | add;
def socket_copied($functions):
	[$functions[] | select(.name == "tcp_sendmsg_locked") | bytes_side] | add;

def row($sent; $traced; $received): ($traced.bytes | map_values(side)) as $bytes | {
	input: $input,
	cache: $cache,
	method: $sent.method,
	files: $sent.files,
	bytes: $sent.bytes,
	sha256_expected: $expected,
	sha256_received: $received.sha256,
	sha256_same: ($received.sha256 == $expected and $received.bytes == $sent.bytes),
	by_reference: $bytes.by_reference,
	copied: $bytes.copied,
	copied_in_packets: $bytes.packets,
	copies_per_byte: (($bytes.copied + $bytes.packets) / $sent.bytes),
	copied_by: [$traced.functions[]
		| select(any(.kinds[]; . == "copied" or . == "packets"))
		| select(bytes_side * 100 > $sent.bytes) | .name],
	checksummed: $bytes.checksummed,
	bounced: $bytes.bounced,
	system_calls: $traced.system_calls,
	system_calls_per_mib: ($traced.system_calls * 1048576 / $sent.bytes),
	user_seconds: $sent.user_seconds,
	system_seconds: $sent.system_seconds,
	seconds: $sent.seconds,
	missed: $traced.missed,
	receipt: $sent.receipt,
	receipt_right: (if $sent.receipt then
		$sent.receipt.bytes_queued == $sent.bytes and
		$sent.receipt.bytes_by_ref == $bytes.by_reference and
		$sent.receipt.bytes_copied == socket_copied($traced.functions)
	else null end),
	traced: $traced
};

range($sent | length) as $i | row($sent[$i]; $traced[$i]; $received[$i])
