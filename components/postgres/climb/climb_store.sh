# shellcheck shell=bash
# Hooks of PostgreSQL: how its data goes from one server to another while applications write to the first.
# components/climb/scripts/ calls them, after components/postgres/backup/store.sh.
#
# A logical slot on the source holds back every change from the moment of the first copy on. The job reads it, turns it
# into SQL (climb_apply.pl) and applies it at the target together with the place in the log that it reaches
# (ladder_climb.state), so that a job that is killed loses nothing and does nothing twice.

SLOT=ladder_climb
MINE="'backup', 'restore', 'ship'"
BATCH=20000
# So much may be left when the source is frozen.
NEAR_BYTES=1048576

at() {
	as "$1"
	PGOPTIONS="$PGOPTIONS -c timezone=UTC -c datestyle=ISO,YMD -c intervalstyle=iso_8601 -c extra_float_digits=1 -c bytea_output=hex"
}

# A statement at a side, once: a list of values as lines.
source_says() { says source "$@"; }
target_says() { says target "$@"; }

# A pod is let out a moment after it began: the first question waits for that.
says() {
	(
		at "$1"
		if [ ! -e "$TMPDIR/reached.$1" ]; then
			reach
			touch "$TMPDIR/reached.$1"
		fi
		shift
		ask "$@"
	)
}

told() {
	[ ! -e "$TMPDIR/reported" ] || exit 20
	fail 20 "$1 cannot be asked: $(words "$TMPDIR/log")" "look whether the server runs and lets the job in"
}

# Which database this is, wherever it moves to.
identity() { source_says -c "select system_identifier || '/' || oid from pg_control_system(), pg_database where datname = current_database()"; }

# Fails where the copier never was.
state() { target_says -v key="$1" 2>/dev/null <<<"select value from ladder_climb.state where key = :'key'"; }

# What a change of the schema changes.
schema_of() {
	local all
	all=$("$1" -f "$SCRIPTS/climb_schema.sql") || told "the source"
	LC_ALL=C sort <<<"$all" | md5sum
}

# ------------------------------------------------------------------------------------------- who may write

# Whoever may connect to the database of a side but for the jobs' own users. The mark names them, and tells the start of
# a server of Ladder's (roles.sql) that they must stay out.
freeze() {
	at "$1"
	reach
	ask <<-SQL
		select pg_get_userbyid(datdba) as owner, coalesce(shobj_description(oid, 'pg_database'), '') like 'ladder frozen:%' as frozen,
			current_user as me
		from pg_database where datname = current_database() \gset
		\if :frozen
		\else
		begin;
		set role :"owner";
		create temporary table let_in on commit drop as
		select distinct case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end as who
		from pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba)))
		where datname = current_database() and privilege_type = 'CONNECT'
			and pg_get_userbyid(grantee) not in (:'me', $MINE);
		select format('grant connect on database %I to %I', current_database(), :'me') \gexec
		select format('comment on database %I is %L', current_database(), 'ladder frozen: ' || string_agg(who, ' ' order by who)) from let_in \gexec
		select format('revoke connect on database %I from %s', current_database(), who) from let_in \gexec
		commit;
		\endif
	SQL
}

thaw() {
	at "$1"
	reach
	thaw_sql >"$TMPDIR/thaw.sql"
	ask -v thaw="$TMPDIR/thaw.sql" >/dev/null <<-'SQL'
		select pg_get_userbyid(datdba) as owner from pg_database where datname = current_database() \gset
		begin;
		set role :"owner";
		\i :thaw
		commit;
	SQL
}

# What `thaw` and `climb_open` have in common; the second does it together with its own mark.
thaw_sql() {
	cat <<-'SQL'
		select format('grant connect on database %I to %s', datname, who)
		from pg_database, unnest(string_to_array(substr(shobj_description(oid, 'pg_database'), 16), ' ')) who
		where datname = current_database() and shobj_description(oid, 'pg_database') like 'ladder frozen:%'
		\gexec
		select format('comment on database %I is null', datname)
		from pg_database where datname = current_database() and shobj_description(oid, 'pg_database') like 'ladder frozen:%'
		\gexec
	SQL
}

