#!/usr/bin/env bash
# Makes a store's volume on which a server held one key, then damages it: redis-volume.sh gone|tail|middle
set -euo pipefail

socket=/tmp/redis.sock
"$SERVER" --dir /data --appendonly yes --save "" --port 0 --unixsocket "$socket" >/tmp/prepare.log &
until [ "$("$CLI" -s "$socket" ping 2>/dev/null)" = PONG ]; do sleep 0.1; done
for n in $(seq 20); do "$CLI" -s "$socket" set "key:$n" "value $n" >/dev/null; done
"$CLI" -s "$socket" shutdown nosave || true
wait
touch /data/.ladder-holds-data

file=$(find /data/appendonlydir -name '*.incr.aof')
size=$(stat -c %s "$file")
case $1 in
	gone) rm -r /data/appendonlydir ;;
	tail) truncate -s $((size - 7)) "$file" ;;
	middle)
		printf 'DAMAGED-DAMAGED' | dd of="$file" bs=1 seek=$((size / 2)) conv=notrunc status=none
		sha256sum <"$file" >/data/as-damaged
		;;
	*) exit 1 ;;
esac
