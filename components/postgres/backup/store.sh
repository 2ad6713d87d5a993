# shellcheck shell=bash
# Hooks of PostgreSQL: how a run is dumped, proven and put back. components/backups/scripts/ calls them.

# The hooks' caller reads these.
# shellcheck disable=SC2034
PARTS=(globals app)
# shellcheck disable=SC2034
DATA=table
# Users are made by the server's own start, so they are compared in a throwaway server only.
# shellcheck disable=SC2034
NOT_RESTORED=role

# Who asks: user `backup`, or in a job that puts a run back, user `restore`.
as() {
	local folder=$SECRETS/$1
	PGHOST=$(cat "$folder/host")
	PGPORT=$(cat "$folder/port")
	PGUSER=$(cat "$folder/user")
	PGPASSWORD=$(cat "$folder/password")
	PGDATABASE=$(cat "$folder/database")
	export PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE PGCONNECT_TIMEOUT=15
	# A server that is gone without a word is noticed, also by a transaction that only waits.
	export PGOPTIONS='-c tcp_keepalives_idle=60 -c statement_timeout=0 -c idle_in_transaction_session_timeout=0 -c client_min_messages=warning'
	if [ -s "$folder/ca.crt" ]; then
		export PGSSLMODE=verify-full PGSSLROOTCERT=$folder/ca.crt
	else
		export PGSSLMODE=disable
	fi
}

ask() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }

# A pod is let out a moment after it began, and a server may be starting again: half a minute is patience enough.
reach() {
	local said until=$((SECONDS + ${PATIENCE_SECONDS:-30}))
	while ! said=$(ask -c 'select 1' 2>&1 >/dev/null); do
		refused "$said"
		[ "$SECONDS" -lt "$until" ] ||
			fail 20 "the database cannot be reached: $said" "ladder status says why it is down"
		sleep 1
	done
}

refused() {
	case $1 in
	*'password authentication failed'* | *'no pg_hba.conf entry'* | *'permission denied'* | *'does not exist'* | *'not permitted to log in'*)
		fail 21 "the database refused user $PGUSER: $1" "a server in the cluster sets the passwords anew at each start: restart its pod. Those of a service are set by  pulumi up" ;;
	esac
}

version() { ask -c 'show server_version'; }

# A transaction that stays open keeps one view of the data for every part and for the manifest.
begin() {
	as store
	reach
	coproc SESSION { ask 2>"$TMPDIR/session.errors"; }
	session_out=${SESSION[0]} session_in=${SESSION[1]}
	echo 'begin isolation level repeatable read read only; select pg_export_snapshot();' >&"$session_in"
	IFS= read -r -t 60 SNAPSHOT <&"$session_out" || fail 20 "the database gave no snapshot: $(words "$TMPDIR/session.errors")" "ladder status says how it is"
	export SNAPSHOT
}

finish() {
	if [ -n "${session_in:-}" ]; then
		exec {session_in}>&-
		session_in=
	fi
}

# Uncompressed, and in the order of names: a repository finds again what did not change.
dump() {
	case $1 in
	# Where a server keeps its files is its own business.
	globals) pg_dumpall --globals-only --no-role-passwords --no-tablespaces --database="$PGDATABASE" ;;
	app) pg_dump --format=custom --compress=0 ${SNAPSHOT:+--snapshot="$SNAPSHOT"} ;;
	# The log that it needs is shipped.
	base) pg_basebackup --pgdata=- --format=tar --wal-method=none --checkpoint=fast --no-password ;;
	esac
}

# A dump of an empty database; what is below it was cut off.
least_bytes() {
	case $1 in
	globals) echo 300 ;;
	app) echo 500 ;;
	esac
}

lines_of() { ask -F $'\t' "$@" -f "$SCRIPTS/manifest.sql" | LC_ALL=C sort; }

manifest() { lines_of -v snapshot="$SNAPSHOT"; }

# ------------------------------------------------------------------------------ a server for a proof

as_throwaway() {
	unset PGPASSWORD PGSSLMODE PGSSLROOTCERT PGOPTIONS
	export PGHOST=$throwaway PGPORT=5432 PGUSER=postgres PGDATABASE=app
}

