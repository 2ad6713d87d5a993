#!/usr/bin/env bash
# Asks PostgreSQL by the connection Secret alone: ask-postgres.sh as-given|wrong-authority|plaintext|administrator
set -euo pipefail

uri=$DATABASE_URL
question='select current_user'
case $1 in
	as-given) ;;
	wrong-authority)
		printf '%s' "$OTHER_AUTHORITY" >/tmp/other.crt
		uri=${uri/\/etc\/ladder\/ca.crt//tmp/other.crt}
		;;
	plaintext) uri=${uri/verify-full/disable} ;;
	administrator) question='select rolpassword from pg_authid' ;;
	*) exit 1 ;;
esac
exec psql -X "$uri" -Atc "$question" 2>&1
