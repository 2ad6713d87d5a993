#!/usr/bin/env bash
# Proves the newest good run (or $RUN): restores it into a throwaway server and compares with its manifest, exactly.
set -euo pipefail
# shellcheck source=components/backups/scripts/lib.sh
source "${LADDER_SCRIPTS:-/etc/ladder}/lib.sh"
begin_job verify

# shellcheck disable=SC2329 # the library calls it
cleanup() { throwaway_stop >/dev/null 2>&1; }

choose_run verify "take one: ladder backup $KIND"

# Packs of older runs too, a share of them each week, so that all were read within two months.
share=$(($(date -u +%s) / 604800 % 8 + 1))
say "checking the repository, and reading share $share of 8 of its data"
if ! repository check --read-data-subset "$share/8" >"$TMPDIR/check"; then
	sleep 0.1
	case $(cat "$TMPDIR/errors" "$TMPDIR/check") in
	*'unable to create lock'*) repository_failed 11 ;;
	esac
	fail 40 "the repository is damaged: $(grep -hiE '^(pack|tree|blob|index|snapshot|error)' "$TMPDIR/errors" "$TMPDIR/check" | head -n 3 | tr '\n' ' ')" \
		"docs/runbooks/corrupt-repository.md"
fi

read_manifest
body <"$TMPDIR/manifest" >"$TMPDIR/wanted"
say "restoring run $run into a throwaway server"
throwaway_start "$SCRATCH"
for name in "${PARTS[@]}"; do
	load_part "$name" throwaway_load "$name"
done
throwaway_manifest >"$TMPDIR/found"
compare "$TMPDIR/wanted" "$TMPDIR/found"
throwaway_stop
lines=$(wc -l <"$TMPDIR/wanted")
compared=$(amount <"$TMPDIR/wanted")
proof() { printf 'verified\t%s\nseconds\t%s\nlines\t%s\namount\t%s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$SECONDS" "$lines" "$compared"; }
proof >"$TMPDIR/proof"
keep_output verified "kind=verified,result=ok" cat "$TMPDIR/proof" || repository_failed $?
good lines "$lines" amount "$compared" ended "$ended" receipt "$(text "$(sign "${PROVES:-copy}" "$run")")"
