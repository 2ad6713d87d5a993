# shellcheck shell=bash
# Hooks of Redis and Valkey: how a run is dumped, proven and put back. components/backups/scripts/ calls them.
#
# The application has the databases below $BESIDE. In as many above them a run is put back before it takes their place,
# and what it replaced stays there; in $MARKS are marks of Ladder's own. No run holds any of those.

# The hooks' caller reads these.
# shellcheck disable=SC2034
PARTS=(keyspace)
# shellcheck disable=SC2034
DATA='keys|expiring'
# Functions belong to no database: they come back only when the data takes its place.
# shellcheck disable=SC2034
NOT_RESTORED=functions

BESIDE=16
MARKS=$((2 * BESIDE))
# Marks databases that a restore has not finished.
RESTORING=ladder:restoring

CLI=$(command -v valkey-cli || command -v redis-cli)
# shellcheck source=components/redis/backup/freezing.sh
source "$SCRIPTS/freezing.sh"

# Who asks: user `backup`, or in a job that puts a run back, user `restore`; in a climb one of each side.
as() {
	local folder=$SECRETS/$1
	WHO=$(cat "$folder/user")
	REACHED=(--no-auth-warning -h "$(cat "$folder/host")" -p "$(cat "$folder/port")")
	if [ -n "$WHO" ]; then REACHED+=(--user "$WHO"); fi
	# The password goes by the environment: a command line is there for everybody to read. An empty one is none.
	REDISCLI_AUTH=$(cat "$folder/password")
	export REDISCLI_AUTH
	if [ -z "$REDISCLI_AUTH" ]; then unset REDISCLI_AUTH; fi
	if [ -s "$folder/ca.crt" ]; then
		REACHED+=(--tls --cacert "$folder/ca.crt")
	fi
}

ask() { "$CLI" -e "${REACHED[@]}" "$@"; }

# A pod is let out a moment after it began, and a server may be loading its data: half a minute is patience enough.
reach() {
	local said until=$((SECONDS + ${PATIENCE_SECONDS:-30}))
	while
		said=$(timeout 15 "$CLI" "${REACHED[@]}" ping 2>&1) || true
		[ "$said" != PONG ]
	do
		refused "$said"
		[ "$SECONDS" -lt "$until" ] ||
			fail 20 "the database cannot be reached: ${said:-it does not answer}" "ladder status says why it is down"
		sleep 1
	done
}

refused() {
	case $1 in
	*WRONGPASS* | *NOAUTH* | *NOPERM*)
		fail 21 "the database refused user $WHO: $1" "restart its pod: at each start it sets the passwords anew" ;;
	esac
}

# value NAME: of the lines NAME:VALUE that INFO tells.
value() { tr -d '\r' | awk -F : -v name="$1" '$1 == name { print $2 }'; }

# held COMMAND: the numbers of the databases in which COMMAND's server holds keys.
held() { "$1" info keyspace | sed -n 's/^db\([0-9]*\):.*/\1/p'; }

version() {
	local told name
	told=$(ask info server)
	name=$(value server_name <<<"$told")
	name=${name:-redis}
	echo "$name $(value "${name}_version" <<<"$told")"
}

begin() {
	as store
	reach
}

finish() { throwaway_stop; }

# What a replica would get. It stays in the job as well, for the manifest.
dump() {
	as store
	ask --rdb - | tee "$SCRATCH/keyspace.rdb"
}

# A dump of an empty server; what is below it was cut off.
least_bytes() { echo 80; }

manifest() {
	throwaway_start "$SCRATCH"
	throwaway_run || fail 40 "what was dumped does not load: $(words "$throwaway/log")" "look at the memory of the job, and at the server's log"
	throwaway_manifest
}

# Without what had ended by itself by then, or was about to.
lasting() { awk -F '\t' -v soon="$(($1 + 60))" '$1 != "expiring" || (split($2, at, " ") && at[2] > soon)'; }

# ------------------------------------------------------------------------------ a server for a proof

own() { env -u REDISCLI_AUTH "$CLI" -e -s "$throwaway/socket" "$@"; }

throwaway_start() { throwaway=$1; }

throwaway_load() {
	cat >"$throwaway/$1.rdb"
	throwaway_run || { words "$throwaway/log" >&2 && return 1; }
}

