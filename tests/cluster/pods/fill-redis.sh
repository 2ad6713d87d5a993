#!/usr/bin/env bash
# Writes more than the server may hold, 1 MiB at a time, until it refuses or $1 are written.
set -euo pipefail

for n in $(seq "$1"); do
	answer=$(head -c 1048576 /dev/zero | bash /etc/ladder/client.sh -x set "filler:$n")
	[ "$answer" = OK ] || { echo "refused after $((n - 1)): $answer"; exit; }
done
echo "wrote $1"
