# shellcheck shell=bash
# Hooks of a climb of Redis and Valkey; components/climb/scripts/ calls them, after the hooks of backups were sourced.
#
# Two ways. `follow`: a server of this job's own is a replica of the source, and what it writes to its append-only file
# goes on to the target. `scan`: where the source has no replicas, its keys are read by commands; that is no copy of one
# moment unless nobody writes, so that the gate copies while the source is frozen.

# Shellcheck reads one file at a time: the others, and the steps, use these.
# shellcheck disable=SC2034
{
	APPLICATION=16 # databases
	MARK=ladder:climbing
	MOST=1000 # elements of a key that is said at once
	BATCH=500 # keys
	# What ends within this time is not compared: it may have ended at one side.
	SOON_MS=10000
}

# shellcheck source=components/redis/climb/climb_follow.sh
source "$SCRIPTS/climb_follow.sh"
# shellcheck source=components/redis/climb/climb_keys.sh
source "$SCRIPTS/climb_keys.sh"
# shellcheck source=components/redis/climb/climb_look.sh
source "$SCRIPTS/climb_look.sh"

at_source() { as source && ask "$@"; }
at_target() { as target && ask "$@"; }

# The target takes commands from stdin. Sets what it refused, as `refusals` in $TMPDIR: some that a key's end explains are
# found and mended by the comparison; of others none is.
target_takes() {
	local status=0
	as target
	ask --pipe --pipe-timeout 300 2>&1 | tail -n 50 >"$TMPDIR/refusals" || status=$?
	case $(cat "$TMPDIR/refusals") in
	*OOM*) fail 24 "the target is full: $(words "$TMPDIR/refusals")" "give it more memory than the source's data needs, and start again" ;;
	*NOPERM* | *READONLY* | *MISCONF* | *NOAUTH* | *NOREPLICAS*) fail 21 "the target refuses to be written to: $(words "$TMPDIR/refusals")" "look at the rights of its user, and at the server" ;;
	*'errors: '*', replies: '*) return 0 ;;
	esac
	fail 20 "the target broke off (status $status): $(words "$TMPDIR/refusals")" "see that it can be reached, and start again: the copy begins anew"
}

# ------------------------------------------------------------------------------------- the target, open or not

# How the application can be kept out of the target: by the mark for its pod, by its own rights, or not at all.
closed_by() {
	as target
	if [ "$WHO" = restore ] && ask swapdb "$MARKS" "$MARKS" >/dev/null 2>&1; then
		echo mark
	elif [ "$(application target)" != "${WHO:-default}" ] && ask acl getuser "$(application target)" 2>/dev/null | grep -q .; then
		echo rights
	else
		echo nothing
	fi
}

# application SIDE: as whom the application logs in there.
application() {
	local name
	name=$(cat "$SECRETS/$1/app" 2>/dev/null || echo app)
	echo "${name:-default}"
}

held_by_application() { held ask | awk -v most="$APPLICATION" '$1 < most'; }

# Open, and serving: the gate was passed. One that was interrupted while it opened is opened to the end.
climb_opened() {
	local mark
	as target
	reach
	mark=$(ask get "$MARK") || fail 20 "the target does not say whether it is open" "see that it can be reached"
	case $mark in
	open) climb_open ;;
	'') [ -n "$(held_by_application)" ] && ! is_closed ;;
	*) return 1 ;;
	esac
}

is_closed() {
	case $(closed_by) in
	mark) as target && frozen ;;
	rights) at_target acl getuser "$(application target)" | grep -qx off ;;
	nothing) return 1 ;;
	esac
}

climb_close() {
	local until
	case $(closed_by) in
	mark)
		freeze target
		until=$((SECONDS + ${WRITER_SECONDS:-30}))
		until [ "$(ask -n "$MARKS" get "$FROZEN")" = yes ]; do
			[ "$SECONDS" -lt "$until" ] || fail 1 "the target's pod did not shut the application out" "ladder status says how it is"
			sleep 0.2
		done
		;;
	rights)
		at_target acl setuser "$(application target)" off >/dev/null
		ask client kill user "$(application target)" >/dev/null 2>&1 || true
		;;
	esac
}

