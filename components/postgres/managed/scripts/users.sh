#!/usr/bin/env bash
# Brings the application's user and database on $PGHOST to today's state, as administrator $PGUSER.
set -euo pipefail

auth=${AUTH:-/run/ladder/auth}
here=$(dirname "${BASH_SOURCE[0]}")
PGPASSWORD=$(cat "$auth/admin-password")
APP_PASSWORD=$(cat "$auth/app-password")
export PGPASSWORD APP_PASSWORD PGSSLMODE=${PGSSLMODE:-verify-full} PGSSLROOTCERT=$auth/ca.crt PGCONNECT_TIMEOUT=10

files=(--file "$here/quiet.sql" --file "$here/users.sql")
if [ -e "$auth/backup-password" ]; then
	BACKUP_PASSWORD=$(cat "$auth/backup-password")
	RESTORE_PASSWORD=$(cat "$auth/restore-password")
	export BACKUP_PASSWORD RESTORE_PASSWORD
	files+=(--file "$here/quiet.sql" --file "$here/backup_users.sql")
fi

# The name of a server that was just made is known to every resolver only some time later.
for _ in $(seq "${ATTEMPTS:-30}"); do
	if psql --no-psqlrc --quiet --command 'select' >/dev/null; then
		exec psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 "${files[@]}"
	fi
	sleep "${PAUSE_SECONDS:-10}"
done
echo "REFUSED: $PGHOST:$PGPORT does not let $PGUSER in; what psql said stands above" >&2
exit 1
