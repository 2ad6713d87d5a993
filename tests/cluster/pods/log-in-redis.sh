#!/usr/bin/env bash
# Logs in as the application by the connection Secret; with another password where REDISCLI_AUTH holds one.
set -euo pipefail

own=${REDIS_URL#rediss://app:}
host=${own#*@}
REDISCLI_AUTH=${REDISCLI_AUTH:-${own%%@*}}
export REDISCLI_AUTH
cli=$(command -v valkey-cli redis-cli | head -n 1)
answer=$("$cli" --user app --no-auth-warning --tls --cacert /etc/ladder/ca.crt -h "${host%%:*}" echo 42 2>&1)
echo "$answer"
[ "$answer" = 42 ]
