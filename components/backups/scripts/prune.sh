#!/usr/bin/env bash
# Forgets runs that the policy does not keep, whole ones only, and frees their space. Runs as the vault's pruner.
set -euo pipefail
# shellcheck source=components/backups/scripts/lib.sh
source "${LADDER_SCRIPTS:-/etc/ladder}/lib.sh"
begin_job prune

# The runs that stay, from the list of `runs`: the newest of each of the last so many hours, days, weeks and months
# that had one; the newest good one, and the newest that was verified, whatever the policy says.
kept() {
	sort -r | awk -v hourly="$KEEP_HOURLY" -v daily="$KEEP_DAILY" -v weekly="$KEEP_WEEKLY" -v monthly="$KEEP_MONTHLY" '
		# Days since 1970-03-01 in the Gregorian calendar; a week begins on Monday.
		function days(y, m, d) {
			if (m <= 2) { y--; m += 12 }
			return 365 * y + int(y / 4) - int(y / 100) + int(y / 400) + int((153 * (m - 3) + 2) / 5) + d - 1
		}
		function place(name, period, many) {
			if ((name, period) in taken || used[name] >= many) return 0
			taken[name, period] = 1; used[name]++
			return 1
		}
		{
			day = days(substr($1, 1, 4) + 0, substr($1, 6, 2) + 0, substr($1, 9, 2) + 0)
			stays = place("hour", substr($1, 1, 13), hourly)
			stays += place("day", day, daily)
			stays += place("week", int((day + 2) / 7), weekly)
			stays += place("month", substr($1, 1, 7), monthly)
			if ($3 == "ok" && !good++) stays++
			if ($6 != "-" && !proven++) stays++
			if (stays) print $2
		}'
}

read_runs
kept <"$TMPDIR/runs" >"$TMPDIR/kept"
# What belongs to no run may be a run that is being taken: it is swept when it is two days old. Its time is the job's
# own clock at taking it, so that clocks that differ by hours do no harm.
horizon=$(date -u -d "@$(($(date -u +%s) - 172800))" +%Y-%m-%dT%H:%M:%S)
# Manifests first: what an interrupted prune leaves behind is no run any more.
awk -v horizon="$horizon" '
	FILENAME == ARGV[1] { whole[$2] = 1; next }
	FILENAME == ARGV[2] { kept[$1] = 1; next }
	$4 in kept { next }
	($4 in whole) || $1 < horizon { print ($3 == "manifest" ? 0 : 1), $2 }
' "$TMPDIR/runs" "$TMPDIR/kept" "$TMPDIR/table" | sort | awk '{ print $2 }' >"$TMPDIR/gone"

held=$(wc -l <"$TMPDIR/runs")
stay=$(wc -l <"$TMPDIR/kept")
if [ "$held" -gt 0 ] && [ "$stay" = 0 ]; then
	fail 1 "the policy would keep none of $held runs; nothing was forgotten" "set ladder:backups.keep so that some stay"
fi
say "$held runs, $stay of them stay; forgetting $(wc -l <"$TMPDIR/gone") snapshots"
if [ -s "$TMPDIR/gone" ]; then
	xargs -n 100 <"$TMPDIR/gone" | while read -ra ids; do
		repository forget --quiet "${ids[@]}" >/dev/null || exit $?
	done || repository_failed $?
fi
repository prune --quiet >/dev/null || repository_failed $?
good runs "$stay" forgotten "$((held - stay))"