throwaway_start() {
	throwaway=$1
	as_throwaway
	initdb --pgdata="$throwaway/pgdata" --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
		>"$TMPDIR/initdb.log" 2>&1 || fail 24 "a throwaway server could not be made: $(words "$TMPDIR/initdb.log")" "look at the scratch volume of the job"
	# It lives for minutes and is never trusted: durability would cost most of them.
	pg_ctl start -w -t 300 -s -D "$throwaway/pgdata" -l "$throwaway/log" -o "-c listen_addresses='' \
		-c unix_socket_directories=$throwaway -c fsync=off -c full_page_writes=off -c synchronous_commit=off \
		-c wal_level=minimal -c max_wal_senders=0 -c autovacuum=off -c dynamic_shared_memory_type=mmap \
		-c max_parallel_maintenance_workers=0" ||
		fail 24 "a throwaway server did not start: $(words "$throwaway/log")" "look at the scratch volume of the job"
	# Settings of users in a database are among the globals, so that it must be there before them.
	PGDATABASE=postgres ask -c 'create database app'
}

throwaway_load() {
	case $1 in
	globals)
		# The throwaway's superuser stays what it is: a service may have made it less. Who granted a role is left
		# out: on a service it is a superuser of another name. Settings in databases that no run has are left out.
		sed -E -e '/^(CREATE|ALTER) ROLE postgres[ ;]/d' -e 's/ GRANTED BY [^;]*;$/;/' \
			-e '/^ALTER ROLE .* IN DATABASE /{ / IN DATABASE app /!d }' | ask >/dev/null
		ask -c 'alter database app owner to app_owner'
		;;
	app) pg_restore --dbname=app --no-tablespaces --exit-on-error ;;
	esac
}

throwaway_manifest() { lines_of; }

throwaway_stop() {
	if [ -n "${throwaway:-}" ]; then
		pg_ctl stop -s -w -t 60 -m immediate -D "$throwaway/pgdata"
		rm -rf "$throwaway/pgdata"
		throwaway=
	fi
}

# ------------------------------------------------------------------------------------------ putting back

# Empty is what has no row: an application may have made its tables already, in an environment that was just made.
target_empty() {
	local held
	as restore
	reach
	held=$(
		ask <<-'SQL'
			select format('select 1 where exists (select from %I.%I)', nspname, relname)
			from pg_class join pg_namespace on pg_namespace.oid = relnamespace
			where relkind in ('r', 'm') and (relkind = 'r' or relispopulated)
				and nspname !~ '^pg_' and nspname <> 'information_schema'
				and not exists (select from pg_depend where objid = pg_class.oid and deptype = 'e')
			union all
			select 'select 1 where exists (select from pg_largeobject_metadata)'
			\gexec
		SQL
	) || return 1
	[ -z "$held" ]
}

# The database NAME, made like the application's own.
restore_into() {
	as restore
	reach
	# What an earlier try left under a name that is given out here alone.
	if [[ $1 == ladder_restore_* ]]; then
		PGDATABASE=postgres ask -v name="$1" <<<'drop database if exists :"name"'
	fi
	[ -z "$(PGDATABASE=postgres ask -v name="$1" <<<"select 1 from pg_database where datname = :'name'")" ] ||
		fail 50 "there is a database $1 already" "choose another name, or drop it: drop database \"$1\""
	PGDATABASE=postgres ask -v name="$1" <<-'SQL'
		create database :"name" owner app_owner;
	SQL
	PGDATABASE=postgres ask -v name="$1" <<-'SQL'
		set role app_owner;
		revoke all on database :"name" from public;
		grant connect, temporary on database :"name" to app;
		grant connect on database :"name" to backup, restore;
		set role app;
		alter role app in database :"name" set role = 'app_owner';
	SQL
	load_part app pg_restore --dbname="$1" --no-owner --role=app_owner --no-tablespaces --exit-on-error
	PGDATABASE=$1 ask -c 'analyze' 2>/dev/null
}

target_manifest() { PGDATABASE=$1 lines_of; }

live_manifest() { target_manifest app; }

