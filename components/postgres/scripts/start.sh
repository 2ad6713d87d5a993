#!/usr/bin/env bash
# Starts PostgreSQL on $PGDATA: makes the cluster if there is none, sets today's password, serves.
set -euo pipefail

making=$PGDATA.initdb # no server ever ran on this folder
local_only=/tmp/ladder-setup

refuse() {
	printf 'REFUSED: %s\n' "$@" >&2
	exit 1
}

# Made beside its place and moved there when finished, so that a crash of initdb leaves nothing
# that looks like a database, and what holds one is never wiped.
make_cluster() {
	rm -rf "$making"
	initdb --pgdata="$making" --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
		--data-checksums
	sync --file-system "$making"
	mv "$making" "$PGDATA"
	sync --file-system "$PGDATA"
}

check_version() {
	local found
	found=$(cat "$PGDATA/PG_VERSION")
	[ "$found" = "${VERSION%%.*}" ] ||
		refuse "$PGDATA was written by PostgreSQL $found, this server is $VERSION." \
			"Set version: \"$found\" again; a new major version is reached by a dump and a restore."
}

# The image may be anybody's: what it runs must be what the settings say, or it is a change of version past the guard.
check_server() {
	local server
	server=$(postgres --version | sed -n 's/^postgres (PostgreSQL) \([0-9]*\).*/\1/p')
	[ "$server" = "${VERSION%%.*}" ] ||
		refuse "this image runs PostgreSQL ${server:-of a version that it does not tell}, the settings say $VERSION." \
			"Nothing was opened. Set image to one of $VERSION; another major version is reached by a dump and a restore."
}

# What is held back for a follower that died must not fill the volume: a fifth of it, 2 GiB at most.
slot_mib() {
	local size
	size=$(df --output=size --block-size=1M "$PGDATA" | tail -n 1)
	echo $((size / 5 < 2048 ? size / 5 : 2048))
}

check_server
if [ ! -e "$PGDATA/PG_VERSION" ]; then
	if [ -e "$PGDATA" ] && [ -n "$(ls -A "$PGDATA")" ]; then
		refuse "$PGDATA is not empty, yet holds no PG_VERSION: this is not a database, and may be what is left of one." \
			"Look at it before anything else; to start anew move it away."
	fi
	rm -df "$PGDATA"
	make_cluster
fi
check_version
# Kubernetes' fsGroup may have widened it; the server refuses to start then.
chmod 0700 "$PGDATA"

settings=(-c config_file=/etc/ladder/postgresql.conf -c "data_directory=$PGDATA"
	-c "shared_buffers=${SHARED_BUFFERS_MIB}MB" -c "max_slot_wal_keep_size=$(slot_mib)MB")
if [ "$TLS" = off ]; then
	settings+=(-c hba_file=/etc/ladder/pg_hba_plaintext.conf)
fi

# A server that only this script can reach sets users and passwords; recovery, if any, happens here.
mkdir -p "$local_only"
pg_ctl start -w -t 3500 -D "$PGDATA" -o "${settings[*]} -c listen_addresses='' -c unix_socket_directories=$local_only -c ssl=off"
APP_PASSWORD=$(cat /run/ladder/auth/app-password) \
	psql -X -q -h "$local_only" -U postgres -d postgres -v ON_ERROR_STOP=1 -f /etc/ladder/roles.sql
pg_ctl stop -w -t 600 -m fast -D "$PGDATA"

exec postgres "${settings[@]}" -c "ssl=$TLS"
