#!/usr/bin/env bash
# Asks MySQL by the connection Secret alone: ask-mysql.sh as-given|wrong-authority|plaintext QUERY
set -euo pipefail

part() { sed -nE "s|^mysql://([^:]+):([^@]+)@([^:]+):([0-9]+)/([^?]+)\?ssl-mode=([A-Z_]+)&ssl-ca=(.+)\$|\\$1|p" <<<"$MYSQL_URL"; }
mode=$(part 6) authority=$(part 7)
case $1 in
	as-given) ;;
	wrong-authority)
		printf '%s' "$OTHER_AUTHORITY" >/tmp/other.crt
		authority=/tmp/other.crt
		;;
	plaintext) mode=DISABLED ;;
	*) exit 1 ;;
esac
MYSQL_PWD=$(part 2) exec mysql --no-defaults --host="$(part 3)" --port="$(part 4)" --user="$(part 1)" \
	--ssl-mode="$mode" --ssl-ca="$authority" --batch --skip-column-names --execute "$2" "$(part 5)" 2>&1
