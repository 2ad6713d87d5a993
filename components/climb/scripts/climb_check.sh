#!/usr/bin/env bash
# Looks for everything that can be in the way of a climb, all of it at once; changes nothing.
set -euo pipefail
# shellcheck source=components/backups/scripts/lib.sh
source "${LADDER_SCRIPTS:-/etc/ladder}/lib.sh"
# shellcheck source=components/climb/scripts/climb_lib.sh
source "$SCRIPTS/climb_lib.sh"
begin_step check

# shellcheck disable=SC2329 # the library calls it
cleanup() { climb_clean; }

climb_check
open=false
[ "${#obstacles[@]}" != 0 ] || open=$(is_open)
good obstacles "[$(IFS=, && echo "${obstacles[*]}")]" open "$open" "${facts[@]}"
