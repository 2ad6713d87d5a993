#!/usr/bin/env bash
# grow.sh FOLDER: lets the file system take the whole disk; does nothing when it has it already.
set -euo pipefail
exec xfs_growfs -d "$1"
