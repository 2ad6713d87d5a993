#!/usr/bin/env bash
# Starts the Redis-compatible server $SERVER in role $ROLE (cache or store).
set -euo pipefail
trap 'exit 0' TERM

# Marks a volume on which a server has once been ready to take data.
marker=/data/.ladder-holds-data
accept_empty=/data/.ladder-accept-empty
append_only=/data/appendonlydir
# Marks that the application is shut out, until a job asks for the contrary (ready.sh).
frozen=/data/.ladder-frozen

# The jobs of backups and climbs, where there are any: one reads all as a replica would; one writes beside the data and
# exchanges, and in a climb reads and follows the source, or writes to the target.
job_users() {
	local job
	for job in backup restore; do
		[ -s "/run/ladder/auth/$job-password" ] || continue
		printf 'user %s on #%s resetkeys resetchannels -@all +ping +info +echo ' "$job" "$(sha256sum <"/run/ladder/auth/$job-password" | cut -d' ' -f1)"
		case $job in
			backup) echo '+sync +psync +replconf' ;;
			restore) echo '~* +@read +@write +@transaction +select +swapdb +flushdb +function +client|list +eval_ro +psync +replconf +time -flushall -migrate -sort' ;;
		esac
	done
}

# The image may be anybody's, and that of Valkey answers to redis-server too: what it runs must be what the settings say.
# What another server writes, this one may never read again.
check_server() {
	local name said
	name=${SERVER%-server}
	said=$("$SERVER" --version)
	case ${said,,} in
	"$name server v=$VERSION".*) ;;
	*)
		printf 'REFUSED: %s\n' "this image runs \"${said%% sha=*}\", the settings say $name $VERSION." \
			"Nothing was opened. Set image to one of $name $VERSION, or engine and version to what the data may go to." >&2
		exit 1
		;;
	esac
}

# Written anew at every start, so that a volume from elsewhere accepts today's passwords.
#
# Nobody can be user default, who is off and has no password. It has every right all the same: the server reads its
# append-only file as that user, and would leave out each transaction and script in it that the user may not run.
write_users() {
	local app admin state=on
	[ ! -e "$frozen" ] || state=off
	app=$(sha256sum </run/ladder/auth/app-password | cut -d' ' -f1)
	admin=$(sha256sum </run/ladder/auth/admin-password | cut -d' ' -f1)
	umask 077
	cat >/run/ladder/server/users.acl <<-END
		user default off resetpass ~* &* +@all
		user app $state #$app ~* &* +@all -@admin -@dangerous +info +keys +sort +sort_ro +flushdb
		user ladder on #$admin ~* &* +@all
	END
	job_users >>/run/ladder/server/users.acl
}

# A store that held data must not come up empty: clients would take the loss for the truth.
# It waits for a decision instead of ending, so that somebody can get into the pod and make it.
check_volume() {
	if [ ! -e "$marker" ] || [ -e "$append_only" ]; then
		return
	fi
	printf 'REFUSED: %s\n' "this volume held data (it has $marker), but $append_only is gone." \
		"Restore a backup, or accept the loss: kubectl exec $HOSTNAME -- touch $accept_empty" >&2
	until [ -e "$accept_empty" ]; do
		sleep 2 &
		wait $!
	done
	rm -f "$accept_empty"
}

# A crash in the middle of a write leaves a tail that the server cuts off by itself
# (aof-load-truncated); anything worse is repaired here, on top of a copy of what was found.
repair() {
	local manifest file name kept
	manifest=$(find "$append_only" -name '*.manifest' -print -quit 2>/dev/null || true)
	if [ -z "$manifest" ]; then
		return
	fi
	file=$append_only/$(awk '$6 == "i" { name = $2 } END { print name }' "$manifest")
	if [ ! -f "$file" ] || "$CHECK" "$file" >/tmp/check.log 2>&1; then
		return
	fi
	cat /tmp/check.log >&2
	name=$(basename "$file")
	kept=/data/damaged-$(date -u +%Y%m%dT%H%M%SZ)-$name
	cp -p "$file" "$kept.partial"
	mv "$kept.partial" "$kept"
	echo "the append-only file is damaged; a copy as found is $kept" >&2
	echo y | "$CHECK" --fix "$file" >&2
}

check_server
arguments=(--dir /data --aclfile /run/ladder/server/users.acl --maxmemory "${MAXMEMORY_MIB}mb"
	--save "" --pidfile "" --protected-mode no --shutdown-timeout 60)

if [ "$TLS" = on ]; then
	arguments+=(--port 0 --tls-port "$PORT" --tls-auth-clients no --tls-ca-cert-file /run/ladder/tls/ca.crt
		--tls-cert-file /run/ladder/tls/tls.crt --tls-key-file /run/ladder/tls/tls.key)
else
	arguments+=(--port "$PORT")
fi

case $ROLE in
	store)
		check_volume
		repair
		# The application has 16; in as many beside them a backup is put back, and one holds marks of Ladder's own
		# (components/redis/backup/store.sh).
		arguments+=(--databases 33 --appendonly yes --appendfsync everysec --aof-load-truncated yes --maxmemory-policy noeviction)
		# A backup asks as the only replica: there is no other to wait for.
		arguments+=(--repl-diskless-sync-delay 0)
		;;
	cache) arguments+=(--appendonly no --maxmemory-policy allkeys-lru) ;;
	*) echo "REFUSED: ROLE is $ROLE; it must be cache or store" >&2 && exit 1 ;;
esac

write_users
exec "$SERVER" "${arguments[@]}"
