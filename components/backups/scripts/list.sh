#!/usr/bin/env bash
# Lists the runs, and what can be had to the moment where every write is shipped, oldest first: a line of JSON each, and
# the job's own at the end.
set -euo pipefail
# shellcheck source=components/backups/scripts/lib.sh
source "${LADDER_SCRIPTS:-/etc/ladder}/lib.sh"
begin_job list

# First, because a store whose writes are shipped may have no run yet.
if [ -n "${LOG_REPOSITORY:-}" ]; then
	# shellcheck source=/dev/null
	source "$SCRIPTS/moment.sh"
	open_log
	stretches <"$TMPDIR/windows" | awk '{ printf "{\"from\":\"%s\",\"to\":\"%s\"}\n", $1, $2 }'
	close_log
fi
read_runs
while read -r time id state bytes lines verified; do
	[ "$verified" = - ] && verified=null || verified="\"${verified}Z\""
	printf '{"run":"%s","time":"%sZ","state":"%s","bytes":%s,"lines":%s,"verified":%s}\n' \
		"$id" "$time" "$state" "$bytes" "$lines" "$verified"
done <"$TMPDIR/runs"
good runs "$(wc -l <"$TMPDIR/runs")"
