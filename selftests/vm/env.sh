# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
#
# What the scripts of this folder share: where things are, and how to speak.

VM=$(cd "${BASH_SOURCE[0]%/*}" && pwd -P)
ROOT=${VM%/selftests/vm}
BUILD=$ROOT/build
CACHE=${SKIFF_CACHE:-${HOME:-/root}/.cache/skiff}

# Every file system that a guest can have, as DISK-TYPE, mounted below /mnt.
FILESYSTEMS=vblk-ext4,vblk-xfs,vblk-btrfs,nvme-ext4,nvme-xfs,nvme-btrfs

say()
{
	printf 'skiff: %s\n' "$*" >&2
}

die()
{
	say "$*"
	exit 1
}

# poll SECONDS COMMAND...: until the command succeeds, at most that long. To wait
# it reads from a pipe that stays silent: sleep(1) would take an emulated guest
# longer to start than it is to sleep.
poll()
{
	local deadline=$((SECONDS + $1)) silence

	shift
	exec {silence}<> <(:)
	until "$@"; do
		((SECONDS < deadline)) || return 1
		read -r -t 0.05 -u "$silence" || true
	done
	exec {silence}<&-
}
