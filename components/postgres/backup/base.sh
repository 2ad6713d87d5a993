#!/usr/bin/env bash
# Takes a base, the copy of the server that the log is replayed upon, when the newest is a day old, or the log was broken.
set -euo pipefail
# shellcheck source=components/backups/scripts/lib.sh
source "${LADDER_SCRIPTS:-/etc/ladder}/lib.sh"
# shellcheck source=components/postgres/backup/wal.sh
source "$SCRIPTS/wal.sh"
begin_job base

as store
reach
facts=$(ask -F ' ' -c "select system_identifier, exists (select from pg_replication_slots
	where slot_name = '$SLOT' and wal_status <> 'lost' and restart_lsn is not null) from pg_control_system()")
read -r system held <<<"$facts"
[ "$held" = t ] || fail 25 "nothing is shipped: the server has no slot that keeps the log for it" "docs/runbooks/dead-shipper.md"

open_repository
log_table >"$TMPDIR/table"
# Not quite a day, so that a job that comes an hour later each time does not fall behind.
recent=$(date -u -d "@$(($(date +%s) - ${BASE_SECONDS:-84600}))" +%Y-%m-%dT%H:%M:%S)
newest=$(awk -v of="$system" -v recent="$recent" '
	$5 != of { next }
	$3 == "base" { base[$4] = $1 }
	$3 == "label" && $4 in base && base[$4] > recent { run = $4; begun = base[$4] }
	$3 == "gap" { gap = $1 }
	END { if (run && begun > gap) print run }' "$TMPDIR/table")
run=$newest
[ -z "$newest" ] || good taken false

# A base begins with a checkpoint of its own, which is never before what is written now.
facts=$(ask -F ' ' -c "select left(pg_walfile_name(it), 8), it from pg_current_wal_flush_lsn() it")
# shellcheck disable=SC2086 # two words
start=$(segment_at $facts)
run=$(new_run)
status=0
keep_output base.tar "kind=base,system=$system" bash "$SCRIPTS/dump.sh" base || status=$?
[ "$status" = 0 ] ||
	not_kept "$status" "the base was not taken" "mend what the database says; the next hour's job tries again"
at=$(ask -c "select $NOW")
size=$bytes
keep_output label "kind=label,system=$system,start=$start,at=$at" echo "$start $at" || repository_failed $?
good taken true bytes "$size"