# Runs a server of the kind that made the dump, for this job alone, until it has loaded it.
throwaway_run() {
	local kind said
	kind=${SERVES:-$(awk '$1 == "server" { print $2 }' "$TMPDIR/manifest")}
	# Plain commands instead of a dump, when it is asked to write.
	"$kind-server" --dir "$throwaway" --dbfilename keyspace.rdb --port 0 --unixsocket "$throwaway/socket" --unixsocketperm 700 \
		--databases $((MARKS + 1)) --save '' --appendonly no --aof-use-rdb-preamble no >"$throwaway/log" 2>&1 </dev/null &
	echo $! >"$throwaway/pid"
	until said=$(own ping 2>&1) && [ "$said" = PONG ]; do
		kill -0 "$(cat "$throwaway/pid")" 2>/dev/null || return 1
		sleep 0.1
	done
	rm -f "$throwaway/keyspace.rdb"
}

throwaway_manifest() {
	local taken functions
	# shellcheck disable=SC2154 # the library sets it
	taken=$(date -u -d "${run:0:8} ${run:9:2}:${run:11:2}:${run:13:2}" +%s)
	functions=$(own --raw function list withcode | LC_ALL=C sort)
	{
		own --raw --eval <(cat "$SCRIPTS/content.lua" "$SCRIPTS/manifest.lua") , "$taken" "$RESTORING"
		[ -z "$functions" ] ||
			printf 'functions\tall\t%s\t%s\n' "$(grep -cx library_name <<<"$functions")" "$(sha1sum <<<"$functions" | cut -c 1-24)"
	} | sed '/^$/d' | LC_ALL=C sort
}

throwaway_stop() {
	if [ -n "${throwaway:-}" ]; then
		kill -KILL "$(cat "$throwaway/pid")" 2>/dev/null || true
		rm -rf "$throwaway"/{pid,log,socket,keyspace.rdb,functions,appendonlydir}
		throwaway=
	fi
}

# lift BASE: exchanges the throwaway server's databases from 0 on with those from BASE on.
lift() {
	local n
	for ((n = 0; n < BESIDE && $1 + n < MARKS; n++)); do own swapdb "$n" $(($1 + n)) >/dev/null; done
}

# empty COMMAND NUMBER...: empties databases of COMMAND's server, which has that many.
empty() {
	local command=$1 n
	shift
	for n in "$@"; do "$command" -n "$n" flushdb >/dev/null; done
}

# The file in which the throwaway server says all that it holds as commands.
say_commands() {
	local told
	own bgrewriteaof >/dev/null
	until told=$(own info persistence) && [ "$(value aof_rewrite_in_progress <<<"$told")$(value aof_rewrite_scheduled <<<"$told")" = 00 ]; do
		sleep 0.2
	done
	[ "$(value aof_last_bgrewrite_status <<<"$told")" = ok ] ||
		fail 24 "the run could not be written out as commands: $(words "$throwaway/log")" "name a bigger scratch: ladder:backups.scratch_class, or raise storage_gib"
	find "$throwaway/appendonlydir" -name '*.base.aof'
}

# ------------------------------------------------------------------------------------------ putting back

target_empty() {
	local told n
	as restore
	reach
	told=$(held ask) || return 1
	for n in $told; do
		[ "$n" -ge "$BESIDE" ] || return 1
	done
}

# Where there is no such number, what is meant for it would reach database 0.
enough_databases() {
	ask swapdb "$MARKS" "$MARKS" >/dev/null || fail 50 "the server has too few databases for Ladder's own beside the data" "run pulumi up"
}

# Database 0 of the run becomes number NAME, the others follow it. The server itself says its data as commands: they ask
# for no more memory than the data does, however big a key is, and other versions understand them.
restore_into() {
	local commands
	base=$BESIDE
	if [[ $1 != ladder_restore_* ]]; then
		base=$1
		[[ $1 =~ ^(1[6-9]|2[0-9]|3[01])$ ]] || fail 50 "there is no place $1 beside the data" "name a database from 16 to 31, for example --into 24"
	fi
	as restore
	reach
	enough_databases
	throwaway_start "$SCRATCH"
	load_part keyspace throwaway_load keyspace
	# shellcheck disable=SC2046 # numbers
	empty own $(seq "$BESIDE" "$MARKS")
	make_room "$1"
	ask -n "$base" set "$RESTORING" "$run" >/dev/null
	own --raw function dump | head -c -1 >"$TMPDIR/functions"
	own function flush >/dev/null
	lift "$base"
	commands=$(say_commands)
	if ! ask --pipe --pipe-timeout 300 <"$commands" >"$TMPDIR/errors" 2>&1; then
		# shellcheck disable=SC2086 # numbers
		empty ask $places
		fail 1 "the store did not take the run, and nothing was changed: $(words "$TMPDIR/errors")" "mend what it says, and try again"
	fi
	[ "$1" != "$base" ] || ask -n "$base" del "$RESTORING" >/dev/null
	throwaway_stop
}

