# shellcheck shell=bash
# shellcheck disable=SC2034,SC2153,SC2154 # files that are sourced together share what they set
# What the steps of a climb share; each sources it after the library of backups.

# What a report says beside its own words: KEY JSON KEY JSON…
facts=()
obstacles=()
told_at=-10

# begin_step NAME: as a job, with the hooks of the kind.
begin_step() {
	local name=$1
	begin_job "$name"
	# shellcheck source=/dev/null
	source "$SCRIPTS/climb_store.sh"
	run=${RUN:-$(new_run)}
}

# obstacle WHY FIX: something is in the way; the check goes on, so that all of them are told at once.
obstacle() {
	say "in the way: $1"
	obstacles+=("[$(text "$1"),$(text "$2")]")
}

# progress DONE OF UNIT: at most once a second.
progress() {
	[ "$SECONDS" -gt "$told_at" ] || [ "$1" = "$2" ] || return 0
	told_at=$SECONDS
	printf 'PROGRESS {"step":"%s","done":%s,"of":%s,"unit":"%s"}\n' "$JOB" "$1" "$2" "$3" >&"$out"
}

# elapsed MOMENT: seconds from an earlier $EPOCHREALTIME to now.
elapsed() { awk -v from="$1" -v now="$EPOCHREALTIME" 'BEGIN { printf "%.3f", now - from }'; }

# is_open: `true` once the gate opened the target.
is_open() { if climb_opened; then echo true; else echo false; fi; }
