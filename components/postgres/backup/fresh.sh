#!/usr/bin/env bash
# Succeeds while what the database acknowledged is in the vault, but for the last minute and a half.
set -euo pipefail

find "${TMPDIR:-/tmp}/shipped" -newermt '-90 seconds' | grep -q .