climb_open() {
	as target
	ask set "$MARK" open >/dev/null
	case $(closed_by) in
	mark) thaw target ;;
	rights)
		at_target acl setuser "$(application target)" on >/dev/null
		# Over a restart, where the server keeps its users in a file.
		ask acl save >/dev/null 2>&1 || ask config rewrite >/dev/null 2>&1 || true
		;;
	esac
	at_target del "$MARK" >/dev/null
}

# The target's databases, emptied for a copy from its beginning. Never somebody else's data.
begin_anew() {
	as target
	reach
	if climb_opened; then
		fail 23 "the target serves the application already: a copy would overwrite it" "ladder climb --status says how far this climb is"
	fi
	if [ -n "$(held_by_application)" ] && [ -z "$(ask get "$MARK")" ]; then
		fail 50 "the target holds data that no climb brought there: in database $(held_by_application | tr '\n' ' ')" "empty it, or name another target"
	fi
	climb_close
	# It ends by itself, so that it is never counted among the keys that stay.
	at_target set "$MARK" "$way" ex 31536000 >/dev/null
	# shellcheck disable=SC2046 # numbers
	empty ask $(held_by_application | grep -vx 0)
	printf '%s\n' multi flushdb "set $MARK $way ex 31536000" exec | ask >/dev/null
}

# --------------------------------------------------------------------------------------------------- hooks

# shellcheck disable=SC2034 # the step reads it
climb_copy() {
	local began=$EPOCHREALTIME
	choose_way
	begin_anew
	if [ "$way" = follow ]; then
		follow_begin
		follow_copy
	else
		say_all
	fi
	copied_in=$(since "$began")
	bring_functions
	facts+=(way "$(text "$way")" copy_seconds "$copied_in")
}

# A gate, which is another job, copies anew what can be copied before the freeze.
climb_follow() {
	if [ -z "${way:-}" ]; then
		choose_way
		if [ "$way" = scan ] && [ "$(at_target get "$MARK")" = follow ]; then
			fail 22 "the source was followed when it was copied, and now it cannot be: $why_scan" "mend that and start again; or copy again, which tells how long the pause is without"
		fi
		if [ "$way" = scan ]; then
			begin_anew
			return
		fi
		climb_copy
		climb_compare_all
	fi
	[ "$way" = scan ] || follow_near
}

climb_compare_all() {
	if [ "$way" = follow ]; then compare_all; else compare_what_rests; fi
	same_functions
}

# The source is frozen.
climb_last() {
	if [ "$way" = follow ]; then
		follow_to_end
	else
		say_all
		bring_functions
	fi
}

climb_compare_touched() {
	if [ "$way" = follow ]; then compare_touched; else compare_all; fi
	compare_counts
	same_functions
}

climb_clean() { throwaway_stop; }

# Functions belong to no database. Who may not have them on the target was told by the check.
bring_functions() {
	local file=$TMPDIR/functions
	at_source --raw function dump 2>/dev/null | head -c -1 >"$file" || return 0
	[ "$(at_source --raw function list 2>/dev/null | grep -c .)" != 0 ] || return 0
	at_target -X payload function restore payload flush <"$file" >/dev/null ||
		fail 1 "the target does not take the functions of the source" "delete them at the source (FUNCTION DELETE), or let the target's user run FUNCTION"
}

functions_of() { "$1" --raw function list withcode 2>/dev/null | LC_ALL=C sort | sha1sum; }

same_functions() {
	[ "$(functions_of at_source)" = "$(functions_of at_target)" ] ||
		fail 40 "the functions of both sides differ" "FUNCTION LIST shows them; see that nobody loads any while it climbs"
}

# since MOMENT: seconds from an earlier $EPOCHREALTIME to now.
since() { awk -v from="$1" -v now="$EPOCHREALTIME" 'BEGIN { printf "%.3f", now - from }'; }
