#!/usr/bin/env bash
# Succeeds when the server serves; the first time it does, a store's volume is marked as holding data. Where a job asked
# for it, the application is shut out of a store, or let in again: no job has that right itself.
set -euo pipefail

ask() { timeout 4 bash /etc/ladder/client.sh -e "$@"; }

[ "$(ask ping)" = PONG ]
[ "$ROLE" = store ] || exit 0
if [ ! -e /data/.ladder-holds-data ]; then
	touch /data/.ladder-holds-data
fi
# First what lasts over restarts (start.sh), last the word that it was done.
case $(ask -n 32 get ladder:frozen) in
	wanted)
		touch /data/.ladder-frozen
		ask acl setuser app off
		ask client kill user app
		ask -n 32 set ladder:frozen yes
		;;
	unwanted)
		rm -f /data/.ladder-frozen
		ask acl setuser app on
		ask -n 32 del ladder:frozen
		;;
esac
