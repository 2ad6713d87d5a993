# shellcheck shell=bash
# shellcheck disable=SC2034,SC2153,SC2154 # files that are sourced together share what they set
# What can be in the way of a climb, found out by asking; nothing is changed.

# Sets `way`, and where it is the longer one, why. A server of this job's own must be let in as a replica, and read what
# the source has.
choose_way() {
	why_scan=
	way=scan
	as source
	reach
	if can_replicate && can_load; then way=follow; fi
	say "the source is ${why_scan:+read by its keys, because }${why_scan:-followed}"
}

# Asks for the replica's stream, and goes away as soon as it is promised or refused.
can_replicate() {
	local asks until=$((SECONDS + 30)) file=$TMPDIR/psync
	as source
	if [ -s "$SECRETS/source/ca.crt" ] && [ ! -s "$SECRETS/own/tls.crt" ]; then
		why_scan="a server that follows by TLS needs a certificate, and this job has none"
		return 1
	fi
	# The client tells of it on stderr; what it prints is the data.
	"$CLI" "${REACHED[@]}" psync '?' -1 >/dev/null 2>"$file" </dev/null &
	asks=$!
	disown
	until grep -q . "$file" || ! kill -0 "$asks" 2>/dev/null || [ "$SECONDS" -gt "$until" ]; do sleep 0.05; done
	kill "$asks" 2>/dev/null || true
	if grep -qE 'FULLRESYNC|CONTINUE' "$file"; then return 0; fi
	why_scan="the source lets in no replica: $(words "$file")"
	return 1
}

# A key as the source writes it is read by a server of this job's own.
can_load() {
	local database key program
	program=$(follower) || { why_scan="this job's image has no server" && return 1; }
	throwaway_start "$SCRATCH"
	"$program" --dir "$throwaway" --port 0 --unixsocket "$throwaway/socket" --unixsocketperm 700 --save '' >"$throwaway/log" 2>&1 </dev/null &
	echo $! >"$throwaway/pid"
	disown
	until [ "$(own ping 2>/dev/null)" = PONG ]; do
		kill -0 "$(cat "$throwaway/pid")" 2>/dev/null || return 1
		sleep 0.1
	done
	database=$(databases_of at_source | head -n 1)
	if [ -n "$database" ]; then
		as source
		key=$(ask --raw -n "$database" randomkey)
		ask --raw -n "$database" dump "$key" | head -c -1 >"$TMPDIR/payload"
		# A key may be gone by then.
		if [ -s "$TMPDIR/payload" ] && ! own -X payload restore probe 0 payload <"$TMPDIR/payload" >"$TMPDIR/said" 2>&1; then
			why_scan="no server of this job reads what the source writes: $(words "$TMPDIR/said")"
			throwaway_stop
			return 1
		fi
	fi
	throwaway_stop
}

# facts_of SIDE: what INFO tells, as `$TMPDIR/SIDE.info`; an obstacle where nobody answers.
facts_of() {
	local said
	as "$1"
	said=$(timeout 15 "$CLI" "${REACHED[@]}" ping 2>&1) || true
	if [ "$said" != PONG ]; then
		obstacle "the $1 does not let the job in: ${said:-it does not answer}" "look at its address, its user and password, and whether the network lets the job through"
		return 1
	fi
	ask info everything 2>/dev/null | tr -d '\r' >"$TMPDIR/$1.info" || ask info | tr -d '\r' >"$TMPDIR/$1.info"
}

fact() { value "$2" <"$TMPDIR/$1.info"; }

# newer SIDE: whether it is a server that knows the commands a climb uses.
newer() {
	local version
	version=$(fact "$1" valkey_version)
	version=${version:-$(fact "$1" redis_version)}
	[ "${version%%.*}" -ge 7 ] || obstacle "the $1 is a server of version $version" "a climb wants 7.0 or newer: upgrade it first"
}

climb_check() {
	local both=yes
	facts_of source || both=
	facts_of target || both=
	[ -n "$both" ] || return 0
	choose_way
	throwaway_stop
	look_at_target
	look_at_source
	look_at_clocks
	look_at_size
	tell_who_stays
	facts+=(way "$(text "$way")" closes "$([ "$(closed_by)" = nothing ] && echo false || echo true)" why_scan "$(text "${why_scan:-}")")
}