# make_room NAME: sees that the run fits, and that nobody's data lies where it goes. Sets `ours`, the numbers of the run's
# databases, and `places`, where they go.
make_room() {
	local n told taken=() need
	ours=$(held own)
	told=$(held ask)
	places=$base
	for n in $ours; do
		[ $((base + n)) -lt "$MARKS" ] || fail 50 "database $n of the run has no place from $1 on" "name a lower number, for example --into $BESIDE"
		places+=" $((base + n))"
	done
	if [ "$1" != "$base" ]; then
		# What lives now goes there, too.
		for n in $told; do [ "$n" -ge "$BESIDE" ] || places+=" $((base + n))"; done
	fi
	for n in $told; do [[ " $places " != *" $n "* ]] || taken+=("$n"); done
	if [ "${#taken[@]}" != 0 ]; then
		[ "$(ask -n "$base" exists "$RESTORING")" = 1 ] ||
			fail 50 "there is data already where the run would go: in database ${taken[*]}" "an earlier restore kept it. Give it up: ladder's client, -n ${taken[0]} flushdb (docs/runbooks/restore-redis.md)"
		empty ask "${taken[@]}"
	fi
	# A server filled to its limit takes no more writes of the application either.
	need=$(own info memory | awk -F : '$1 == "used_memory" { all = $2 } $1 == "used_memory_startup" { print all - $2 }')
	ask info memory | tr -d '\r' | awk -F : -v need="$need" '{ it[$1] = $2 } END { exit it["maxmemory"] > 0 && it["used_memory"] + need > it["maxmemory"] }' ||
		fail 50 "the run needs $((need / 1048576 + 1)) MiB beside the store's own data, and it has not as many" "raise memory_mib and run pulumi up, or empty what nobody needs any more"
}

# copy_store: a throwaway server with what the store holds now, asked for as a backup would.
copy_store() {
	as store
	SERVES=$(version) || return 1
	SERVES=${SERVES%% *}
	rm -f "$SCRATCH/keyspace.rdb"
	ask --rdb "$SCRATCH/keyspace.rdb" >&2 || return 1
	throwaway_start "$SCRATCH"
	throwaway_run
}

target_manifest() {
	copy_store || return 1
	# shellcheck disable=SC2046 # numbers
	empty own $(seq 0 $((BESIDE - 1)))
	lift "$base"
	throwaway_manifest
	throwaway_stop
}

live_manifest() {
	copy_store || return 1
	throwaway_manifest
	throwaway_stop
}

# target_adopt NAME EMPTY: exchanges the databases in one transaction, in which a store that a move brings back is thawed
# too. What was there stays beside, where it was worth
# anything, and `kept` says in which.
target_adopt() {
	local told n old=()
	as restore
	ask -X payload function restore payload flush <"$TMPDIR/functions" >/dev/null
	told=$(held ask)
	{
		printf 'multi\nselect %s\ndel %s\n' "$BESIDE" "$RESTORING"
		for ((n = 0; n < BESIDE; n++)); do
			[[ " ${ours//$'\n'/ } ${told//$'\n'/ } " != *" $n "* ]] || echo "swapdb $n $((BESIDE + n))"
		done
		[ -z "${returns:-}" ] || printf 'select %s\nset %s unwanted\n' "$MARKS" "$FROZEN"
		echo exec
	} | ask >"$TMPDIR/errors" 2>&1 || fail 1 "the databases could not be exchanged, and no key was changed: $(words "$TMPDIR/errors")" "try again"
	[ -z "${returns:-}" ] || await_thaw
	told=$(held ask)
	for n in $told; do
		[[ " $places " != *" $n "* ]] || old+=("$n")
	done
	[ "${#old[@]}" != 0 ] || return 0
	if [ "$2" = yes ]; then
		empty ask "${old[@]}"
	else
		kept="database ${old[*]}"
	fi
}
