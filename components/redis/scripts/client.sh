#!/usr/bin/env bash
# Runs the client against the server of this pod, as Ladder's own user: client.sh COMMAND...
set -euo pipefail

arguments=(--user ladder -h localhost -p "$PORT")
if [ "$TLS" = on ]; then
	arguments+=(--tls --cacert /run/ladder/tls/ca.crt)
fi
# The password goes by the environment: a command line is there for everybody to read.
REDISCLI_AUTH=$(cat /run/ladder/auth/admin-password)
export REDISCLI_AUTH
exec "$CLI" --no-auth-warning "${arguments[@]}" "$@"
