# shellcheck shell=bash
# What every job of backups shares; each job sources it, and it sources the hooks of the store.
#
# From the environment: KIND, STACK; RESTIC_REPOSITORY, RESTIC_PASSWORD and the vault's credentials.
# Paths can be moved, so that the same scripts run where nothing is mounted.
set -euo pipefail
shopt -s inherit_errexit

SCRIPTS=${LADDER_SCRIPTS:-/etc/ladder}
SECRETS=${LADDER_SECRETS:-/run/ladder}
TOOLS=${LADDER_TOOLS:-/restic}
# shellcheck disable=SC2034 # for who sources this
SCRATCH=${LADDER_SCRATCH:-/scratch}
MESSAGE=${LADDER_MESSAGE:-/dev/termination-log}
export TMPDIR=${TMPDIR:-/tmp}
export HOME=${HOME:-/tmp} RESTIC_CACHE_DIR=${RESTIC_CACHE_DIR:-$TMPDIR/restic-cache} RESTIC_PROGRESS_FPS=0.1
LOCK_PATIENCE=5m
# A repository that does not answer is told within this time; restic alone would try for a quarter of an hour.
ANSWER_SECONDS=${LADDER_ANSWER_SECONDS:-120}

# Where the report goes, also from within a hook whose own output is somebody's input.
out=1
reported=
run=

say() { printf '%s %s\n' "$(date -u +%H:%M:%S)" "$*" >&2; }

