
-- Where backups are taken: who reads a run, and who puts one back. Appended to the application's own roles.
-- The connection is a new one (\connect), so that the log must be kept clean of passwords once more.
set log_statement = 'none';
set log_min_duration_statement = -1;
set log_min_error_statement = 'panic';

\set backup_password `cat /run/ladder/auth/backup-password`
\set restore_password `cat /run/ladder/auth/restore-password`

select 'create role backup login'
where not exists (select from pg_roles where rolname = 'backup') \gexec

select 'create role restore login'
where not exists (select from pg_roles where rolname = 'restore') \gexec

-- Reads every table, those with row security included; owns nothing and makes nothing.
alter role backup login nosuperuser nocreatedb nocreaterole noreplication bypassrls inherit
	password :'backup_password';
grant pg_read_all_data to backup;
grant connect on database app to backup;
alter role backup set default_transaction_read_only = on;
-- The right to read all data ends before large objects; without this a database that has one cannot be dumped.
alter role backup set lo_compat_privileges = on;

-- Makes the database that a run is loaded into, and becomes the application to hand it over. What it restored is
-- compared row by row, so no policy may hide any from it. A climb follows the log as this user.
alter role restore login nosuperuser createdb nocreaterole replication bypassrls inherit
	password :'restore_password';
grant app to restore;
grant connect on database app to restore;
