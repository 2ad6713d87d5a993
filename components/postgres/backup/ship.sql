
-- Where every write is shipped: who receives the log. The right of replication is the right to read everything, so this
-- user is the shipper's alone, and comes in for the log and for one look at where it stands.
\set ship_password `cat /run/ladder/auth/ship-password`

select 'create role ship login'
where not exists (select from pg_roles where rolname = 'ship') \gexec

alter role ship login nosuperuser nocreatedb nocreaterole replication nobypassrls inherit
	password :'ship_password';
alter role ship set default_transaction_read_only = on;
-- How far the log has come.
grant pg_read_all_stats to ship;