# A text as JSON: nothing in it can end the string.
text() {
	local it=${1//\\/\\\\}
	it=${it//\"/\\\"}
	printf '"%s"' "${it//[[:cntrl:]]/ }"
}

# The one line by which a job is judged, on stdout and as the pod's termination message.
report() {
	reported=yes
	# A hook may have failed in a shell of its own.
	: >"$TMPDIR/reported"
	printf '%s\n' "$1" >&"$out"
	# The kubelet refuses a longer message as a whole.
	printf '%s\n' "${1:0:4000}" >"$MESSAGE" 2>/dev/null || true
}

# good KEY VALUE...: ends the job well; values are JSON already.
good() {
	local line
	line="{\"job\":\"$JOB\",\"store\":\"$KIND\",\"run\":$(text "$run"),\"ok\":true,\"seconds\":$SECONDS"
	while [ $# -gt 1 ]; do
		line+=",\"$1\":$2"
		shift 2
	done
	report "$line}"
	exit 0
}

# fail CODE WHY FIX: ends the job.
fail() {
	say "FAILED ($1): $2"
	report "{\"job\":\"$JOB\",\"store\":\"$KIND\",\"run\":$(text "$run"),\"ok\":false,\"code\":$1,\"why\":$(text "$2"),\"fix\":$(text "$3"),\"seconds\":$SECONDS}"
	exit "$1"
}

# What the last command that wrote to a file of errors had to say.
words() { tail -n 3 "$1" 2>/dev/null | tr '\n' ' ' | sed 's/  */ /g; s/ $//; s/^Fatal: //' | cut -c 1-600; }

# The last answer of a repository that was asked again and again until the time was over: what `words` finds then is that
# it was given up.
last_answer() {
	awk '/returned error/ { said = $0 } /RESPONSE [45]|ERROR CODE|error_description/ { said = said " " $0 } END { print said }' "$1" 2>/dev/null |
		tr -s ' \t' ' ' | sed 's/ *$//' | cut -c 1-600
}

ended() {
	local status=$?
	if declare -F cleanup >/dev/null; then cleanup || true; fi
	if [ -z "$reported" ] && [ ! -e "$TMPDIR/reported" ]; then
		reported=yes
		sleep 0.1 # tee is still writing
		fail 1 "the job ended at an unexpected place (status $status): $(words "$TMPDIR/log")" \
			"read the log of its pod; run it again"
	fi
}

# Hooks of stores that can be frozen replace these.
frozen() { return 1; }
end_writers() { echo "ladder status tells of the store"; }

# begin_job NAME: from here on whatever happens ends in a report.
begin_job() {
	JOB=$1
	exec {out}>&1
	trap ended EXIT
	trap 'exit 1' TERM INT
	mkdir -p "$RESTIC_CACHE_DIR"
	: >"$TMPDIR/errors"
	rm -f "$TMPDIR/reported"
	# Whatever speaks last before an unexpected end is what the report quotes.
	exec 2> >(tee "$TMPDIR/log" >&2)
	# Authorities of the world, and the vault's own.
	cat "$TOOLS/ca-certificates.crt" "$SECRETS/repository/ca.crt" >"$TMPDIR/authorities.crt" 2>/dev/null || true
	export SSL_CERT_FILE=$TMPDIR/authorities.crt
	PATH=$TOOLS:$PATH
	# shellcheck source=/dev/null
	source "$SCRIPTS/store.sh"
	# lasting MOMENT: of what a manifest tells, what did not end by itself by then: all of it, where the store says no more.
	# shellcheck disable=SC2329 # jobs call it
	declare -F lasting >/dev/null || lasting() { cat; }
}

# sign WHAT RUN: a receipt that WHAT was proven, with the store's key by HMAC-SHA256; nothing where there is no key. By
# coreutils alone: official images have no openssl.
sign() {
	local key moment inside='' outside='' byte i sum
	[ -s "$SECRETS/receipt/key" ] || return 0
	key=$(cat "$SECRETS/receipt/key")
	moment=$(date -u +%Y%m%dT%H%M%SZ)
	for ((i = 0; i < 64; i++)); do
		byte=0
		[ "$i" -ge "${#key}" ] || byte=$(printf '%d' "'${key:i:1}")
		inside+=$(printf '\\x%02x' $((byte ^ 0x36)))
		outside+=$(printf '\\x%02x' $((byte ^ 0x5c)))
	done
	sum=$({ printf '%b' "$inside"; printf '%s' "$KIND/$STACK/$1/$2/$moment"; } | sha256sum)
	sum=$({ printf '%b' "$outside"; printf '%s' "${sum%% *}" | fold -w 2 | while read -r byte || [ -n "$byte" ]; do printf '%b' "\\x$byte"; done; } | sha256sum)
	printf '%s.%s.%s.%s' "$1" "$2" "$moment" "${sum%% *}"
}

# ---------------------------------------------------------------------------------------------- restic

# Runs restic, keeping what it says for `words`; locks of others are waited for.
repository() { restic --retry-lock "$LOCK_PATIENCE" "$@" 2> >(tee "$TMPDIR/errors" >&2); }

# repository_failed STATUS: says what restic's status means, and ends the job.
repository_failed() {
	sleep 0.1 # tee is still writing
	local said
	said=$(words "$TMPDIR/errors")
	case $1 in
	10) fail 10 "there is no repository at $RESTIC_REPOSITORY: ${said:-restic says no more}" "take a first backup; if there were backups, look whether the bucket or the stack's name changed" ;;
	11) fail 11 "the repository is locked by another job: $said" "wait for that job; a lock that a killed job left is removed once it is half an hour old" ;;
	12) fail 12 "the repository refuses this stack's password: it was made with another master secret" "put the vault stack's state back, or name the vault that made it; docs/runbooks/lost-repository-password.md" ;;
	124)
		local answer
		answer=$(last_answer "$TMPDIR/errors")
		fail 30 "the repository gave no good answer within $ANSWER_SECONDS s: ${answer:-${said:-no word from it}}" "look whether the vault's server runs, knows who the job is, and the network lets the job out"
		;;
	*) fail 30 "the repository refused or broke off: ${said:-restic ended with $1}" "look at the vault: its server, its credentials, its certificate, its space" ;;
	esac
}

# Opens the repository for reading; stale locks of jobs that were killed are removed by restic's own rule.
open_repository() {
	local status=0
	timeout "$ANSWER_SECONDS" restic cat config >/dev/null 2>"$TMPDIR/errors" || status=$?
	[ "$status" = 0 ] || repository_failed "$status"
	restic unlock >/dev/null 2>"$TMPDIR/errors" || repository_failed $?
}

