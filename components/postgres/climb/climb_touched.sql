-- One statement for some hundred rows that were written: how many of them there are, and what is in them.
select format('select %L, count(*), md5(coalesce(string_agg(t::text, chr(10) order by t::text), '''')) from only %s t where %s;',
	tab || '/' || part, tab, string_agg(rows, ' or '))
from (select tab, rows, (row_number() over (partition by tab order by rows)) / 300 as part from ladder_climb.touched) held
group by tab, part;
