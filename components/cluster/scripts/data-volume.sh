#!/usr/bin/env bash
# data-volume.sh DEVICE FOLDER: mounts the data disk. Formats it only when it is certainly empty.
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
device=$1 folder=$2

refuse() {
	printf 'REFUSED: %s\n' "$device $1" "Nothing was written to it. Look at the disk, or restore a snapshot of it." >&2
	exit 1
}

patiently 120 "the disk $device does not appear" test -e "$device"

if mountpoint -q "$folder"; then
	exit 0
fi

# blkid: 0 something was recognized, 2 nothing was. Anything else (ambiguous, unreadable) is no proof of emptiness.
code=0
kind=$(blkid --probe --match-tag TYPE --output value "$device") || code=$?
case $code in
0) [[ $kind == xfs ]] || refuse "holds ${kind:-something} and no xfs" ;;
2)
	# A damaged file system is not recognized either: only a disk that begins with nothing but zeroes was never used.
	used=$(head --bytes=67108864 "$device" | tr --delete '\0' | wc --bytes)
	((used == 0)) || refuse "holds data that blkid does not recognize"
	mkfs.xfs -L ladder-data "$device"
	;;
*) refuse "cannot be examined (blkid ended with $code)" ;;
esac

mkdir -p "$folder"
mount -t xfs -o noatime "$device" "$folder"
