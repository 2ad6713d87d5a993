-- Statements that set every sequence to where it is.
select format('select %s from %I.%I s', quote_literal(format('select pg_catalog.setval(%L, ', format('%I.%I', schemaname, sequencename)))
	|| ' || last_value || '', '' || is_called || '');''', schemaname, sequencename)
from pg_sequences order by 1 \gexec
