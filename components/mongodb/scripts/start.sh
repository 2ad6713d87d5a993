#!/usr/bin/env bash
# Starts a member of the replica set $SET. It never initiates the set: only the init Job, which has asked
# every member, may do that, or an empty volume would make a second set beside the first.
set -euo pipefail

# The version of the last server that was ready on this volume (ready.sh writes it).
marker=/data/db/.ladder-version

refuse() {
	printf 'REFUSED: %s\n' "$@" >&2
	exit 1
}

# A server opens files of its own major version and of the one before (MongoDB Manual, "Upgrade a Replica Set").
check_version() {
	local found step
	[ -e "$marker" ] || return 0
	found=$(cat "$marker")
	step=$((${VERSION%%.*} - ${found%%.*}))
	if [ "$step" -lt 0 ] || [ "$step" -gt 1 ]; then
		refuse "the data of this volume was last served by MongoDB $found, this server is $VERSION." \
			"MongoDB goes one major version up at a time, and never back. Set version: \"$found\" again."
	fi
}

# The image may be anybody's: what it runs must be what the settings say, or it is a change of version past the guard.
check_server() {
	local server
	server=$(mongod --version | sed -n 's/^db version v//p')
	case $server. in
	"$VERSION".*) ;;
	*)
		refuse "this image runs MongoDB ${server:-of a version that it does not tell}, the settings say $VERSION." \
			"Nothing was opened. Set image to one of MongoDB $VERSION."
		;;
	esac
}

check_server
check_version

arguments=(--replSet "$SET" --port "$PORT" --bind_ip_all --nounixsocket --dbpath /data/db
	--keyFile /run/ladder/server/keyfile --wiredTigerCacheSizeGB "$CACHE_GIB"
	# Without it every probe writes three lines about its connection.
	--quiet)
if [ "$TLS" = on ]; then
	arguments+=(--tlsMode requireTLS --tlsCertificateKeyFile /run/ladder/server/server.pem
		--tlsCAFile /run/ladder/tls/ca.crt --tlsAllowConnectionsWithoutCertificates
		--tlsDisabledProtocols 'TLS1_0,TLS1_1')
else
	arguments+=(--tlsMode disabled)
fi
exec mongod "${arguments[@]}"
