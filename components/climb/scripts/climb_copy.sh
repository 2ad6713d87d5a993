#!/usr/bin/env bash
# Copies the source to the target while the application writes to the source, follows until the target is near, and
# compares both by content.
set -euo pipefail
# shellcheck source=components/backups/scripts/lib.sh
source "${LADDER_SCRIPTS:-/etc/ladder}/lib.sh"
# shellcheck source=components/climb/scripts/climb_lib.sh
source "$SCRIPTS/climb_lib.sh"
begin_step copy

# shellcheck disable=SC2329 # the library calls it
cleanup() { climb_clean; }

if climb_opened; then
	fail 23 "the target serves the application already: a copy would overwrite it" "ladder climb --status says how far this climb is"
fi
climb_copy
climb_follow
climb_compare_all
climb_clean
good open false receipt "$(text "$(sign cutover "$run")")" "${facts[@]}"
