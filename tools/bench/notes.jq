# SPDX-License-Identifier: GPL-2.0-only
# What an emulated machine cannot say of a real one, for each metric of which it
# is so: a table has it below its heading. A metric that is not here is a count
# which is the same on silicon (calls, copied bytes, mappings, memory).

def note: {
	insn_per_kib: "instructions: memory costs nothing here, so copies are dearer on silicon",
	insn_per_request: "instructions: memory costs nothing here, so copies are dearer on silicon",
	insn_per_completion: "instructions: memory costs nothing here, so copies are dearer on silicon",
	sender_insn_per_kib: "instructions, and the packets are cut as the emulated card does",
	sender_process_insn_per_kib: "instructions, and softirqs of either end that hit the process",
	switches_per_mib: "one CPU for both ends: on two, a receiver that is awake is not woken",
	idle_share: "of a clock that jumps while the CPU is idle",
	mib_per_s: "a nanosecond is an instruction: holds where the disk is the limit, not the CPU",
	wall_time_of_sendfile: "emulated: a load or a store takes far longer than other instructions, cached or not",
	cpu_time_of_sendfile: "likewise, and one thread of the host is both CPUs, by turns",
	close_ms: "a nanosecond is an instruction",
	files_let_go_ms: "a nanosecond is an instruction"
}[.] // (if startswith("latency_") and (contains("samples") | not)
	then "a nanosecond is an instruction: compare, but do not take for times" else null end);
