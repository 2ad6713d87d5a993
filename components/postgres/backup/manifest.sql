-- What a database holds, one line each: what, name, count, fingerprint. The same text for the same content, whoever
-- asks and wherever it runs: nothing below depends on settings, on the order of rows, or on where they lie.
-- With :snapshot it is told in that snapshot, which a dump shares.
\set QUIET on
set client_encoding = 'UTF8';
set datestyle = 'ISO, YMD';
set intervalstyle = 'iso_8601';
set timezone = 'UTC';
set extra_float_digits = 1;
set bytea_output = 'hex';
set lc_monetary = 'C';
set search_path = 'pg_catalog';
set row_security = off;
set statement_timeout = 0;
begin isolation level repeatable read read only;
\if :{?snapshot}
set transaction snapshot :'snapshot';
\endif

-- Rows: the sum of the hashes of their texts does not ask in which order they come.
select format(
	'select ''table'', %L, count(*), to_hex((coalesce(sum((''x'' || left(md5((ladder_row.*)::text), 16))::bit(64)::bigint), 0)
		%% 9223372036854775807)::bigint) from only %I.%I ladder_row',
	translate(format('%I.%I', n.nspname, c.relname), E'\t\n\r', '   '), n.nspname, c.relname)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and c.relpersistence <> 't'
	and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
	and not exists (select from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype = 'e')
order by 1 \gexec

-- Sequences are outside of every snapshot: while an application writes, a dump and this text read other values. What
-- must hold of a restored one, and can be told exactly, is that it does not hand out again what the table it feeds holds.
select format(
	'select ''sequence'', %L, 1, case when %s then ''ahead'' else ''behind'' end from %I.%I s',
	translate(format('%I.%I', n.nspname, c.relname), E'\t\n\r', '   '),
	coalesce(
		format(
			's.last_value %s coalesce((select %s(%I) from %I.%I), s.last_value)',
			case when q.seqincrement > 0 then '>=' else '<=' end,
			case when q.seqincrement > 0 then 'max' else 'min' end,
			a.attname, tn.nspname, t.relname),
		'true'),
	n.nspname, c.relname)
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_sequence q on q.seqrelid = c.oid
left join (pg_depend d
	join pg_class t on t.oid = d.refobjid and t.relkind in ('r', 'p')
	join pg_namespace tn on tn.oid = t.relnamespace
	join pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid)
	on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')
where c.relpersistence <> 't' and n.nspname !~ '^pg_'
order by 1 \gexec

-- What is no data is told by name alone, functions by their source: other definitions change their wording, and not
-- their meaning, when they are dumped and loaded for the first time.
select 'index', translate(format('%I.%I', n.nspname, c.relname), E'\t\n\r', '   '), 1
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('i', 'I') and n.nspname !~ '^pg_';

select 'constraint', translate(format('%I.%I.%I', n.nspname, c.relname, k.conname), E'\t\n\r', '   '), 1
from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema';

select case c.relkind when 'v' then 'view' when 'm' then 'materialized-view' when 'p' then 'partitioned-table' else 'foreign-table' end,
	translate(format('%I.%I', n.nspname, c.relname), E'\t\n\r', '   '), 1
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('v', 'm', 'p', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema';

select 'trigger', translate(format('%I.%I.%I', n.nspname, c.relname, t.tgname), E'\t\n\r', '   '), 1
from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
where not t.tgisinternal;

select 'function', translate(format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)), E'\t\n\r', '   '),
	1, md5(p.prosrc)
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
	and not exists (select from pg_depend d where d.objid = p.oid and d.classid = 'pg_proc'::regclass and d.deptype = 'e');

select 'schema', translate(nspname, E'\t\n\r', '   '), 1
from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema';

select 'extension', extname, 1 from pg_extension;

select 'largeobjects', 'all', count(*) from pg_largeobject_metadata;

select 'role', r.rolname, 1, md5(concat_ws(' ', r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin,
	r.rolreplication, r.rolbypassrls, r.rolconnlimit, array_to_string(array(select distinct g.rolname from pg_auth_members m
	join pg_roles g on g.oid = m.roleid where m.member = r.oid order by 1), ',')))
from pg_roles r where r.rolname !~ '^pg_' and r.rolname <> 'postgres';

rollback;