look_at_target() {
	local database
	newer target
	as target
	[ "$(fact target cluster_enabled)" != 1 ] || obstacle "the target is a cluster of shards" "a climb of Redis goes to a server without: cluster mode off"
	case $(fact target maxmemory_policy) in
	noeviction | '') ;;
	*) [ "$(fact source maxmemory_policy)" = "$(fact target maxmemory_policy)" ] ||
		obstacle "the target forgets keys when it is full: maxmemory-policy is $(fact target maxmemory_policy)" "set noeviction there" ;;
	esac
	ask --raw eval_ro "return 'yes'" 0 >"$TMPDIR/said" 2>&1 || obstacle "the target's user may not read by EVAL_RO, which the comparison needs: $(words "$TMPDIR/said")" "allow it +eval_ro"
	if [ -n "$(held_by_application)" ] && [ -z "$(ask get "$MARK")" ] && ! climb_opened; then
		obstacle "the target holds data that no climb brought there" "empty it, or name another target"
	fi
	for database in $(databases_of at_source); do
		at_target -n "$database" dbsize >"$TMPDIR/said" 2>&1 || obstacle "the source uses database $database, and the target has none: $(words "$TMPDIR/said")" "let the target have 16 databases"
	done
	if grep -q 'subexpiry=[1-9]' "$TMPDIR/source.info" && [[ $(ask command info hpexpireat 2>&1) != *hpexpireat* ]]; then
		obstacle "fields of hashes at the source end by themselves, and the target does not know that" "climb to a server that does: Redis 7.4 or Valkey 9 and newer"
	fi
}

look_at_source() {
	local way_to_freeze database
	[ "$way" = follow ] || newer source
	[ "$(fact source cluster_enabled)" != 1 ] || obstacle "the source is a cluster of shards" "none can climb: merge it into one server first"
	as source
	way_to_freeze=$(shut_by)
	[ "$way_to_freeze" != nothing ] || obstacle "nobody can end writing at the source: its user may neither CONFIG SET nor CLIENT PAUSE" "name an administrator of it: external.climb_uri"
	if [ "$way_to_freeze" != mark ]; then
		for database in $(held ask); do
			[ "$database" -lt "$APPLICATION" ] || obstacle "the source holds keys in database $database, and databases 0 to 15 climb" "move them below 16"
		done
	fi
}

# Keys end by the clock of their server.
look_at_clocks() {
	local side there
	for side in source target; do
		there=$("at_$side" --raw time 2>/dev/null | head -n 1) || continue
		[ -n "$there" ] || continue
		there=$((there - EPOCHSECONDS))
		[ "${there#-}" -le 5 ] || obstacle "the clock of the $side is $there s from this job's" "set it by the network's time: keys end by it"
	done
}

look_at_size() {
	local keys bytes most
	keys=$(keys_held at_source)
	bytes=$(($(fact source used_memory) - $(fact source used_memory_startup)))
	most=$(fact target maxmemory)
	[ "${most:-0}" = 0 ] || [ $((bytes + $(fact target used_memory_startup))) -lt "$most" ] ||
		obstacle "the source holds $((bytes / 1048576 + 1)) MiB, and the target takes $((most / 1048576)) MiB" "give the target more memory"
	facts+=(keys "$keys" bytes "$bytes")
	if [ "$way" = scan ]; then
		facts+=(pause_seconds "$(sampled_pause "$keys")")
	else
		facts+=(pause_seconds 5)
	fi
}

# sampled_pause KEYS: what copying and comparing all of them takes, by a sample of the source's. Both read it; the target
# takes and tells as much again.
sampled_pause() {
	local database began=$EPOCHREALTIME read=0 next=0
	database=$(databases_of at_source | head -n 1)
	if [ -z "$database" ]; then echo 1 && return; fi
	while
		read_keys at_source say "$database" 0 "$MOST" scan "$next" "$BATCH" || unreadable "the source's keys cannot be read" "what it says tells why"
		next=$cursor read=$((read + count))
		read_keys at_source tell "$database" "$(moment)" "$MOST" scan "$next" "$BATCH" || unreadable "the source's keys cannot be read" "what it says tells why"
		[ "$next" != 0 ] && [ "$read" -lt 5000 ]
	do :; done
	awk -v took="$(since "$began")" -v read="$read" -v keys="$1" 'BEGIN { printf "%.0f", 1 + 2 * took * keys / (read ? read : 1) }'
}

# What does not travel.
tell_who_stays() {
	local users
	if [ "$(at_source --raw function list 2>/dev/null | grep -c library_name)" != 0 ] && ! at_target function list >/dev/null 2>&1; then
		obstacle "the source has functions, and the target's user may have none" "delete them, or let the target's user run FUNCTION"
	fi
	users=$(at_source --raw acl users 2>/dev/null | grep -vxE "default|$(application source)|$(cat "$SECRETS/source/user")" | paste -sd ' ') || true
	[ -z "$users" ] || facts+=(told "$(text "users of the source do not travel: $users")")
}
