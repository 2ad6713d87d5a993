#!/usr/bin/env bash
# Takes away what a climb left on the source, which stays frozen.
set -euo pipefail
# shellcheck source=components/backups/scripts/lib.sh
source "${LADDER_SCRIPTS:-/etc/ladder}/lib.sh"
# shellcheck source=components/climb/scripts/climb_lib.sh
source "$SCRIPTS/climb_lib.sh"
begin_step end

climb_clean
good open true