# Who is still in there, having been shown out where that is allowed. What kind of session another user has is hidden from
# whoever is no member of it: then it counts.
writers() {
	at "$1"
	ask <<-SQL
		do \$\$
		declare session record;
		begin
			for session in select pid from pg_stat_activity
				where datname = current_database() and usename not in (current_user, $MINE) and coalesce(backend_type, 'client backend') = 'client backend'
			loop
				begin
					perform pg_terminate_backend(session.pid);
				exception when insufficient_privilege then null;
				end;
			end loop;
		end \$\$;
		select format('user %s, process %s (%s)', usename, pid, coalesce(nullif(application_name, ''), 'no name'))
		from pg_stat_activity
		where datname = current_database() and usename not in (current_user, $MINE) and coalesce(backend_type, 'client backend') = 'client backend';
		select 'prepared transaction ' || gid from pg_prepared_xacts where database = current_database();
	SQL
}

# ------------------------------------------------------------------------------------------------- the check

climb_check() {
	local line size rows
	at source
	reach
	while IFS=$'\t' read -r why fix; do obstacle "$why" "$fix"; done < <(ask -F $'\t' -f "$SCRIPTS/climb_obstacles.sql")
	size=$(ask -c 'select pg_database_size(current_database())')
	rows=$(ask -c "select coalesce(sum(greatest(reltuples, 0)), 0)::bigint from pg_class where relkind = 'r'")
	local version encoding
	version=$(ask -c "select current_setting('server_version_num')::int / 10000")
	encoding=$(ask -c 'select pg_encoding_to_char(encoding) from pg_database where datname = current_database()')
	ask -c "select extname from pg_extension where extname <> 'plpgsql' order by 1" >"$TMPDIR/extensions"
	at target
	reach
	[ "$(ask -c "select current_setting('server_version_num')::int / 10000")" -ge "$version" ] ||
		obstacle "the target is older than the source (PostgreSQL $version)" "a target of that version, or a later one"
	[ "$(ask -c 'select pg_encoding_to_char(encoding) from pg_database where datname = current_database()')" = "$encoding" ] ||
		obstacle "the target's database has another encoding than $encoding" "create database … encoding '$encoding' template template0"
	while read -r line; do
		[ -n "$(ask -v name="$line" <<<"select 1 from pg_available_extensions where name = :'name'")" ] ||
			obstacle "the target has no extension $line" "drop it at the source, or name a target that has it"
	done <"$TMPDIR/extensions"
	ask -F $'\t' -f "$SCRIPTS/climb_target.sql" >"$TMPDIR/target"
	while IFS=$'\t' read -r why fix; do obstacle "$why" "$fix"; done <"$TMPDIR/target"
	# What an earlier try of this climb left is no obstacle.
	if [ "$(state origin)" != "$(identity)" ] && ! (as target && holds_nothing); then
		obstacle "the target's database is not empty, and what it holds is no copy of this source" \
			"empty it, or name another one: nothing in it is overwritten"
	fi
	facts+=(rows "${rows:-0}" bytes "${size:-0}" way '"follow"' closes true)
}

# No table, view, function or type of anybody's.
holds_nothing() {
	[ -z "$(
		ask <<-'SQL'
			select 1 from pg_class join pg_namespace n on n.oid = relnamespace
			where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'ladder_climb')
				and not exists (select from pg_depend where objid = pg_class.oid and deptype = 'e')
			limit 1
		SQL
	)" ]
}

# ------------------------------------------------------------------------------------------------- the copy

