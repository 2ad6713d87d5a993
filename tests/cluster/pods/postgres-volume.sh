#!/usr/bin/env bash
# Makes a volume of PostgreSQL in a state that a start must judge: postgres-volume.sh half-made|stranger|older
set -euo pipefail

case $1 in
	half-made)
		# The crash is a real one: initdb is killed as soon as it has begun to write.
		initdb --pgdata="$PGDATA.initdb" --username=postgres --auth=trust >/tmp/initdb.log &
		until [ -e "$PGDATA.initdb/PG_VERSION" ]; do sleep 0.02; done
		kill -KILL $!
		wait $! || true
		rm -f "$PGDATA.initdb/postmaster.pid"
		ls "$PGDATA.initdb"
		;;
	stranger)
		mkdir "$PGDATA"
		echo precious >"$PGDATA/letters"
		;;
	older)
		mkdir "$PGDATA"
		echo 15 >"$PGDATA/PG_VERSION"
		echo precious >"$PGDATA/letters"
		;;
	*) exit 1 ;;
esac
