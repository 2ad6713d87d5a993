#!/usr/bin/env bash
# Copies what mongod must read to a folder in memory, for its user alone: Kubernetes' fsGroup lets the
# group read a Secret, and mongod refuses such a key file.
set -euo pipefail

server=/run/ladder/server

install -m 0400 /run/ladder/auth/keyfile "$server/keyfile"
if [ "$TLS" = on ]; then
	# mongod wants key and certificate in one file.
	cat /run/ladder/tls/tls.key /run/ladder/tls/tls.crt | install -m 0400 /dev/stdin "$server/server.pem"
fi