climb_copy() {
	at source
	reach
	at target
	reach
	if [ "$(state origin)" = "$(identity)" ] && [ "$(state copied)" = yes ] &&
		[ -n "$(source_says -c "select 1 from pg_replication_slots where slot_name = '$SLOT' and wal_status <> 'lost'")" ]; then
		say "the first copy was made before; going on from there"
		return 0
	fi
	climb_prepare
	local size point snapshot
	size=$(source_says -c 'select pg_database_size(current_database())') || told "the source"
	say "the first copy"
	# The snapshot lives as long as nothing else is asked in this session.
	coproc SLOT_SESSION { at source && psql -X -q -A -t -F ' ' -v ON_ERROR_STOP=1 "dbname=$PGDATABASE replication=database" 2>"$TMPDIR/session.errors"; }
	local into=${SLOT_SESSION[1]} from=${SLOT_SESSION[0]}
	echo "CREATE_REPLICATION_SLOT $SLOT LOGICAL test_decoding (SNAPSHOT 'export');" >&"$into"
	IFS=' ' read -r -t 600 _ point snapshot _ <&"$from" ||
		fail 20 "the source made no slot: $(words "$TMPDIR/session.errors")" "a transaction that is open for long holds it up: end it, and start again"
	local began=$SECONDS
	set +e
	(at source && exec pg_dump --format=custom --compress=0 --snapshot="$snapshot" --no-owner --no-privileges \
		--no-publications --no-subscriptions --no-tablespaces) 2> >(tee "$TMPDIR/dump.errors" >&2) |
		counted "$size" |
		(at target && exec pg_restore --dbname="$PGDATABASE" --no-owner ${ROLE:+--role="$ROLE"} --no-privileges \
			--no-tablespaces --exit-on-error) 2> >(tee "$TMPDIR/load.errors" >&2)
	local ends=("${PIPESTATUS[@]}")
	set -e
	exec {into}>&-
	sleep 0.1
	[ "${ends[2]}" = 0 ] || [ "${ends[0]}" = 0 ] || fail 22 "the source could not be read: $(words "$TMPDIR/dump.errors")" "start again: the copy begins anew"
	[ "${ends[2]}" = 0 ] || fail 24 "the target does not take the copy: $(words "$TMPDIR/load.errors")" "mend that, and start again: the copy begins anew"
	[ "${ends[0]}" = 0 ] || fail 22 "the source could not be read: $(words "$TMPDIR/dump.errors")" "start again: the copy begins anew"
	# Triggers of the application's did their work at the source already.
	target_says -v point="$point" -v schema="$(schema_of source_says)" >/dev/null <<-'SQL' || told "the target"
		begin;
		insert into ladder_climb.triggers
		select format('%I.%I', n.nspname, c.relname), quote_ident(t.tgname), t.tgenabled
		from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
		where not t.tgisinternal and t.tgenabled <> 'D' and t.tgparentid = 0;
		select format('alter table %s disable trigger %s', tab, name) from ladder_climb.triggers \gexec
		insert into ladder_climb.state values ('lsn', :'point'), ('schema', :'schema'), ('copied', 'yes');
		commit;
	SQL
	target_says -c 'analyze' >/dev/null 2>&1 || true
	facts+=(bytes "$size" copy_seconds $((SECONDS - began)))
}

# An empty, closed target with a place for the copier's own notes, and no slot.
climb_prepare() {
	local ours
	ours=$(identity) || told "the source"
	[ -n "$ours" ] || told "the source"
	at target
	reach
	if [ "$(state origin)" != "$ours" ] && ! holds_nothing; then
		fail 23 "the target's database is not empty, and what it holds is no copy of this source" "empty it, or name another one"
	fi
	freeze target || told "the target"
	ROLE=$(target_says -c 'select pg_get_userbyid(datdba) from pg_database where datname = current_database() and pg_get_userbyid(datdba) <> current_user')
	empty_target
	target_says -v origin="$ours" >/dev/null <<-'SQL' || told "the target"
		select pg_get_userbyid(datdba) as owner from pg_database where datname = current_database() \gset
		set role :"owner";
		create schema ladder_climb;
		create table ladder_climb.state (key text primary key, value text not null);
		create table ladder_climb.triggers (tab text, name text, mode "char");
		create table ladder_climb.touched (tab text, rows text);
		create unique index on ladder_climb.touched (tab, md5(rows));
		insert into ladder_climb.state values ('origin', :'origin');
	SQL
	drop_slot
}

# Only where it is known to hold nothing, or a copy.
empty_target() {
	target_says >/dev/null <<-'SQL' || told "the target"
		select pg_get_userbyid(datdba) as owner from pg_database where datname = current_database() \gset
		set role :"owner";
		select format('drop schema %I cascade', nspname) from pg_namespace
		where nspname !~ '^pg_' and nspname not in ('information_schema', 'public') \gexec
		select format('drop extension %I cascade', extname) from pg_extension where extname <> 'plpgsql' \gexec
		drop schema public cascade;
		create schema public;
	SQL
}

drop_slot() {
	source_says >/dev/null <<<"select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name like '$SLOT%' and not active" || told "the source"
}

