-- Where backups are taken: who reads a run, and who puts one back.

\getenv backup_password BACKUP_PASSWORD
\getenv restore_password RESTORE_PASSWORD

select 'create role backup login'
where not exists (select from pg_roles where rolname = 'backup') \gexec

select 'create role restore login'
where not exists (select from pg_roles where rolname = 'restore') \gexec

-- Reads every table; owns nothing and makes nothing.
alter role backup login nocreatedb nocreaterole inherit password :'backup_password';
grant pg_read_all_data to backup;
grant connect on database app to backup;
alter role backup set default_transaction_read_only = on;

-- Only who has these rights can give them. Without the first a table with row security ends a dump or a comparison with
-- an error, without the second a large object ends a dump: never a run that lacks them.
select format('alter role %I bypassrls', backed.rolname)
from pg_roles me, pg_roles backed
where me.rolname = current_user and (me.rolbypassrls or me.rolsuper) and backed.rolname in ('backup', 'restore') \gexec
select 'alter role backup set lo_compat_privileges = on'
where has_parameter_privilege('lo_compat_privileges', 'set') \gexec

-- Makes the database that a run is loaded into, and becomes the application to hand it over.
alter role restore login createdb nocreaterole inherit password :'restore_password';
grant app to restore;
-- A climb follows the log as this user. Services have a role for that, or let their administrator give the right.
select 'alter role restore replication' from pg_roles
where rolname = current_user and (rolsuper or rolreplication) and not exists (select from pg_roles where rolname = 'rds_replication') \gexec
select 'grant rds_replication to restore' from pg_roles where rolname = 'rds_replication' \gexec
grant connect on database app to restore;
