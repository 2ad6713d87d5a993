#!/usr/bin/env bash
# Ends the server in order, and waits until its files are closed.
set -euo pipefail

mysqladmin --no-defaults --socket=/var/run/mysqld/mysqld.sock --user=root --shutdown-timeout=120 shutdown