# As above; made where there is none. Only restic's own "there is none" counts: a server in trouble says other things.
open_or_make_repository() {
	local status=0
	timeout "$ANSWER_SECONDS" restic cat config >/dev/null 2>"$TMPDIR/errors" || status=$?
	if [ "$status" = 10 ]; then
		say "there is no repository yet: making $RESTIC_REPOSITORY"
		repository init >/dev/null || repository_failed $?
	fi
	open_repository
}

# keep_output FILE TAGS COMMAND...: one snapshot of what COMMAND prints. Sets `bytes`.
keep_output() {
	local name=$1 tags=$2 status=0
	shift 2
	rm -f "$TMPDIR/dump.status" "$TMPDIR/dump.errors"
	repository backup --json --quiet --host "$STACK" --tag "store=$KIND,run=$run,$tags" \
		--stdin-filename "$name" --stdin-from-command -- "$@" >"$TMPDIR/summary" || status=$?
	# shellcheck disable=SC2034 # for who calls this
	bytes=$(sed -n 's/.*"message_type":"summary".*"total_bytes_processed":\([0-9]*\).*/\1/p' "$TMPDIR/summary")
	return "$status"
}

# tagged NAME...: every snapshot of this store as TIME ID and the values of these tags, oldest first; `-` where untold.
# Our own tags hold nothing that JSON would escape, so lines are taker enough.
tagged() {
	local status=0
	repository snapshots --json --tag "store=$KIND" --host "$STACK" >"$TMPDIR/snapshots.json" || status=$?
	[ "$status" = 0 ] || repository_failed "$status"
	sed 's/},{"time"/}\n{"time"/g' "$TMPDIR/snapshots.json" | awk -v names="$*" '
		BEGIN { count = split(names, name, " ") }
		function tag(name,    at) {
			if (!match($0, "\"" name "=[^\"]*\"")) return "-"
			at = RSTART + length(name) + 2
			return substr($0, at, RSTART + RLENGTH - 1 - at)
		}
		match($0, /"time":"[^"Z+]*/) {
			line = substr($0, RSTART + 8, RLENGTH - 8) " " substr($0, RSTART + 8, 19)
			if (!match($0, /"id":"[0-9a-f]*"/)) next
			line = line " " substr($0, RSTART + 6, RLENGTH - 7)
			for (i = 1; i <= count; i++) line = line " " tag(name[i])
			print line
		}' | LC_ALL=C sort | cut -d ' ' -f 2-
}

# Every snapshot of this store as TIME ID KIND RUN RESULT STATE PARTS BYTES LINES.
snapshots() { tagged kind run result state parts bytes lines; }

# Every run whose parts are all there, from the table of `snapshots`, as TIME RUN STATE BYTES LINES VERIFIED, oldest first.
runs() {
	awk '
		$3 == "manifest" { order[++n] = $4; time[$4] = $1; state[$4] = $6; parts[$4] = $7; bytes[$4] = $8; lines[$4] = $9 }
		$3 == "verified" && $5 == "ok" { verified[$4] = $1 }
		{ there[$4, $3] = 1 }
		END {
			for (i = 1; i <= n; i++) {
				run = order[i]; whole = 1; count = split(parts[run], part, "+")
				for (p = 1; p <= count; p++) if (!((run, part[p]) in there)) whole = 0
				if (whole) print time[run], run, state[run], bytes[run], lines[run], (run in verified ? verified[run] : "-")
			}
		}'
}

# The newest good run of a list of `runs`.
newest_good() { awk '$3 == "ok" { run = $2 } END { if (run) print run }'; }

# Every run, as the table `runs` in $TMPDIR, from what `table` there tells of each snapshot.
read_runs() {
	open_repository
	snapshots >"$TMPDIR/table"
	runs <"$TMPDIR/table" >"$TMPDIR/runs"
}

