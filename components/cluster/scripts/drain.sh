#!/usr/bin/env bash
# drain.sh begin|end: before the machine goes down its pods end in order, with the time that databases need; after it
# came up they may start again.
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

case $1 in
begin) k3s kubectl drain "$NODE" --ignore-daemonsets --delete-emptydir-data --force --disable-eviction --timeout=150s ;;
end) patiently 300 "the node $NODE does not take pods again" k3s kubectl uncordon "$NODE" ;;
*)
	printf 'FAILED: %s is neither begin nor end\n' "$1" >&2
	exit 1
	;;
esac
