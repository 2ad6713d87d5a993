#!/usr/bin/env bash
# Tries to connect to HOST PORT up to TIMES times; succeeds with the first connection.
set -euo pipefail

host=$1 port=$2 times=$3
for ((try = 1; try <= times; try++)); do
	# The inner shell expands its own arguments.
	# shellcheck disable=SC2016
	if timeout 3 bash -c 'exec 3<>"/dev/tcp/$1/$2"' knock "$host" "$port" 2>/dev/null; then
		exit 0
	fi
	sleep 1
done
exit 1
