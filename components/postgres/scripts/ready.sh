#!/usr/bin/env bash
# Succeeds when the server answers a query.
set -euo pipefail

[ "$(PGCONNECT_TIMEOUT=4 psql -X -h /var/run/postgresql -U postgres -d app -Atc 'select 1')" = 1 ]
