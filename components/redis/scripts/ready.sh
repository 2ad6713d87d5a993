#!/usr/bin/env bash
# Succeeds when the server serves; the first time it does, a store's volume is marked as holding data.
set -euo pipefail

[ "$(timeout 4 bash /etc/ladder/client.sh ping)" = PONG ]
if [ "$ROLE" = store ] && [ ! -e /data/.ladder-holds-data ]; then
	touch /data/.ladder-holds-data
fi
