#!/usr/bin/env bash
# Succeeds when this member serves as primary or secondary; then the volume is marked with the server's version.
set -euo pipefail

marker=/data/db/.ladder-version
# BSON true: 08, the name, 00, then 01. The names are isWritablePrimary and secondary.
serves='08(69735772697461626c655072696d617279|7365636f6e64617279)0001'

answer=$(timeout 4 bash /etc/ladder/hello.sh)
[[ $answer =~ $serves ]]
if [ "$(cat "$marker" 2>/dev/null)" != "$VERSION" ]; then
	printf '%s' "$VERSION" >"$marker.partial"
	mv "$marker.partial" "$marker"
fi
