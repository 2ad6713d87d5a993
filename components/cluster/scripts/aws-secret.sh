#!/usr/bin/env bash
# aws-secret.sh NAME: prints one of the cluster's authorities from the parameter store, by this machine's own role.
set -euo pipefail
aws ssm get-parameter --with-decryption --name "$SECRETS/$1" --query Parameter.Value --output text
