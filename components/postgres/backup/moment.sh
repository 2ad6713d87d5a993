# shellcheck shell=bash
# How the store is had as it was at a moment: a base, and the log upon it, in a throwaway server. What a restore then
# puts back is dumped from that server, and compared with it.

# shellcheck source=components/postgres/backup/wal.sh
source "$SCRIPTS/wal.sh"

# Sets restic to work on the log, and `windows` to what of it can be had: nothing where nothing was shipped yet.
open_log() {
	local status=0
	runs_repository=$RESTIC_REPOSITORY runs_password=$RESTIC_PASSWORD
	export RESTIC_REPOSITORY=$LOG_REPOSITORY RESTIC_PASSWORD=$LOG_PASSWORD
	: >"$TMPDIR/windows"
	timeout "$ANSWER_SECONDS" restic cat config >/dev/null 2>"$TMPDIR/errors" || status=$?
	case $status in
	0) ;;
	10) return ;;
	*) repository_failed "$status" ;;
	esac
	open_repository
	log_table >"$TMPDIR/log-table"
	windows <"$TMPDIR/log-table" >"$TMPDIR/windows"
}

# Sets restic to work on the runs again.
close_log() { export RESTIC_REPOSITORY=$runs_repository RESTIC_PASSWORD=$runs_password; }

# moment TIME: brings the server up, and makes it what `part` and `throwaway_manifest` tell of.
moment() {
	local base start from id held
	[[ $1 =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$ ]] ||
		fail 41 "$1 is no moment" "write it like 2026-01-31T23:59:59.000000Z"
	open_log
	read -r base SYSTEM start from _ id < <(awk -v at="$1" '$4 <= at && at <= $5' "$TMPDIR/windows" | tail -n 1) ||
		{
			held=$(stretches <"$TMPDIR/windows" | awk '{ printf "%sfrom %s to %s", sep, $1, $2; sep = ", " }')
			fail 41 "$1 cannot be had; what can: ${held:-nothing yet}" \
				"choose a moment in there, or a run: ladder backups $KIND"
		}
	export SYSTEM
	say "bringing back base $base of $from, and the log from segment $start on"
	throwaway=$SCRATCH
	as_throwaway
	unpack "$id"
	replay "$1"
	close_log
	# shellcheck disable=SC2329 # the library calls it
	part() { (as_throwaway && dump "$1" 2> >(tee "$TMPDIR/errors" >&2)); }
}

unpack() {
	local ends
	mkdir -m 0700 "$throwaway/pgdata"
	set +e
	repository dump "$1" /base.tar | tar --extract --directory="$throwaway/pgdata" 2>"$TMPDIR/tar.errors"
	ends=("${PIPESTATUS[@]}")
	set -e
	[ "${ends[1]}" = 0 ] || fail 24 "the base could not be unpacked: $(words "$TMPDIR/tar.errors")" \
		"look at the scratch volume of the job: ladder:backups.scratch_class, or raise storage_gib"
	[ "${ends[0]}" = 0 ] || fail 40 "the base cannot be read back whole: $(words "$TMPDIR/errors")" \
		"the repository is damaged: docs/runbooks/corrupt-repository.md"
}

# What was written after the last commit is not awaited: where the log ends before the target, nothing came between.
replay() {
	cat >"$throwaway/pgdata/postgresql.auto.conf" <<-EOF
		restore_command = 'bash "$SCRIPTS/wal_fetch.sh" %f "%p"'
		recovery_target_time = '${1%Z}+00'
		recovery_target_action = 'promote'
	EOF
	touch "$throwaway/pgdata/recovery.signal"
	throwaway_serve && return
	if grep -q 'recovery ended before configured recovery target was reached' "$throwaway/log"; then
		sed -i '/^recovery_target_time/d' "$throwaway/pgdata/postgresql.auto.conf"
		throwaway_serve && return
	fi
	fail 40 "the log could not be replayed: $(words "$throwaway/log")" "try a moment before it, or a run: ladder backups $KIND"
}

# Succeeds when all that is wanted is replayed, and the server is one that takes writes.
throwaway_serve() {
	pg_ctl start -w -t 80000 -s -D "$throwaway/pgdata" -l "$throwaway/log" -o "-c listen_addresses='' -c port=5432 \
		-c unix_socket_directories=$throwaway -c hot_standby=off -c fsync=off -c full_page_writes=off \
		-c synchronous_commit=off -c wal_level=replica -c max_wal_senders=0 -c autovacuum=off \
		-c dynamic_shared_memory_type=mmap" 2>>"$TMPDIR/log" || return 1
	while pg_ctl status -s -D "$throwaway/pgdata" >/dev/null; do
		[ "$(ask -c 'select pg_is_in_recovery()' 2>/dev/null)" != f ] || return 0
		sleep 0.5
	done
	return 1
}
