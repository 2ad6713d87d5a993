-- What keeps a target from taking a copy, a line each: why, and what to do.
select format('user %s may make nothing in the target''s database', current_user), 'name its owner, or an administrator, in external.climb_uri'
from pg_database where datname = current_database() and not pg_has_role(datdba, 'member');
select 'the target is a standby: nothing can be written there', 'name the server that it follows' where pg_is_in_recovery();
