#!/usr/bin/env bash
# gcp-secret.sh NAME: prints one of the cluster's authorities from Secret Manager, by this machine's own account.
set -euo pipefail
account=http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/token
read_json='import base64, json, sys; found = json.load(sys.stdin)'

token=$(curl -fsS --retry 10 -H 'Metadata-Flavor: Google' "$account" |
	python3 -c "$read_json; print(found['access_token'])")
# The token goes in by a file that is none: a command line could be read by others.
curl -fsS --retry 10 --config <(printf 'header = "Authorization: Bearer %s"\n' "$token") \
	"https://secretmanager.googleapis.com/v1/$SECRETS-${1//./-}/versions/latest:access" |
	python3 -c "$read_json; sys.stdout.buffer.write(base64.b64decode(found['payload']['data']))"
