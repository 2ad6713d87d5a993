#!/usr/bin/env bash
# Starts MySQL on $DATADIR: makes the database if there is none, sets today's user and password, serves.
set -euo pipefail

making=$DATADIR.initialize # no server ever ran on this folder
local_only=/tmp/ladder-setup
config=/etc/ladder/my.cnf

refuse() {
	printf 'REFUSED: %s\n' "$@" >&2
	exit 1
}

# The image may be anybody's: what it runs must be what the settings say. A newer server rewrites the files for good, and
# MariaDB's are others.
check_server() {
	local said
	said=$(mysqld --version)
	case $said in
	*MariaDB*) ;;
	*"Ver $VERSION."*) return ;;
	esac
	refuse "this image runs \"${said#*mysqld}\", the settings say MySQL $VERSION." \
		"Nothing was opened. Set image to one of mysql $VERSION, or version to what the data may go to."
}

# Made beside its place and moved there when finished, so that a crash leaves nothing that looks like a database, and
# what holds one is never wiped.
make_database() {
	rm -rf "$making"
	mysqld --defaults-file="$config" --datadir="$making" --initialize-insecure
	sync --file-system "$making"
	mv "$making" "$DATADIR"
	sync --file-system "$DATADIR"
}

# A server that only this script can reach sets users and passwords; recovery, if any, happens here.
set_up() {
	local server socket=$local_only/mysqld.sock
	mkdir -p "$local_only"
	mysqld "${settings[@]}" --skip-networking --socket="$socket" &
	server=$!
	trap 'kill "$server" 2>/dev/null; wait "$server"; exit 1' TERM
	until mysqladmin --no-defaults --socket="$socket" --user=root --silent ping 2>/dev/null; do
		kill -0 "$server" 2>/dev/null || refuse "the server ended while it was started; its words are above."
		sleep 0.5
	done
	{
		printf "set @password = '%s';\n" "$(cat /run/ladder/auth/app-password)"
		cat /etc/ladder/users.sql
	} | mysql --no-defaults --socket="$socket" --user=root
	kill "$server"
	wait "$server"
	trap - TERM
}

check_server
if [ ! -e "$DATADIR/mysql.ibd" ]; then
	if [ -e "$DATADIR" ] && [ -n "$(ls -A "$DATADIR")" ]; then
		refuse "$DATADIR is not empty, yet holds no mysql.ibd: this is not a database, and may be what is left of one." \
			"Look at it before anything else; to start anew move it away."
	fi
	rm -df "$DATADIR"
	make_database
fi
mkdir -p "$TEMPORARY"

settings=(--defaults-file="$config" --datadir="$DATADIR" --tmpdir="$TEMPORARY"
	--innodb-buffer-pool-size="${BUFFER_POOL_MIB}M")
if [ "$TLS" = off ]; then
	settings+=(--require-secure-transport=OFF --tls-version=)
fi

set_up
exec mysqld "${settings[@]}"
