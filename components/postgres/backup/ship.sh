#!/usr/bin/env bash
# Ships every write of the database to the vault, half a minute later at most, for as long as it runs.
#
# The server's slot moves on only when the repository has what is before it. So whatever goes wrong, shipping starts over
# from the slot, with an empty folder, and nothing is lost that the server still has.
set -euo pipefail
# shellcheck source=components/backups/scripts/lib.sh
source "${LADDER_SCRIPTS:-/etc/ladder}/lib.sh"
# shellcheck source=components/postgres/backup/wal.sh
source "$SCRIPTS/wal.sh"

EVERY_SECONDS=${LADDER_SHIP_SECONDS:-25}
# Without a write, the repository is told so often that there was none.
QUIET_SECONDS=${LADDER_QUIET_SECONDS:-300}
# So long it tries by itself, before it ends to show its last words.
PATIENCE=${LADDER_SHIP_PATIENCE:-600}
# A chunk ends with so many segments: half a GiB on the disk of this pod, and later on that of a restore.
CHUNK=32
WAL=$SCRATCH/wal
FRESH=$TMPDIR/shipped
# Restic's memory is reserved all day: it may take its time instead.
export GOGC=20 GOMAXPROCS=1

# ------------------------------------------------------------------------------------------ one session after the other

supervise() {
	local child='' good
	good=$(date +%s)
	touch "$TMPDIR/began"
	# What was received and is not stored yet, the server still has.
	trap 'kill "$child" 2>/dev/null; wait; exit 0' TERM INT
	while :; do
		LADDER_MESSAGE=$TMPDIR/last bash "$SCRIPTS/ship.sh" session &
		child=$!
		wait "$child" || true
		# What an earlier container of this pod left is older than this one.
		[ ! "$FRESH" -nt "$TMPDIR/began" ] || good=$(stat -c %Y "$FRESH")
		if [ $(($(date +%s) - good)) -gt "$PATIENCE" ]; then
			cat "$TMPDIR/last" >"$MESSAGE"
			exit 1
		fi
		pause "${LADDER_AGAIN_SECONDS:-5}"
	done
}

# A signal is heard at once.
pause() { sleep "$1" & wait $! || true; }

[ "${1:-}" = session ] || supervise

# ------------------------------------------------------------------------------------------ a session

receiver=
# shellcheck disable=SC2329 # the library calls it
cleanup() { [ -z "$receiver" ] || kill -KILL "$receiver" 2>/dev/null; }

# Where shipping goes on: at the slot, which is made where there is none. Sets system, and first, a segment.
find_place() {
	local facts place stored since
	facts=$(ask -F ' ' -c "select system_identifier, left(pg_walfile_name(pg_current_wal_flush_lsn()), 8),
		coalesce((select case when wal_status = 'lost' or restart_lsn is null then 'lost' else restart_lsn::text end
			from pg_replication_slots where slot_name = '$SLOT'), 'none') from pg_control_system()")
	read -r system timeline place <<<"$facts"
	[ "$place" != lost ] || ask -c "select pg_drop_replication_slot('$SLOT')" >/dev/null
	case $place in
	none | lost) place=$(ask -c "select lsn from pg_create_physical_replication_slot('$SLOT', true)") ;;
	esac
	first=$(segment_at "$timeline" "$place")
	log_table >"$TMPDIR/table"
	read -r stored since < <(awk -v of="$system" '
		$3 == "wal" && $5 == of { last = $7; until = $8 } END { print last, until }' "$TMPDIR/table")
	if [ -n "$stored" ] && [ "$(number "$first")" -gt "$(number "$stored")" ]; then
		say "LOST: the server dropped what was not shipped since $since; a new base is needed"
		keep_output gap "kind=gap,system=$system,at=$since" echo "$since $stored $first" || repository_failed $?
	fi
}

# The program goes on after the newest whole segment of its folder: an empty one tells it where.
receive() {
	rm -rf "$WAL"
	mkdir -p "$WAL"
	told=$(before "$first")
	truncate -s "$SEGMENT_BYTES" "$WAL/$told"
	PGAPPNAME=$SLOT pg_receivewal --directory="$WAL" --no-loop --no-sync --no-password --status-interval=1 \
		2>"$TMPDIR/receive.errors" &
	receiver=$!
}

segments() { find "$WAL" -type f ! -name "$told" -printf '%f\n' | LC_ALL=C sort; }
whole_segments() { segments | grep -vc '\.partial$' || true; }

alive() {
	kill -0 "$receiver" 2>/dev/null ||
		fail 20 "the server ended the stream of its log: $(words "$TMPDIR/receive.errors")" "ladder status says how it is"
}

# Waits until what was written up to a position has come.
await() {
	local try
	for try in {1..30}; do
		alive
		[ "$(ask -c "select exists (select from pg_stat_replication
			where application_name = '$SLOT' and write_lsn >= '$1')")" = f ] || return 0
		pause 1
	done
	fail 20 "the log does not come: after $try s position $1 was not there" "ladder status says how the server is"
}

# One snapshot of the chunk. The receiver stands still meanwhile, so that no file changes its name under restic.
store() {
	local until=$1 last status=0
	last=$(segments | tail -n 1)
	last=${last%.partial}
	[ -n "$last" ] || return 0
	kill -STOP "$receiver"
	(cd "$WAL" && repository backup --json --quiet --host "$STACK" --exclude "$told" \
		--tag "store=$KIND,kind=wal,system=$system,first=$first,last=$last,until=$until" .) >"$TMPDIR/summary" || status=$?
	kill -CONT "$receiver"
	[ "$status" = 0 ] || repository_failed "$status"
	ask -c "select pg_replication_slot_advance(slot_name, '$(position_of "$last")') from pg_replication_slots
		where slot_name = '$SLOT' and restart_lsn < '$(position_of "$last")'" >/dev/null
	if [ "$(whole_segments)" -ge "$CHUNK" ]; then
		find "$WAL" -type f ! -name '*.partial' ! -name "$told" -delete
		first=$last
	fi
}

# What the server had acknowledged when it was asked is stored when this ends.
tick() {
	local facts now position
	facts=$(ask -F ' ' -c "select $NOW, pg_current_wal_flush_lsn()" 2>"$TMPDIR/ask.errors") ||
		fail 20 "the database cannot be reached: $(words "$TMPDIR/ask.errors")" "ladder status says why it is down"
	read -r now position <<<"$facts"
	if [ "$position" != "$stored" ] || [ $((SECONDS - stored_at)) -ge "$QUIET_SECONDS" ]; then
		await "$position"
		store "$now"
		stored=$position stored_at=$SECONDS
	fi
	touch "$FRESH"
}

begin_job ship
run=ship
as store
reach
open_or_make_repository
find_place
receive
say "shipping from segment $first on"
stored='' stored_at=$SECONDS
while :; do
	began=$SECONDS
	tick
	# What storing took counts: the next begins so long after this one began.
	while [ $((SECONDS - began)) -lt "$EVERY_SECONDS" ] && [ "$(whole_segments)" -lt "$CHUNK" ]; do
		pause $((EVERY_SECONDS < 5 ? EVERY_SECONDS : 5))
		alive
	done
done
