#!/usr/bin/env bash
# Follows until the target is near, ends all writing at the source, gives the target the last of it, compares, and opens
# the target. What fails or takes too long ends with the source open and the target closed, as before.
set -euo pipefail
# shellcheck source=components/backups/scripts/lib.sh
source "${LADDER_SCRIPTS:-/etc/ladder}/lib.sh"
# shellcheck source=components/climb/scripts/climb_lib.sh
source "$SCRIPTS/climb_lib.sh"
begin_step gate

LIMIT_SECONDS=${LIMIT_SECONDS:-60}
freezing=
opening=
watch=

# shellcheck disable=SC2329 # the library calls it
cleanup() {
	if [ -n "$watch" ]; then kill "$watch" 2>/dev/null || true; fi
	climb_clean || true
	if [ -n "$freezing" ] && { [ -z "$opening" ] || ! climb_opened; }; then
		say "the source is let in again"
		thaw source || say "THE SOURCE IS STILL FROZEN: ladder climb --back lets it in again"
	fi
}

# Whatever holds it up, the application is let in again in time.
watch_the_clock() {
	local parent=$$
	(
		trap - EXIT TERM
		# Whoever reads the report waits for none that could still write to it.
		exec {out}>&-
		sleep "$LIMIT_SECONDS"
		echo "the freeze took longer than $LIMIT_SECONDS s" >"$TMPDIR/late"
		kill -TERM "$parent"
	) >/dev/null 2>&1 &
	watch=$!
	trap 'fail 52 "$(cat "$TMPDIR/late" 2>/dev/null || echo "the job was ended from outside"): the source is let in again, and the target stays closed" "start again when there is less load, or allow more: --limit SECONDS"' TERM
}

if climb_opened; then
	say "the target is open already"
	good open true pause_seconds null receipt "$(text "$(sign gate "$run")")"
fi
climb_follow
say "freezing the source"
freezing=yes
rm -f "$TMPDIR/late"
freeze source
frozen_at=$EPOCHREALTIME
until=$((SECONDS + ${WRITER_SECONDS:-30}))
while
	writers source >"$TMPDIR/writers" || fail 20 "the source does not say who may still write" "ladder status says how it is; start again"
	[ -s "$TMPDIR/writers" ]
do
	[ "$SECONDS" -lt "$until" ] ||
		fail 51 "somebody else may still write, so that nothing is frozen: $(paste -sd ';' "$TMPDIR/writers")" "end that, and start again: $(end_writers source)"
	sleep 0.1
done
watch_the_clock
say "frozen"
climb_last
climb_compare_touched
kill "$watch" 2>/dev/null || true
watch=
trap 'exit 1' TERM
opening=yes
climb_open
freezing=
pause=$(elapsed "$frozen_at")
say "the target is open; the pause was $pause s"
climb_clean
good open true pause_seconds "$pause" receipt "$(text "$(sign gate "$run")")" "${facts[@]}"
