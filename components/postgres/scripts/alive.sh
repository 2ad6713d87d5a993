#!/usr/bin/env bash
# Succeeds while the server runs, also while it recovers: then it answers that it is starting up (exit 1).
set -euo pipefail

status=0
pg_isready --quiet --host=/var/run/postgresql --username=postgres --dbname=postgres --timeout=4 || status=$?
[ "$status" -le 1 ]
