-- What keeps a source from being followed, a line each: why, and what to do.
\set QUIET on
create temporary view ours as
select c.oid, c.relname, c.relkind, c.relpersistence, c.relreplident, format('%I.%I', n.nspname, c.relname) as name
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
	and not exists (select from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype = 'e');

select 'the source keeps no log that can be followed (wal_level ' || setting || ')', 'set wal_level = logical there, and restart it'
from pg_settings where name = 'wal_level' and setting <> 'logical';

select 'the source has no slot left (max_replication_slots ' || setting || ')', 'raise max_replication_slots by 2, and restart it'
from pg_settings where name = 'max_replication_slots'
	and setting::int < 2 + (select count(*) from pg_replication_slots where slot_name not like 'ladder\_climb%');

select format('user %s may not follow the source: it has no right to replicate', current_user), 'alter role … replication; a service has a role for that (rds_replication)'
from pg_roles me where me.rolname = current_user and not (me.rolreplication or me.rolsuper)
	and not exists (select from pg_roles r where r.rolname in ('rds_replication', 'azure_pg_admin') and pg_has_role(me.oid, r.oid, 'member'));

select 'table ' || name || ' has no key by which its changes are told', format('add a primary key, or: alter table %s replica identity full', name)
from ours where relkind = 'r' and relpersistence = 'p' and (relreplident = 'n'
	or (relreplident = 'd' and not exists (select from pg_index i where i.indrelid = ours.oid and i.indisprimary and i.indisvalid)));

select 'table ' || name || ' is unlogged, so that its changes are not told', format('alter table %s set logged', name)
from ours where relkind = 'r' and relpersistence = 'u';

select 'the source has large objects, and changes of them are not told', 'move them into a column of type bytea'
where exists (select from pg_largeobject_metadata);

select 'prepared transaction ' || gid || ' is open', 'commit prepared, or rollback prepared'
from pg_prepared_xacts where database = current_database();

select format('user %s, who connects to this database, is a superuser: nobody can end all writing', usename),
	'give the application a user that is none; name the superuser in external.climb_uri'
from pg_stat_activity join pg_roles on rolname = usename
where datname = current_database() and rolsuper and usename <> current_user and coalesce(backend_type, 'client backend') = 'client backend' group by usename;

drop view ours;
