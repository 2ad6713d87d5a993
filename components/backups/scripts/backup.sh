#!/usr/bin/env bash
# Takes a run: every part of the store as a snapshot, and then, as the proof that all of it is there, its manifest.
set -euo pipefail
# shellcheck source=components/backups/scripts/lib.sh
source "${LADDER_SCRIPTS:-/etc/ladder}/lib.sh"
begin_job backup

# Without a manifest it is no run; what was stored is swept by prune.
# shellcheck disable=SC2329 # the library calls it
cleanup() { finish >/dev/null 2>&1; }

keep_part() {
	local name=$1 status=0 least
	keep_output "$name" "kind=$name" bash "$SCRIPTS/dump.sh" "$name" || status=$?
	if [ "$status" != 0 ]; then
		not_kept "$status" "the dump of $name failed, so that there is no run" \
			"mend what the database says; the next run tries again"
	fi
	[ -n "$bytes" ] || fail 30 "restic did not say how much of $name it stored" "use restic 0.17 or newer"
	least=$(least_bytes "$name")
	[ "$bytes" -ge "$least" ] || fail 23 "the dump of $name has $bytes bytes, and less than $least is none, so that there is no run" \
		"look whether the database is the right one, and whole"
}

open_or_make_repository
snapshots >"$TMPDIR/table"
before=$(runs <"$TMPDIR/table" | newest_good)

begin
run=$(new_run)
say "run $run begins"
# Asked for by itself: what fails inside of another command's words would fail without a word.
server=$(version)
{
	printf 'ladder-manifest\t1\nrun\t%s\nstore\t%s\nstack\t%s\n' "$run" "$KIND" "$STACK"
	printf 'server\t%s\nrestic\t%s\n' "$server" "$(restic version | awk '{ print $2 }')"
} >"$TMPDIR/manifest"
total=0
# shellcheck disable=SC2153 # the hooks set it
for name in "${PARTS[@]}"; do
	keep_part "$name"
	total=$((total + bytes))
	printf 'part\t%s\t%s\n' "$name" "$bytes" >>"$TMPDIR/manifest"
done
manifest >"$TMPDIR/body" 2> >(tee "$TMPDIR/errors" >&2)
finish
lines=$(wc -l <"$TMPDIR/body")
now=$(amount <"$TMPDIR/body")
state=ok
if [ "$now" = 0 ] && [ -n "$before" ] && [ "${ACCEPT_EMPTY:-0}" != 1 ]; then
	held=$(run=$before part manifest | body | lasting "$(date -u +%s)" | amount) || repository_failed $?
	[ "$held" = 0 ] || state=suspicious
fi
{ echo && cat "$TMPDIR/body"; } >>"$TMPDIR/manifest"
parts=$(IFS=+ && echo "${PARTS[*]}")
keep_output manifest "kind=manifest,parts=$parts,bytes=$total,lines=$lines,state=$state" cat "$TMPDIR/manifest" ||
	repository_failed $?
# Before a restore, what is there is saved whatever it is: it may well be what the restore is for.
[ "$state" = ok ] || [ "${ANYTHING:-0}" = 1 ] || fail 23 "the database holds nothing, and run $before held $held: the run is kept, marked suspicious, and not counted as good" \
	"if it was emptied on purpose: ladder backup $KIND --accept-empty. If not: ladder restore $KIND --snapshot $before"
good bytes "$total" lines "$lines" amount "$now"