# counted BYTES: hands a stream through, and tells how much of it came by.
counted() {
	perl -e '
		my ($of, $step, $to) = @ARGV; my ($done, $told) = (0, 0); $| = 1;
		open(my $say, ">&=$to") or die;
		while (my $got = sysread(STDIN, my $piece, 1 << 18)) {
			my $put = 0;
			while ($put < $got) { my $n = syswrite(STDOUT, $piece, $got - $put, $put); exit 1 unless defined $n; $put += $n }
			$done += $got;
			next if time == $told; $told = time;
			$of = $done if $done > $of;
			syswrite($say, "PROGRESS {\"step\":\"$step\",\"done\":$done,\"of\":$of,\"unit\":\"bytes\"}\n");
		}' "$1" "$JOB" "${out:?}"
}

# ------------------------------------------------------------------------------------------------ following

# One batch of changes, up to the place LSN in the log where one is given; sets `got` to their number.
follow_once() {
	local upto=${1:-} reached
	source_says -v upto="$upto" >"$TMPDIR/changes" <<-SQL || told "the source"
		select case when :'upto' = '' then 'null' else quote_literal(:'upto') || '::pg_lsn' end as upto \gset
		copy (select lsn, data from pg_logical_slot_peek_changes('$SLOT', :upto, $BATCH, 'include-xids', '0')) to stdout
	SQL
	# shellcheck disable=SC2034 # for the callers
	got=$(wc -l <"$TMPDIR/changes")
	[ "$got" != 0 ] || return 0
	if ! [ -s "$TMPDIR/tables" ]; then source_says -f "$SCRIPTS/climb_tables.sql" >"$TMPDIR/tables" || told "the source"; fi
	reached=$(state lsn) || told "the target"
	perl "$SCRIPTS/climb_apply.pl" "$TMPDIR/tables" "$reached" "$upto" <"$TMPDIR/changes" >"$TMPDIR/apply.sql" 2>"$TMPDIR/apply.errors" ||
		fail 40 "a change cannot be turned into SQL: $(words "$TMPDIR/apply.errors")" "keep this message; the application goes on at the source: ladder climb $KIND --back"
	if [ -s "$TMPDIR/apply.sql" ]; then
		target_says --single-transaction -f "$TMPDIR/apply.sql" >/dev/null 2>"$TMPDIR/apply.errors" ||
			fail 40 "the target does not take a change: $(words "$TMPDIR/apply.errors")" "was its schema changed? the application goes on at the source: ladder climb $KIND --back"
	fi
	reached=$(state lsn) || told "the target"
	# Only what is there for good is let go at the source.
	source_says >/dev/null <<<"select pg_replication_slot_advance('$SLOT', least('$reached'::pg_lsn, pg_current_wal_lsn()))" || told "the source"
}

climb_follow() {
	local behind
	schema_stayed
	while :; do
		follow_once
		behind=$(source_says -v reached="$(state lsn)" <<<"select pg_wal_lsn_diff(pg_current_wal_lsn(), :'reached')::bigint") || told "the source"
		progress 0 "$behind" "bytes behind"
		if [ "$got" -le 500 ] || [ "$behind" -le "$NEAR_BYTES" ]; then break; fi
	done
	schema_stayed
}

schema_stayed() {
	local now
	now=$(schema_of source_says) || told "the source"
	[ "$now" = "$(state schema)" ] ||
		fail 42 "the schema of the source was changed since the first copy" \
			"the application goes on there; when its migration is done, start again from the beginning: ladder climb $KIND --back"
}

# Everything up to this moment, and the sequences; nobody writes any more.
climb_last() {
	local end
	schema_stayed
	end=$(source_says -c 'select pg_current_wal_insert_lsn()') || told "the source"
	while :; do
		follow_once
		[ "$got" != 0 ] || break
	done
	say "the target has everything up to $end"
	source_says -f "$SCRIPTS/climb_sequences.sql" >"$TMPDIR/sequences.sql" || told "the source"
	target_says --single-transaction -f "$TMPDIR/sequences.sql" >/dev/null || told "the target"
}

# ------------------------------------------------------------------------------------------------ comparing

# What users of another server are called is its own business, and the sequences are set last of all.
compared() { grep -vE $'^(role|sequence|largeobjects)\t|ladder_climb' || true; }

