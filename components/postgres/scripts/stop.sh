#!/usr/bin/env bash
# Ends the server in order. The signal that a pod gets means "wait for every client" to PostgreSQL; this does not wait.
set -euo pipefail

pg_ctl stop -w -t 120 -m fast -D "$PGDATA"
