#!/usr/bin/env bash
# Ends all writing to the store, and keeps it ended over restarts of the server; THAW=1 takes that back. Both may be
# done again at any time. What it cannot end it names, and then nothing is frozen.
set -euo pipefail
# shellcheck source=components/backups/scripts/lib.sh
source "${LADDER_SCRIPTS:-/etc/ladder}/lib.sh"
begin_job freeze

if [ "${THAW:-0}" = 1 ]; then
	thaw
	say "the application may log in again"
	good frozen false
fi

freeze
until=$((SECONDS + ${WRITER_SECONDS:-30}))
while
	writers >"$TMPDIR/writers" || fail 20 "the database does not say who may still write, so that it may be frozen or not" \
		"ladder status says how it is; start again, or take the freeze back"
	[ -s "$TMPDIR/writers" ]
do
	if [ "$SECONDS" -ge "$until" ]; then
		thaw
		fail 51 "somebody else may still write, so that nothing is frozen: $(paste -sd ';' "$TMPDIR/writers")" \
			"end that, and start again: $(end_writers)"
	fi
	sleep 0.5
done
say "frozen: nobody can write"
good frozen true
