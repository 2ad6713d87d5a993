#!/usr/bin/env bash
# Waits until the cluster answers, and says so to whom started this machine: `pulumi up` waits for that.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=lib.sh
source "$here/lib.sh"

answers() {
	k3s kubectl get --raw /readyz >/dev/null 2>&1
}

patiently 600 "the cluster does not answer (journalctl -u k3s)" answers
"$here/$CLOUD-ready.sh"
