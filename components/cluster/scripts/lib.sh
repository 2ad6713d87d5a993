# shellcheck shell=bash
# Sourced: how to wait.

# patiently SECONDS WORDS COMMAND…: until the command succeeds; after SECONDS fails with WORDS.
patiently() {
	local deadline=$((SECONDS + $1)) words=$2
	shift 2
	until "$@"; do
		if ((SECONDS >= deadline)); then
			printf 'FAILED: %s\n' "$words" >&2
			return 1
		fi
		sleep "${PAUSE:-5}"
	done
}