# Both sides at one moment: another slot says which place in the log a snapshot is, and the target is brought there.
climb_compare_all() {
	local point snapshot
	say "comparing both sides row by row, at one moment"
	coproc SLOT_SESSION { at source && psql -X -q -A -t -F ' ' -v ON_ERROR_STOP=1 "dbname=$PGDATABASE replication=database" 2>"$TMPDIR/session.errors"; }
	local into=${SLOT_SESSION[1]} from=${SLOT_SESSION[0]}
	echo "CREATE_REPLICATION_SLOT ${SLOT}_point TEMPORARY LOGICAL test_decoding (SNAPSHOT 'export');" >&"$into"
	IFS=' ' read -r -t 600 _ point snapshot _ <&"$from" ||
		fail 20 "the source made no slot: $(words "$TMPDIR/session.errors")" "a transaction that is open for long holds it up: end it, and start again"
	while :; do
		follow_once "$point"
		[ "$got" != 0 ] && [ -s "$TMPDIR/apply.sql" ] || break
	done
	(at source && lines_of -v snapshot="$snapshot") >"$TMPDIR/all" &
	local reading=$!
	(at target && lines_of) >"$TMPDIR/there" || told "the target"
	wait "$reading" || told "the source"
	exec {into}>&-
	compared <"$TMPDIR/all" >"$TMPDIR/wanted"
	compared <"$TMPDIR/there" >"$TMPDIR/found"
	differ "$TMPDIR/wanted" "$TMPDIR/found"
	target_says -c 'truncate ladder_climb.touched' || told "the target"
	facts+=(rows "$(amount <"$TMPDIR/wanted")" lines "$(wc -l <"$TMPDIR/wanted")" fingerprint "$(text "$(sha256sum <"$TMPDIR/wanted" | cut -c 1-16)")")
}

differ() {
	local found
	if found=$(LC_ALL=C diff "$1" "$2"); then return 0; fi
	fail 43 "the copy differs from the source (< source, > target): $(grep '^[<>]' <<<"$found" | head -n 6 | tr '\t\n' ' ;')" \
		"keep this message; the application goes on at the source: ladder climb $KIND --back"
}

# Every row that was written since both sides were compared as a whole, by its key, and the sequences.
climb_compare_touched() {
	local side
	target_says -f "$SCRIPTS/climb_touched.sql" >"$TMPDIR/touched.sql" || told "the target"
	for side in source target; do
		("${side}_says" -F $'\t' -f "$TMPDIR/touched.sql" | LC_ALL=C sort) >"$TMPDIR/touched.$side" || told "the $side"
		"${side}_says" -f "$SCRIPTS/climb_sequences.sql" | LC_ALL=C sort >>"$TMPDIR/touched.$side" || told "the $side"
	done
	differ "$TMPDIR/touched.source" "$TMPDIR/touched.target"
	facts+=(touched "$(target_says -c 'select count(*) from ladder_climb.touched')")
}

# ------------------------------------------------------------------------------------------------- the gate

# A gate opens only what is frozen at the source. So where the target does not answer, it is closed for certain only while
# the source is open.
climb_opened() {
	local until=$((SECONDS + ${PATIENCE_SECONDS:-30}))
	at target
	until ask -c 'select 1' >/dev/null 2>&1; do
		if [ "$SECONDS" -ge "$until" ]; then
			at source
			reach
			[ -z "$(ask -c "select 1 from pg_database where datname = current_database() and shobj_description(oid, 'pg_database') like 'ladder frozen:%'")" ] ||
				fail 20 "the target does not answer, so that nobody knows whether it was opened" "bring it back, and start again"
			return 1
		fi
		sleep 1
	done
	[ "$(state opened)" = yes ]
}

climb_open() {
	thaw_sql >"$TMPDIR/thaw.sql"
	at target
	ask -v thaw="$TMPDIR/thaw.sql" >/dev/null <<-'SQL' || told "the target"
		select pg_get_userbyid(datdba) as owner from pg_database where datname = current_database() \gset
		begin;
		set role :"owner";
		select format('alter table %s enable %s trigger %s', tab,
			case mode when 'R' then 'replica' when 'A' then 'always' else '' end, name) from ladder_climb.triggers \gexec
		insert into ladder_climb.state values ('opened', 'yes');
		\i :thaw
		commit;
	SQL
}

# Only the last two steps take anything away: until then it is what a job goes on from.
climb_clean() {
	case $JOB in
	back)
		# A target that is gone keeps nobody from going back.
		if [ "$(state origin)" = "$(identity)" ]; then
			empty_target
			thaw target
		fi
		drop_slot
		;;
	end)
		drop_slot
		target_says -c 'drop schema if exists ladder_climb cascade' >/dev/null || told "the target"
		;;
	esac
}
