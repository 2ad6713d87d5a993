set client_min_messages = warning;
-- What follows carries passwords; what a managed server lets its administrator keep out of the log, it does.
select set_config(name, value, false)
from (values ('log_statement', 'none'), ('log_min_duration_statement', '-1'), ('log_min_error_statement', 'panic'))
	as quiet (name, value)
where has_parameter_privilege(name, 'set') \g /dev/null
