-- Users and database of the application, brought to today's state; run again, it changes nothing.
-- Tables belong to app_owner, so that a second login can come and go without owning anything. The administrator of a
-- managed server is no superuser: it may hand over only what it is a member of.

\getenv app_password APP_PASSWORD

select 'create role app_owner nologin'
where not exists (select from pg_roles where rolname = 'app_owner') \gexec

select 'create role app login'
where not exists (select from pg_roles where rolname = 'app') \gexec

-- Since PostgreSQL 16 who makes a role may administer it, and neither use nor become it.
select format('grant app_owner to %I%s', current_user,
	case when current_setting('server_version_num')::int >= 160000 then ' with inherit true, set true' end)
from pg_roles where rolname = current_user and not rolsuper \gexec

alter role app login nocreatedb nocreaterole inherit password :'app_password';
grant app_owner to app;

select 'create database app owner app_owner'
where not exists (select from pg_database where datname = 'app') \gexec

alter database app owner to app_owner;
revoke all on database app from public;
grant connect, temporary on database app to app;
alter role app in database app set role = 'app_owner';

\connect app
select 'alter schema public owner to app_owner'
where (select nspowner::regrole::text from pg_namespace where nspname = 'public') <> 'app_owner' \gexec
