#!/usr/bin/env bash
# Before the server is told to end: a primary with other members hands over, so that writes go on within a second.
# A member that is alone, or cannot hand over, just ends; mongod stops in order when it gets the signal.
set -euo pipefail

# BSON: isWritablePrimary is true, and the list of hosts has an element "1", the second.
primary='0869735772697461626c655072696d6172790001'
others='04686f73747300.*023100'

answer=$(timeout 4 bash /etc/ladder/hello.sh) || exit 0
if [[ $answer =~ $primary && $answer =~ $others ]]; then
	timeout 60 mongosh --nodb --norc --quiet /etc/ladder/stop.js ||
		echo "this member could not hand over; it ends as primary" >&2
fi
