#!/usr/bin/env bash
# Succeeds when the server answers a query; one connection more than clients may have is kept for it.
set -euo pipefail

[ "$(mysql --no-defaults --socket=/var/run/mysqld/mysqld.sock --user=root --connect-timeout=4 -N -e 'select 1')" = 1 ]
