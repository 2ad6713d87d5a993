# shellcheck shell=bash
# Hooks of MongoDB: how a run is dumped, proven and put back. components/backups/scripts/ calls them.
#
# What is put back lies beside the live data first: in the same database, under names that begin with one of Ladder's
# own. There a collection takes another's place by a change of name, which moves no document.

# The hooks' caller reads these.
# shellcheck disable=SC2034
PARTS=(app)
# shellcheck disable=SC2034
DATA='collection|expiring'

# Between such a name and the collection's own.
BESIDE=__

THROWAWAY_PORT=${THROWAWAY_PORT:-27018}
# What a dump holds is told by a server that loaded it. One thread writes it, so that the order is always the same.
DUMP=(--archive --numParallelCollections=1)
# Documents come back as they were, also those that the rules of their collection do not admit any more.
LOAD=(--archive --bypassDocumentValidation --stopOnError)
# An archive ends with the end of its oplog, and its checksum. Source: mongo-tools, common/archive.
LAST_BYTES=' 6f 70 6c 6f 67 00 08 45 4f 46 00 01 12 43 52 43 00\( ..\)\{8\} 00 ff ff ff ff'

# Who asks: user `backup`, or in a job that puts a run back, user `restore`. The tools and the shell read the address
# from a file: a command line is there for everybody to read.
# What no majority of the set has may still be taken back, so it is not read.
as() {
	local folder=$SECRETS/$1 trust=
	WHO=$(cat "$folder/user")
	if [ -s "$folder/ca.crt" ]; then trust="&tls=true&tlsCAFile=$folder/ca.crt"; fi
	address server "$WHO:$(cat "$folder/password")@$(cat "$folder/host"):$(cat "$folder/port")/?authSource=admin&readConcernLevel=majority$trust"
}

# address NAME TEXT: the file that leads to a server.
address() { (umask 077 && printf 'uri: "mongodb://%s"\n' "$2" >"$TMPDIR/$1.yaml"); }

# ask SERVER VERB [NAME [OLD]]: what store.js does with it.
ask() {
	ADDRESS="$TMPDIR/$1.yaml" VERB=$2 NAME=${3:-} OLD=${4:-} TAKEN=$(taken) BESIDE=$BESIDE HOME=$TMPDIR \
		mongosh --nodb --norc --quiet "$SCRIPTS/store.js"
}

# When the run was taken, s since 1970.
taken() { [ -z "$run" ] || date -u -d "${run:0:8} ${run:9:2}:${run:11:2}:${run:13:2}" +%s; }

# A pod is let out a moment after it began, and a server may be electing its primary: half a minute is patience enough.
reach() {
	local said until=$((SECONDS + ${PATIENCE_SECONDS:-30}))
	while ! said=$(ask server ping 2>&1); do
		case $said in
		*'uthentication failed'* | *AuthenticationFailed* | *'not authorized'*)
			fail 21 "the database refused user $WHO: $said" "run pulumi up: the set's own Job sets the passwords anew" ;;
		esac
		[ "$SECONDS" -lt "$until" ] ||
			fail 20 "the database cannot be reached: $said" "ladder status says why it is down"
		sleep 1
	done
}

version() {
	as store
	ask server version
}

begin() {
	as store
	reach
	throwaway_start "$SCRATCH"
}

finish() { throwaway_stop; }

# One moment of the whole set: what was written while documents were read comes after them. A second reader loads it as
# it comes, and says in load.status how that ended.
dump() {
	local status=0 loader
	as store
	rm -f "$SCRATCH/archive" "$TMPDIR/load.status"
	mkfifo "$SCRATCH/archive"
	throwaway_load "$1" <"$SCRATCH/archive" >/dev/null 2>"$TMPDIR/load.errors" &
	loader=$!
	mongodump --config "$TMPDIR/server.yaml" --oplog "${DUMP[@]}" | tee --output-error=warn-nopipe "$SCRATCH/archive" || status=$?
	wait "$loader" && echo 0 >"$TMPDIR/load.status" || echo $? >"$TMPDIR/load.status"
	return "$status"
}

# A dump of an empty database; what is below it was cut off.
least_bytes() { echo 60; }

manifest() {
	loaded "$(cat "$TMPDIR/load.status" 2>/dev/null || echo 1)" "what was dumped does not load" \
		"the next run tries again; the log of this pod has all that the server said"
	throwaway_manifest
}

# Without what a server has deleted by itself at a moment, or is about to.
lasting() { awk -F '\t' -v soon="$(($1 + 60))" '$1 != "expiring" || (split($2, at, " ") && at[1] > soon)'; }

# ------------------------------------------------------------------------------ a server for a proof

throwaway_start() {
	throwaway=$1
	mkdir -p "$throwaway/db"
	address throwaway "127.0.0.1:$THROWAWAY_PORT/?directConnection=true"
	throwaway_run >"$throwaway/log" 2>&1 </dev/null &
	echo $! >"$throwaway/pid"
	disown
	until ask throwaway ping >/dev/null 2>&1; do
		kill -0 "$(cat "$throwaway/pid")" 2>/dev/null ||
			fail 24 "a throwaway server did not start: $(words "$throwaway/log")" "look at the scratch volume of the job"
	done
}

