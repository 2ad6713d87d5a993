#!/usr/bin/env bash
# Takes back what a climb left on the source, and lets the application in there again.
set -euo pipefail
# shellcheck source=components/backups/scripts/lib.sh
source "${LADDER_SCRIPTS:-/etc/ladder}/lib.sh"
# shellcheck source=components/climb/scripts/climb_lib.sh
source "$SCRIPTS/climb_lib.sh"
begin_step back

if climb_opened; then
	fail 23 "the target serves the application already: letting it in at the source as well would split the data" \
		"go back by a climb in the other direction: ladder climb $KIND --back"
fi
climb_clean
thaw source
good open false receipt "$(text "$(sign back "$run")")"
