-- What a change of the schema changes, a line each. Run on the source again and again: it must be quick.
select 'column', attrelid::regclass, attname, atttypid::regtype, atttypmod, attnotnull, attidentity, attgenerated
from pg_attribute join pg_class c on c.oid = attrelid join pg_namespace n on n.oid = relnamespace
where relkind in ('r', 'p', 'v', 'm') and attnum > 0 and not attisdropped
	and nspname !~ '^pg_' and nspname not in ('information_schema', 'ladder_climb');
select 'relation', c.oid::regclass, relkind, relpersistence, relreplident
from pg_class c join pg_namespace n on n.oid = relnamespace
where relkind in ('r', 'p', 'v', 'm', 'i', 'I', 'S', 'f') and nspname !~ '^pg_' and nspname not in ('information_schema', 'ladder_climb');
select 'constraint', conrelid::regclass, conname, convalidated from pg_constraint where conrelid <> 0;
select 'function', oid::regprocedure, md5(prosrc) from pg_proc
where pronamespace not in (select oid from pg_namespace where nspname ~ '^pg_' or nspname = 'information_schema');
select 'trigger', tgrelid::regclass, tgname, tgenabled from pg_trigger where not tgisinternal;
select 'enum', enumtypid::regtype, enumlabel from pg_enum;
