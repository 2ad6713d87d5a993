#!/usr/bin/env bash
# Succeeds while the server accepts connections.
set -euo pipefail

timeout 4 bash -c "exec 3<>/dev/tcp/127.0.0.1/$PORT"
