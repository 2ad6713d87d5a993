# shellcheck shell=bash
# Hooks by which nobody writes to a server of Redis or Valkey any more, until that is taken back. The hooks of the store
# source this. Each asks as whom it is told, by default user `restore`.

# What the server's pod is asked for, and did, about the application's rights (components/redis/scripts/ready.sh).
FROZEN=ladder:frozen
# So many replicas no server has, and without them it takes no write. What was set before is added.
NEVER=1000000

# How the server that is asked can be shut to writers: by the mark for its pod, by a setting, or by a pause.
shut_by() {
	if [ "$WHO" = restore ] && ask swapdb "$MARKS" "$MARKS" >/dev/null 2>&1; then
		echo mark
	elif ask config set min-replicas-to-write "$(replicas_wanted)" >/dev/null 2>&1; then
		echo setting
	elif ask client pause 0 write >/dev/null 2>&1; then
		echo pause
	else
		echo nothing
	fi
}

replicas_wanted() { ask --raw config get min-replicas-to-write 2>/dev/null | sed -n 2p; }

# No job may change users of Ladder's own servers: it marks what it wants, the pod does it within seconds, and marks that
# it did.
freeze() {
	local wanted
	as "${1:-restore}"
	reach
	SHUT=$(shut_by)
	case $SHUT in
	mark) [ "$(ask -n "$MARKS" get "$FROZEN")" = yes ] || ask -n "$MARKS" set "$FROZEN" wanted >/dev/null ;;
	setting)
		wanted=$(replicas_wanted)
		[ "$wanted" -ge "$NEVER" ] || ask config set min-replicas-to-write $((wanted + NEVER)) >/dev/null
		# Without a lag to measure them by, replicas are not asked for.
		[ "$(ask --raw config get min-replicas-max-lag | sed -n 2p)" != 0 ] || ask config set min-replicas-max-lag 10 >/dev/null
		# Over a restart, where the server has a file of settings.
		ask config rewrite >/dev/null 2>&1 || true
		;;
	pause) ask client pause 31536000000 write >/dev/null ;;
	nothing) enough_databases ;;
	esac
}

thaw() {
	local wanted
	as "${1:-restore}"
	reach
	SHUT=$(shut_by)
	case $SHUT in
	mark)
		ask -n "$MARKS" set "$FROZEN" unwanted >/dev/null
		await_thaw
		;;
	setting)
		wanted=$(replicas_wanted)
		[ "$wanted" -lt "$NEVER" ] || ask config set min-replicas-to-write $((wanted - NEVER)) >/dev/null
		ask config rewrite >/dev/null 2>&1 || true
		;;
	pause) ask client unpause >/dev/null ;;
	nothing) enough_databases ;;
	esac
}

await_thaw() {
	local until=$((SECONDS + ${WRITER_SECONDS:-30}))
	until [ "$(ask -n "$MARKS" exists "$FROZEN")" = 0 ]; do
		[ "$SECONDS" -lt "$until" ] || fail 1 "the server's pod did not let the application in again yet" "ladder status says how it is; it does so as soon as it is ready"
		sleep 0.2
	done
}

# Whether user `restore` finds the application shut out by the mark.
frozen() {
	local mark
	enough_databases
	mark=$(ask -n "$MARKS" get "$FROZEN") || fail 20 "the database does not say whether it is frozen" "ladder status says how it is"
	[ "$mark" = yes ] || [ "$mark" = wanted ]
}

# How somebody ends what `writers` names: these jobs may end no session.
end_writers() {
	local host name namespace
	host=$(cat "$SECRETS/${1:-restore}/host")
	name=${host%%.*} namespace=${host%.svc}
	case $host in
	*.svc) printf 'kubectl --namespace %s exec %s-0 -- bash /etc/ladder/client.sh client kill user USER' "${namespace##*.}" "$name" ;;
	*) printf 'as the administrator: client kill user USER' ;;
	esac
}

# Who is still there: the pod shuts the application out, and its own probes last for a moment. Who has not logged in is
# user default, as whom nobody logs in. What a setting or a pause shuts, it shuts to everybody.
writers() {
	local mark told
	if [ "${SHUT:-mark}" != mark ]; then return 0; fi
	mark=$(ask -n "$MARKS" get "$FROZEN") && told=$(ask client list) || return 1
	[ "$mark" = yes ] || echo "user app: the server's pod has not shut it out yet"
	tr -d '\r' <<<"$told" | awk '{
		split("", it)
		for (i = 1; i <= NF; i++) it[substr($i, 1, index($i, "=") - 1)] = substr($i, index($i, "=") + 1)
		if (it["user"] ~ /^(backup|restore|default)?$/ || (it["user"] == "ladder" && it["age"] < 10)) next
		print "user " it["user"] ", from " it["addr"] " for " it["age"] " s"
	}'
}
