#!/usr/bin/env bash
# Prints how full the volume at $1 is: one JSON line now, and then one a minute.
set -euo pipefail

path=$1
trap 'exit 0' TERM INT

while :; do
	read -r size used < <(df --output=size,used --block-size=1 "$path" | tail -n 1)
	# Some file systems have no fixed number of inodes and show a dash.
	read -r inodes inodes_used < <(df --output=itotal,iused "$path" | tail -n 1 | sed 's/-/null/g')
	printf '{"time":"%s","path":"%s","bytes":%s,"bytes_used":%s,"inodes":%s,"inodes_used":%s}\n' \
		"$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$path" "$size" "$used" "$inodes" "$inodes_used"
	sleep 60 &
	wait $!
done
