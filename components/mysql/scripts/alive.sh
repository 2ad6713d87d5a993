#!/usr/bin/env bash
# Succeeds while the server takes connections, also when it has no more of them to give.
set -euo pipefail

mysqladmin --no-defaults --socket=/var/run/mysqld/mysqld.sock --user=root --connect-timeout=4 --silent ping
