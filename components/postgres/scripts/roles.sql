-- Users and database of the application, brought to today's state at every start.
-- Tables belong to app_owner, so that a second login can come and go without owning anything.

\getenv app_password APP_PASSWORD

-- Statements below carry the password; they are not for the log.
set log_statement = 'none';
set log_min_duration_statement = -1;
set log_min_error_statement = 'panic';

select 'create role app_owner nologin'
where not exists (select from pg_roles where rolname = 'app_owner') \gexec

select 'create role app login'
where not exists (select from pg_roles where rolname = 'app') \gexec

alter role app_owner nologin nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
alter role app login nosuperuser nocreatedb nocreaterole noreplication nobypassrls inherit password :'app_password';
grant app_owner to app;

select 'create database app owner app_owner'
where not exists (select from pg_database where datname = 'app') \gexec

alter database app owner to app_owner;
revoke all on database app from public;
-- Who froze this database has taken this right, and says so: a restart must not give it back.
select coalesce(shobj_description(oid, 'pg_database'), '') not like 'ladder frozen:%' as open
from pg_database where datname = 'app' \gset
\if :open
grant connect, temporary on database app to app;
\endif
alter role app in database app set role = 'app_owner';

-- Where nobody ships any more, what the server holds back for a shipper would stay for ever.
\getenv shipped SHIPPED
\if :{?shipped}
\else
select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = 'ladder_ship';
\endif

\connect app
alter schema public owner to app_owner;
