#!/usr/bin/env bash
# Puts run $RUN (the newest good one by default) back: beside the live data, compared with its manifest, and only then
# in its place. With $AT it is the store as it was at that moment. With $INTO it stays beside, under that name. A target
# that holds data is refused unless OVERWRITE=1; then a backup of it is taken first. REPLACE_KNOWN=1: a move brings it.
set -euo pipefail
# shellcheck source=components/backups/scripts/lib.sh
source "${LADDER_SCRIPTS:-/etc/ladder}/lib.sh"
begin_job restore

INTO=${INTO:-} AT=${AT:-}

# What does not come back with the data (users, which the server's own start makes).
comparable() { awk -F '\t' -v left_out="^(${NOT_RESTORED:-none})\$" '$1 !~ left_out'; }

# shellcheck disable=SC2329 # the library calls it
cleanup() { throwaway_stop >/dev/null 2>&1; }

# The run among the newest that the store holds exactly.
known_run() {
	local other
	for other in $(awk '{ print $2 }' "$TMPDIR/runs" | tail -n 12 | tac); do
		run=$other part manifest | body | comparable >"$TMPDIR/other"
		# A run tells what ends by itself as it was seen from its own time.
		if grep -q '^expiring' "$TMPDIR/other"; then
			run=$other live_manifest | comparable >"$TMPDIR/live" || return 1
		fi
		if same "$TMPDIR/other" "$TMPDIR/live"; then
			echo "$other"
			return 0
		fi
	done
	return 1
}

# Whether two manifests tell the same, but for what may have ended by itself.
same() {
	local moment
	moment=$(date -u +%s)
	lasting "$moment" <"$1" >"$TMPDIR/one"
	lasting "$moment" <"$2" | cmp -s - "$TMPDIR/one"
}

# What the store holds need not be given up when a run holds it too. What cannot be read is no such thing.
look_at_live() {
	live_manifest | comparable >"$TMPDIR/live" || return 0
	if same "$TMPDIR/wanted" "$TMPDIR/live"; then
		say "the store holds run $run already, to the last line"
		good lines "$(wc -l <"$TMPDIR/wanted")" amount "$(amount <"$TMPDIR/wanted")"
	fi
	# What an earlier try to move brought here, and nobody touched, may give way.
	if [ "${REPLACE_KNOWN:-0}" = 1 ] && known=$(known_run); then
		say "the store holds run $known, to the last line: it gives way"
		empty=yes
	fi
}

# What would come into the place of a frozen store would be open. Where a move brings the environment back, it may: what
# the move away froze stays beside it.
look_at_freeze() {
	if [ -n "$INTO" ] || ! frozen; then return 0; fi
	[ "${REPLACE_KNOWN:-0}" = 1 ] ||
		fail 50 "the store is frozen, because its environment moves or has moved: a restore would open it for writing again" \
			"restore where it moved to; or beside it, to look: --into NAME; a move that is not to be ends with  ladder move --back"
	returns=yes
}

returns=
empty=yes
target_empty || empty=no
look_at_freeze
if [ -z "$AT" ]; then
	choose_run restore "ladder backups $KIND lists what there is"
	read_manifest
	body <"$TMPDIR/manifest" | comparable >"$TMPDIR/wanted"
	if [ "$empty" = no ] && [ -z "$INTO$returns" ] && [ "${OVERWRITE:-0}" != 1 ]; then look_at_live; fi
fi
if [ -z "$INTO$returns" ] && [ "$empty" = no ] && [ "${OVERWRITE:-0}" != 1 ]; then
	fail 50 "the store holds data, and a restore would take its place" \
		"restore beside it: --into NAME; or give it up: --overwrite, which takes a backup of it first"
fi
# Everything that could stop a restore was looked at.
if [ "${CHECK:-0}" = 1 ]; then good; fi

if [ -n "$AT" ]; then
	run=at-$(tr -d ':.-' <<<"$AT")
	# shellcheck source=/dev/null
	source "$SCRIPTS/moment.sh"
	moment "$AT"
	throwaway_manifest | comparable >"$TMPDIR/wanted"
fi

saved=
if [ -z "$INTO$returns" ] && [ "$empty" = no ]; then
	say "the store holds data: taking a backup of it first"
	LADDER_MESSAGE=$TMPDIR/saved ANYTHING=1 bash "$SCRIPTS/backup.sh" >/dev/null ||
		fail 1 "the backup of what would be overwritten failed, so nothing was restored: $(sed -n 's/.*"why":"\([^"]*\)".*/\1/p' "$TMPDIR/saved")" \
			"mend that first; or restore beside it: --into NAME"
	saved=$(sed -n 's/.*"run":"\([^"]*\)".*/\1/p' "$TMPDIR/saved")
fi

kept=
name=${INTO:-ladder_restore_$(tr 'A-Z-' 'a-z_' <<<"$run")}
say "restoring run $run into $name"
restore_into "$name"
target_manifest "$name" | comparable >"$TMPDIR/found"
compare "$TMPDIR/wanted" "$TMPDIR/found"
if [ -z "$INTO" ]; then
	look_at_freeze # a move may have begun meanwhile
	say "compared; putting it in the place of the live data"
	# The old content is dropped only where there was none.
	target_adopt "$name" "$empty"
fi
good lines "$(wc -l <"$TMPDIR/wanted")" amount "$(amount <"$TMPDIR/wanted")" ended "$ended" \
	into "$(text "$INTO")" saved "$(text "$saved")" kept "$(text "$kept")" at "$(text "$AT")"
