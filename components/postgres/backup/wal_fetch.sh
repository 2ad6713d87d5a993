#!/usr/bin/env bash
# Brings segment $1 of system $SYSTEM to $2 for a server that replays; the server calls it. One chunk lies on the disk at
# a time. 1 says that there is no such segment, which ends the replay; more than 125 says that it could not be asked.
set -euo pipefail
# shellcheck source=components/backups/scripts/lib.sh
source "${LADDER_SCRIPTS:-/etc/ladder}/lib.sh"

chunk=$(awk -v name="$1" -v of="$SYSTEM" '
	$3 == "wal" && $5 == of && $6 <= name && name <= $7 { id = $2 } END { print id }' "$TMPDIR/log-table")
[ -n "$chunk" ] || exit 1
held=$SCRATCH/chunk
if [ ! -e "$held/$chunk" ]; then
	rm -rf "$held"
	repository restore --quiet "$chunk" --target "$held/$chunk" >/dev/null || exit 200
fi
found=$held/$chunk/$1
[ -e "$found" ] || found+=.partial
[ -e "$found" ] || exit 1
cp "$found" "$2"
