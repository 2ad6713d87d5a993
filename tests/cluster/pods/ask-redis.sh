#!/usr/bin/env bash
# Asks the Redis-compatible server by the connection Secret: ask-redis.sh as-given|wrong-authority|plaintext|administrator
set -euo pipefail

own=${REDIS_URL#rediss://app:}
host=${own#*@}
export REDISCLI_AUTH=${own%%@*}
encryption=(--tls --cacert /etc/ladder/ca.crt)
question=(acl whoami)
case $1 in
	as-given) question=(set asked 1) ;;
	wrong-authority)
		printf '%s' "$OTHER_AUTHORITY" >/tmp/other.crt
		encryption=(--tls --cacert /tmp/other.crt)
		;;
	plaintext) encryption=() ;;
	administrator) question=(config get dir) ;;
	*) exit 1 ;;
esac
cli=$(command -v valkey-cli redis-cli | head -n 1)
exec timeout 5 "$cli" --user app --no-auth-warning "${encryption[@]}" -h "${host%%:*}" "${question[@]}" 2>&1
