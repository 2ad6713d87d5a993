# shellcheck shell=bash
# shellcheck disable=SC2034,SC2153,SC2154 # files that are sourced together share what they set
# A server of this job's own follows the source as a replica; its append-only file is what the target gets: first what it
# began with, as commands, then every write as it came, each to the byte. What follows again from another beginning
# (a source that was restarted, a link that was cut for long) is told by another file, and the copy begins anew.

FILES=keyspace-climb # folder of the append-only file, in the scratch

# A value in a server's own settings.
quoted() {
	local it=${1//\\/\\\\}
	printf '"%s"' "${it//\"/\\\"}"
}

# Settings of the server; they hold the source's password.
follower_settings() {
	local folder=$SECRETS/source
	printf '%s\n' "port 0" "unixsocket $throwaway/socket" "unixsocketperm 700" "dir $(quoted "$throwaway")" \
		"databases $((MARKS + 1))" 'save ""' "appendonly no" "appenddirname $FILES" "appendfsync no" \
		"aof-use-rdb-preamble no" "auto-aof-rewrite-percentage 0" "repl-timeout 300" "maxmemory 0" \
		"replicaof $(cat "$folder/host") $(cat "$folder/port")"
	if [ -s "$folder/user" ] && [ "$(cat "$folder/user")" != default ]; then echo "masteruser $(quoted "$(cat "$folder/user")")"; fi
	if [ -s "$folder/password" ]; then echo "masterauth $(quoted "$(cat "$folder/password")")"; fi
	if [ -s "$folder/ca.crt" ]; then
		printf '%s\n' "tls-replication yes" "tls-ca-cert-file $folder/ca.crt" "tls-cert-file $SECRETS/own/tls.crt" "tls-key-file $SECRETS/own/tls.key"
	fi
}

# The program that follows: the source's own kind, where there is one.
follower() {
	local told name
	told=$(at_source info server) || return 1
	name=$(value server_name <<<"$told")
	command -v "${name:-redis}-server" || command -v valkey-server || command -v redis-server
}

# Starts it, and waits until it holds what the source does.
follow_begin() {
	local program until told
	throwaway_stop
	throwaway_start "$SCRATCH"
	rm -rf "${throwaway:?}/$FILES"
	program=$(follower)
	(
		umask 077
		follower_settings >"$throwaway/settings"
	)
	env -u REDISCLI_AUTH "$program" "$throwaway/settings" >"$throwaway/log" 2>&1 </dev/null &
	echo $! >"$throwaway/pid"
	disown
	until=$((SECONDS + ${PATIENCE_SECONDS:-30} + 30))
	until told=$(own info replication 2>/dev/null) && [ "$(value master_link_status <<<"$told")" = up ]; do
		kill -0 "$(cat "$throwaway/pid")" 2>/dev/null || not_followed
		case $(tail -n 4 "$throwaway/log") in
		*"Can't handle RDB format"* | *'Unable to AUTH'* | *NOPERM* | *'Failed trying to load'* | *'Short read or OOM'*) not_followed ;;
		esac
		# A copy that is under way takes as long as it takes.
		if [ "$(value master_sync_in_progress <<<"$told")" = 1 ]; then until=$((SECONDS + 60)); fi
		[ "$SECONDS" -lt "$until" ] || not_followed
		sleep 0.2
	done
	rm -f "$throwaway/settings"
	write_down
}

not_followed() {
	fail 22 "the source cannot be followed: $(tail -n 6 "$throwaway/log" | words /dev/stdin)" "see that it runs and can be reached, and start again"
}

# From here on it writes what comes to a file of its own. Sets `incoming`, that file, `base`, what was there before, and
# how long that is.
write_down() {
	local told
	own config set appendonly yes >/dev/null
	until told=$(own info persistence) && [ "$(value aof_rewrite_in_progress <<<"$told")$(value aof_rewrite_scheduled <<<"$told")" = 00 ] &&
		[ -n "$(find "$throwaway/$FILES" -name '*.manifest' 2>/dev/null)" ]; do
		sleep 0.2
	done
	[ "$(value aof_last_bgrewrite_status <<<"$told")" = ok ] ||
		fail 24 "what the source holds could not be written down: $(words "$throwaway/log")" "give the job more memory and a bigger scratch: memory_mib, ladder:backups.scratch_class"
	base=$(follower_file b)
	incoming=$(follower_file i)
	before=$(stat -c %s "$base")
	fed=0
	: >"$TMPDIR/touched"
	echo 0 >"$TMPDIR/selected"
}

follower_file() { awk -v kind="$1" -v folder="$throwaway/$FILES" '$5 == "type" && $6 == kind { name = $2 } END { print folder "/" name }' "$throwaway/$FILES"/*.manifest; }

# Whether it still follows what it began with.
still_following() {
	[ "$(follower_file i)" = "$incoming" ] && kill -0 "$(cat "$throwaway/pid")" 2>/dev/null
}

# How far its file reaches now, bytes.
reaches() {
	local told
	told=$(own info persistence) || fail 22 "the server that follows the source has ended: $(words "$throwaway/log")" "give the job more memory, and start again"
	still_following || begin_over
	tr -d '\r' <<<"$told" | awk -F : -v before="$before" '{ it[$1] = $2 } END { printf "%d", it["aof_current_size"] + it["aof_buffer_length"] - before }'
}

# No write is lost then, but a copy from its beginning is another one.
begin_over() { fail 22 "the source was restarted, or away for too long, so that it could not be followed on" "start again: the copy begins anew"; }

# feed TO: the target gets what came up to there.
feed() {
	[ "$1" -gt "$fed" ] || return 0
	pass "$incoming" "$fed" "$1" "$TMPDIR/touched"
	fed=$1
}

# pass FILE FROM TO [TOUCHED]
pass() {
	local ends
	set +e
	perl "$SCRIPTS/climb_stream.pl" "$1" "$2" "$3" "$TMPDIR/selected" "${4:-}" 2>"$TMPDIR/stream" | target_takes
	ends=("${PIPESTATUS[@]}")
	set -e
	case ${ends[0]} in
	3) fail 22 "somebody exchanged databases at the source while it was followed: $(words "$TMPDIR/stream")" "start again when that is done" ;;
	esac
	[ "${ends[1]}" = 0 ] || exit "${ends[1]}"
	[ "${ends[0]}" = 0 ] || fail 22 "what the source sends cannot be read: $(words "$TMPDIR/stream")" "start again"
}

follow_copy() {
	say "the target gets $before bytes of commands"
	pass "$base" 0 "$before"
	rm -f "$base"
	echo 0 >"$TMPDIR/selected"
}

# Until the target lacks no more than it takes in a second.
follow_near() {
	local began round
	for round in {1..100}; do
		began=$EPOCHREALTIME
		feed "$(reaches)"
		if [ "$(since "$began" | cut -d . -f 1)" -lt 1 ]; then
			say "the target is near: $fed bytes of writes came since the copy began"
			return
		fi
		progress "$round" 100 rounds
	done
	fail 22 "the source is written to faster than the target takes it: after $round rounds it is still seconds behind" "start again when there is less load"
}

# The source is frozen: when the follower has read as far as the source wrote, the target gets the rest.
follow_to_end() {
	local at
	at=$(at_source info replication | value master_repl_offset)
	until [ "$(own info replication | value slave_read_repl_offset)" -ge "$at" ] && [ "$(own info replication | value master_repl_offset)" -ge "$at" ]; do
		still_following || begin_over
		sleep 0.05
	done
	feed "$(reaches)"
}