# Of this job alone: nobody else is in its pod's network. It deletes nothing by itself, however old a document is.
throwaway_run() {
	exec mongod --dbpath "$throwaway/db" --bind_ip 127.0.0.1 --port "$THROWAWAY_PORT" --nounixsocket \
		--wiredTigerCacheSizeGB 0.25 --setParameter ttlMonitorEnabled=false --setParameter diagnosticDataCollectionEnabled=false
}

# By itself mongorestore would wait for ever for the rest of an archive that ends between two collections.
throwaway_load() {
	local loader whole=yes
	mkfifo "$SCRATCH/load"
	mongorestore --config "$TMPDIR/throwaway.yaml" --oplogReplay "${LOAD[@]}" <"$SCRATCH/load" &
	loader=$!
	if ! tee --output-error=warn-nopipe "$SCRATCH/load" | tail -c 30 | od -An -v -w30 -tx1 | grep -qx "$LAST_BYTES"; then
		echo "the archive was cut off" >&2
		whole=no
		kill -KILL "$loader" 2>/dev/null || true
	fi
	rm "$SCRATCH/load"
	wait "$loader" && [ "$whole" = yes ]
}

throwaway_manifest() { ask throwaway manifest | LC_ALL=C sort; }

throwaway_stop() {
	if [ -n "${throwaway:-}" ]; then
		kill -KILL "$(cat "$throwaway/pid")" 2>/dev/null || true
		rm -rf "$throwaway"/{db,log,pid,archive,load}
		throwaway=
	fi
}

# ------------------------------------------------------------------------------------------ putting back

# Empty is what has no document: an application may have made collections and indexes already.
target_empty() {
	as restore
	reach
	[ "$(ask server empty)" = yes ]
}

# Into collections whose names begin with NAME. What the throwaway server holds is of one moment already, so
# that user `restore` needs no right to replay what other users did.
restore_into() {
	local said loader
	[[ $1 =~ ^[A-Za-z0-9_-]{1,60}$ && $1 != system && $1 != ladder_before* ]] ||
		fail 50 "$1 cannot begin the names of collections" "choose letters, digits, - and _, for example --into friday"
	as restore
	reach
	if [[ $1 == ladder_restore_* ]]; then
		ask server drop "$1"
	fi
	[ -z "$(ask server names "$1")" ] ||
		fail 50 "there are collections whose names begin with $1$BESIDE already" "choose another name, or drop them"
	throwaway_start "$SCRATCH"
	load_part app throwaway_load app
	said=$(ask server fixed && ask throwaway fixed)
	[ -z "$said" ] || [[ $1 != ladder_restore_* ]] ||
		fail 50 "a collection of time series cannot change its name, so the run cannot take the place of what is there: $said" \
			"restore it beside: --into NAME; and copy from there"
	said=
	mkfifo "$SCRATCH/load"
	mongorestore --config "$TMPDIR/server.yaml" "${LOAD[@]}" --writeConcern='{w: "majority"}' \
		--nsFrom='app.*' --nsTo="app.$1$BESIDE*" <"$SCRATCH/load" 2> >(tee "$TMPDIR/errors" >&2) &
	loader=$!
	mongodump --config "$TMPDIR/throwaway.yaml" --db=app "${DUMP[@]}" --excludeCollectionsWithPrefix=ladder_restore_ \
		--excludeCollectionsWithPrefix=ladder_before_ >"$SCRATCH/load" 2>"$TMPDIR/dump.errors" ||
		{ said=$(words "$TMPDIR/dump.errors") && kill -KILL "$loader" 2>/dev/null || true; }
	if ! wait "$loader" || [ -n "$said" ]; then
		ask server drop "$1" || true
		fail 1 "the store did not take the run, and nothing was changed: $(words "$TMPDIR/errors") $said" "mend what it says, and try again"
	fi
	throwaway_stop
}

target_manifest() { ask server manifest "$1" | LC_ALL=C sort; }

live_manifest() { target_manifest ''; }

# target_adopt NAME EMPTY: collection by collection the old one gives up its name and the new one takes it. What was
# there stays under names that begin with `kept`; where all of it was empty it is dropped.
target_adopt() {
	local old
	old=ladder_before_$(date -u +%Y%m%d_%H%M%S)
	ask server adopt "$1" "$old" >"$TMPDIR/adopted" 2> >(tee "$TMPDIR/errors" >&2) ||
		fail 1 "the collections could not be exchanged: $(cat "$TMPDIR/adopted") $(words "$TMPDIR/errors")" \
			"what was restored lies in collections $1$BESIDE*, what was there in collections $old$BESIDE* or under its own name: try again"
	if [ "$2" = yes ]; then
		ask server drop-empty "$old"
	fi
	[ -z "$(ask server names "$old")" ] || kept="$old$BESIDE*"
}
