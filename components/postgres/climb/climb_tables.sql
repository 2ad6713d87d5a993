-- How each table tells its changes: name as a change has it, how rows are known again, their key, columns that the
-- server computes, and columns that an update may not name. Lists are joined by U+001F.
copy (
	select format('%I.%I', n.nspname, c.relname),
		case c.relreplident when 'f' then 'full' else 'key' end,
		coalesce((select string_agg(quote_ident(a.attname), E'\x1f' order by k.place)
			from pg_index i cross join lateral unnest(i.indkey::int2[]) with ordinality k(num, place)
			join pg_attribute a on a.attrelid = c.oid and a.attnum = k.num
			where i.indrelid = c.oid and case c.relreplident when 'i' then i.indisreplident else i.indisprimary end), ''),
		coalesce((select string_agg(quote_ident(attname), E'\x1f') from pg_attribute where attrelid = c.oid and attgenerated <> ''), ''),
		coalesce((select string_agg(quote_ident(attname), E'\x1f') from pg_attribute where attrelid = c.oid and attidentity = 'a'), '')
	from pg_class c join pg_namespace n on n.oid = c.relnamespace
	where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
) to stdout