# choose_run VERB FIX: sets run, to $RUN or the newest good one.
choose_run() {
	read_runs
	run=${RUN:-$(newest_good <"$TMPDIR/runs")}
	[ -n "$run" ] || fail 41 "there is no good run to $1" "$2"
	grep -q " $run " "$TMPDIR/runs" || fail 41 "there is no complete run $run" "ladder backups $KIND lists those that there are"
}

# The manifest of run $run, as `manifest` in $TMPDIR.
read_manifest() {
	part manifest >"$TMPDIR/manifest" || fail 40 "the manifest of run $run cannot be read: $(words "$TMPDIR/errors")" \
		"the repository is damaged: docs/runbooks/corrupt-repository.md"
}

# A name for a run, or a base: when it began, and something that no other has.
new_run() { echo "$(date -u +%Y%m%dT%H%M%SZ)-$(od -An -N3 -tx1 /dev/urandom | tr -d ' \n')"; }

# not_kept STATUS WHY FIX: ends the job after `keep_output` of `dump.sh` failed: the dump's failure is told by WHY.
not_kept() {
	sleep 0.1 # tee is still writing
	[ "$(cat "$TMPDIR/dump.status" 2>/dev/null || echo 0)" = 0 ] || fail 22 "$2: $(words "$TMPDIR/dump.errors")" "$3"
	repository_failed "$1"
}

# part NAME: prints a part of run $run. PIPESTATUS tells the caller whether all of it came.
part() {
	local id
	id=$(awk -v run="$run" -v kind="$1" '$3 == kind && $4 == run { id = $2 } END { print id }' "$TMPDIR/table")
	[ -n "$id" ] || { echo "run $run has no part $1" >"$TMPDIR/errors"; return 1; }
	repository dump "$id" "/$1"
}

# Loads part $1 through the rest of the command line; a stream that broke off is told from a loader that failed.
load_part() {
	local name=$1 ends
	shift
	set +e
	part "$name" | "$@" 2> >(tee "$TMPDIR/load.errors" >&2)
	ends=("${PIPESTATUS[@]}")
	set -e
	sleep 0.1
	if [ "${ends[0]}" != 0 ] && [ "${ends[0]}" != 141 ]; then
		fail 40 "part $name of run $run cannot be read back whole: $(words "$TMPDIR/errors")" \
			"the repository is damaged: docs/runbooks/corrupt-repository.md"
	fi
	loaded "${ends[1]}" "part $name of run $run was read whole and does not load" \
		"the dump is no good: take another backup, and keep the older runs"
}

# loaded STATUS WHY FIX: ends the job when a loader failed, with its own words.
loaded() {
	[ "$1" != 0 ] || return 0
	case $(words "$TMPDIR/load.errors") in
	*[Nn]'o space left'*) fail 24 "the disk of the job is full: $(words "$TMPDIR/load.errors")" "name a bigger scratch: ladder:backups.scratch_class, or raise storage_gib" ;;
	esac
	fail 40 "$2: $(words "$TMPDIR/load.errors")" "$3"
}

# The lines of a manifest below its head.
body() { sed '1,/^$/d'; }

# How much data the lines of a manifest tell of: rows, documents, keys.
amount() { awk -F '\t' -v data="^(${DATA:-table|collection|keys})\$" '$1 ~ data { sum += $3 } END { printf "%d\n", sum }'; }

# compare WANTED FOUND: ends the job when the files differ, naming the first differences. What may have ended by itself
# since the run was taken is taken out of both, and counted as `ended`.
compare() {
	local found file moment
	moment=$(date -u +%s)
	ended=$(amount <"$1")
	for file in "$@"; do
		lasting "$moment" <"$file" >"$TMPDIR/lasting"
		mv "$TMPDIR/lasting" "$file"
	done
	ended=$((ended - $(amount <"$1")))
	if found=$(LC_ALL=C diff "$1" "$2"); then return 0; fi
	fail 40 "what was restored differs from the manifest of run $run (< manifest, > restored): $(grep '^[<>]' <<<"$found" | head -n 6 | tr '\t\n' ' ;')" \
		"do not trust this run: verify an older one, and find out what changed the data under the dump"
}
