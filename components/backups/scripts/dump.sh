#!/usr/bin/env bash
# Prints part $1 of a run; restic runs it, and takes nothing of it when it fails.
set -euo pipefail
# shellcheck source=components/backups/scripts/lib.sh
source "${LADDER_SCRIPTS:-/etc/ladder}/lib.sh"
# shellcheck source=/dev/null
source "$SCRIPTS/store.sh"

status=0
dump "$1" 2> >(tee "$TMPDIR/dump.errors" >&2) || status=$?
echo "$status" >"$TMPDIR/dump.status"
exit "$status"
