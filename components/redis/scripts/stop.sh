#!/usr/bin/env bash
# Before the server is told to end: from here on every write reaches the disk before it is answered,
# so that even an end by force loses nothing of a store.
set -euo pipefail

if [ "$ROLE" = store ]; then
	bash /etc/ladder/client.sh config set appendfsync always
fi
