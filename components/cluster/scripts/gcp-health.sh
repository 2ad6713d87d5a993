#!/usr/bin/env bash
# Answers one question of Google's health check, as a web server would: whether the cluster answers.
set -euo pipefail
while read -r -t 5 line && [[ -n ${line%$'\r'} ]]; do
	:
done
status='503 Service Unavailable'
if k3s kubectl get --raw /readyz >/dev/null 2>&1; then
	status='200 OK'
fi
printf 'HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n' "$status"