# target_adopt NAME EMPTY: exchanges the databases' names in one transaction. Whoever connects meanwhile waits for it.
# The old one is dropped where it was empty; else it stays, under a name of its own, and `kept` says which.
target_adopt() {
	local old ending
	old=app_before_$(date -u +%Y%m%d_%H%M%S)
	(while :; do
		PGDATABASE=postgres ask -c "select pg_terminate_backend(pid) from pg_stat_activity
			where datname = 'app' and usename in ('app', 'restore')" >/dev/null 2>&1 || true
		sleep 0.2
	done) &
	ending=$!
	local status=1 try
	for try in 1 2 3 4 5 6; do
		if PGDATABASE=postgres ask -v fresh="$1" -v old="$old" 2>"$TMPDIR/errors" <<-'SQL'
			begin;
			alter database app rename to :"old";
			alter database :"fresh" rename to app;
			commit;
		SQL
		then
			status=0
			break
		fi
		say "the exchange of names was refused ($try of 6): $(words "$TMPDIR/errors")"
	done
	kill "$ending" && wait "$ending" || true
	[ "$status" = 0 ] || fail 1 "the databases could not be exchanged, nothing was changed: $(words "$TMPDIR/errors")" \
		"end who else uses the database app; what was restored lies in $1"
	if [ "$2" = yes ]; then
		PGDATABASE=postgres ask -v old="$old" <<<'drop database :"old"'
	else
		# shellcheck disable=SC2034
		kept=$old
	fi
}

# ----------------------------------------------------------------------------------------------- freezing

# Whoever may connect to the application's database, but for the jobs. The mark names them, and tells the server's start
# (roles.sql) that they must stay out.
freeze() {
	as restore
	reach
	PGDATABASE=postgres ask <<-'SQL'
		set role app_owner;
		select coalesce(shobj_description(oid, 'pg_database'), '') like 'ladder frozen:%' as frozen
		from pg_database where datname = 'app' \gset
		\if :frozen
		\else
		begin;
		select format('comment on database app is %L', 'ladder frozen: ' || string_agg(distinct rolname, ' ' order by rolname))
		from pg_database, aclexplode(datacl) held join pg_roles on pg_roles.oid = grantee
		where datname = 'app' and privilege_type = 'CONNECT' and rolname not in ('backup', 'restore', 'ship', 'climb')
		\gexec
		select format('revoke connect on database app from %I', rolname)
		from pg_database, aclexplode(datacl) held join pg_roles on pg_roles.oid = grantee
		where datname = 'app' and privilege_type = 'CONNECT' and rolname not in ('backup', 'restore', 'ship', 'climb')
		\gexec
		commit;
		\endif
	SQL
}

thaw() {
	as restore
	reach
	PGDATABASE=postgres ask <<-'SQL'
		set role app_owner;
		begin;
		select format('grant connect on database app to %I', rolname)
		from pg_database, unnest(string_to_array(substr(shobj_description(oid, 'pg_database'), 16), ' ')) rolname
		where datname = 'app' and shobj_description(oid, 'pg_database') like 'ladder frozen:%'
		\gexec
		select 'comment on database app is null'
		from pg_database where datname = 'app' and shobj_description(oid, 'pg_database') like 'ladder frozen:%'
		\gexec
		commit;
	SQL
}

frozen() {
	local mark
	mark=$(PGDATABASE=postgres ask -c "select shobj_description(oid, 'pg_database') from pg_database where datname = 'app'")
	[[ $mark == 'ladder frozen:'* ]]
}

# Who is still there, having been shown out where that is allowed.
writers() {
	PGDATABASE=postgres ask <<-'SQL'
		select pg_terminate_backend(pid) from pg_stat_activity where datname = 'app' and usename = 'app' \g /dev/null
		select format('user %s, process %s (%s)', usename, pid, coalesce(nullif(application_name, ''), 'no name'))
		from pg_stat_activity where datname = 'app' and usename not in ('backup', 'restore');
		select 'prepared transaction ' || gid from pg_prepared_xacts where database = 'app';
	SQL
}

# How somebody ends what `writers` names: these jobs may end no superuser's session.
end_writers() {
	local statement="select pg_terminate_backend(PROCESS)"
	case $PGHOST in
	*.svc)
		local name=${PGHOST%%.*} namespace=${PGHOST%.svc}
		printf 'kubectl --namespace %s exec %s-0 -- psql -h /var/run/postgresql -U postgres app -c "%s"' \
			"${namespace##*.}" "$name" "$statement"
		;;
	*) printf 'as the administrator: %s' "$statement" ;;
	esac
	printf '%s' '; a prepared transaction: commit prepared, or rollback prepared'
}
