#!/usr/bin/env bash
# Forgets what no moment of the last $DAYS days needs: bases, and the log before them. Runs as the vault's pruner.
set -euo pipefail
# shellcheck source=components/backups/scripts/lib.sh
source "${LADDER_SCRIPTS:-/etc/ladder}/lib.sh"
# shellcheck source=components/postgres/backup/wal.sh
source "$SCRIPTS/wal.sh"
begin_job trim

# A base serves the moments until the next one of its server. The last one of the server that wrote last serves those to
# come; that of a server that is gone, until its log ends. What serves a moment after the horizon stays, and of the log
# what is after the first base that stays.
gone() {
	awk -v horizon="$1" -v sweep="$2" "$AWK_NUMBER"'
		{ line[++lines] = $0 }
		$3 == "wal" { newest[$5, $6] = $2; ends[$5] = $8; current = $5 }
		$3 == "base" { base[$4] = 1 }
		$3 == "label" && $4 in base {
			run = $4; whole[run] = 1; start[run] = number($9)
			if ($5 in latest) serves[latest[$5]] = $10
			latest[$5] = run; system_[run] = $5
		}
		END {
			for (of in latest) serves[latest[of]] = of == current ? "9" : ends[of]
			for (run in whole) if (serves[run] > horizon) {
				stays[run] = 1; of = system_[run]
				if (!(of in from) || start[run] < from[of]) from[of] = start[run]
			}
			for (i = 1; i <= lines; i++) {
				split(line[i], it, " ")
				if (it[3] == "wal") {
					keep = newest[it[5], it[6]] == it[2]
					keep = keep && (it[5] in from ? number(it[7]) >= from[it[5]] : it[1] > sweep)
				} else if (it[3] == "gap") keep = it[1] > horizon
				else keep = (it[4] in stays) || (!(it[4] in whole) && it[1] > sweep)
				if (!keep) print (it[3] == "label" ? 0 : 1), it[2]
			}
		}' | sort | awk '{ print $2 }'
}

day() { date -u -d "@$(($(date +%s) - $1 * 86400))" +%Y-%m-%dT%H:%M:%S; }

open_repository
log_table >"$TMPDIR/table"
# What is no base yet may be one that is being taken: it is swept when it is two days old.
gone "$(day "$DAYS")" "$(day 2)" <"$TMPDIR/table" >"$TMPDIR/gone"
count=$(wc -l <"$TMPDIR/gone")
say "forgetting $count of $(wc -l <"$TMPDIR/table") snapshots"
if [ "$count" -gt 0 ]; then
	xargs -n 100 <"$TMPDIR/gone" | while read -ra ids; do
		repository forget --quiet "${ids[@]}" >/dev/null || exit $?
	done || repository_failed $?
fi
# Nothing is shipped while the repository is locked for this: what would take long is left for the next time.
repository prune --quiet --max-repack-size 256M >/dev/null || repository_failed $?
good forgotten "$count"
