#!/usr/bin/env bash
# Logs in as the application by the connection Secret; with another password where PGPASSWORD holds one.
set -euo pipefail

uri=$DATABASE_URL
if [ -n "${PGPASSWORD:-}" ]; then
	uri=$(sed -E 's,//app:[^@]+@,//app@,' <<<"$uri")
fi
exec psql -X "$uri" -Atc 'select 42'
