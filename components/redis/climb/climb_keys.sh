# shellcheck shell=bash
# shellcheck disable=SC2034,SC2153,SC2154 # files that are sourced together share what they set
# Keys told, compared, and said anew: by climb_keys.lua, which only reads.

# read_keys COMMAND WORD...: asks a server; keys that are named come by stdin, for there may be many. Sets `cursor`, where
# it goes on, `at`, how far the append-only file reached then, `count`, and `large`, keys that are said one by one.
read_keys() {
	local command=$1 script
	shift
	script=$(cat "$SCRIPTS/content.lua" "$SCRIPTS/climb_keys.lua")
	if [ "${!#}" = keys ]; then
		"$command" --raw -x eval_ro "$script" 0 "$@" >"$TMPDIR/answer" || return 1
	else
		"$command" --raw eval_ro "$script" 0 "$@" >"$TMPDIR/answer" </dev/null || return 1
	fi
	read -r cursor at count large <<<"$(head -n 1 "$TMPDIR/answer")"
}

moment() { echo $((${EPOCHREALTIME%.*} * 1000 + SOON_MS)); }

# Of what is followed, the follower is read: it is no load for the source.
source_command() { if [ "$way" = follow ]; then echo own; else echo at_source; fi; }

databases_of() { held "$1" | awk -v most="$APPLICATION" '$1 < most'; }

unreadable() {
	fail 22 "$1: $(words "$TMPDIR/answer")" "$2"
}
# say_batch DATABASE HOW...: reads keys of the source as commands, and gives them to the target.
say_batch() {
	local database=$1 key part
	shift
	say_keys "$database" "$@"
	next=$cursor
	said=$((said + count))
	for key in ${large//,/ }; do
		part=0
		until [ "$part" = end ]; do
			say_keys "$database" part "$key" "$part"
			part=$cursor
		done
	done
}

say_keys() {
	local database=$1
	shift
	read_keys "$(source_command)" say "$database" 0 "$MOST" "$@" || unreadable "the source's keys cannot be read" "what it says tells why; start again"
	# What was read already holds what the target is to get now.
	[ "$way" != follow ] || feed $((at - before))
	tail -n +2 "$TMPDIR/answer" | target_takes
}

# The typed reader: everything that the source holds.
say_all() {
	local database of next said=0
	of=$(keys_held at_source)
	for database in $(databases_of at_source); do
		next=0
		while
			say_batch "$database" scan "$next" "$BATCH"
			[ "$next" != 0 ]
		do
			progress "$said" "$of" keys
		done
	done
	progress "$said" "$of" keys
}

keys_held() { "$1" info keyspace | tr -d '\r' | awk -F '[:=,]' -v most="$APPLICATION" '/^db/ && substr($1, 3) < most { sum += $3 } END { printf "%d", sum }'; }

# compare_batch DATABASE HOW...: the same keys at both sides, at one moment; what differs goes to `differing`.
compare_batch() {
	local database=$1 moment
	shift
	moment=$(moment)
	read_keys "$(source_command)" tell "$database" "$moment" "$MOST" "$@" || unreadable "the source's keys cannot be told" "start again"
	next=$cursor
	compared=$((compared + count))
	[ "$way" != follow ] || feed $((at - before))
	tail -n +2 "$TMPDIR/answer" | sed '/^$/d' >"$TMPDIR/there"
	[ -s "$TMPDIR/there" ] || return 0
	read_keys at_target tell "$database" "$moment" "$MOST" keys < <(cut -d ' ' -f 1 "$TMPDIR/there") || unreadable "the target's keys cannot be told" "start again"
	tail -n +2 "$TMPDIR/answer" | sed '/^$/d' >"$TMPDIR/here"
	cat "$TMPDIR/there" >>"$TMPDIR/told"
	awk -v database="$database" 'NR == FNR { there[FNR] = $0; next } there[FNR] != $0 { print database, there[FNR], substr($0, index($0, " ") + 1) }' \
		"$TMPDIR/there" "$TMPDIR/here" >>"$TMPDIR/differing"
}

# Compares every key that the source holds.
pass_over_all() {
	local database next of
	compared=0
	of=$(keys_held "$(source_command)")
	: >"$TMPDIR/differing"
	: >"$TMPDIR/told"
	for database in $(databases_of "$(source_command)"); do
		next=0
		while
			compare_batch "$database" scan "$next" "$BATCH"
			[ "$next" != 0 ]
		do
			progress "$compared" "$of" "keys compared"
		done
	done
}

# each_of LIST COMMAND: calls COMMAND for each database of a list, lines of a database and a key, with its keys by stdin,
# not too many at once.
each_of() {
	local database words list=$TMPDIR/list
	LC_ALL=C sort -u "$1" >"$list"
	while read -r database; do
		while read -r words; do
			"$2" "$database" keys <<<"$words"
		done < <(awk -v database="$database" '$1 == database { print $2 }' "$list" | xargs -r -n "$BATCH")
	done < <(awk '!seen[$1]++ { print $1 }' "$list")
}

pass_over() {
	local next
	compared=0
	: >"$TMPDIR/differing"
	: >"$TMPDIR/told"
	each_of "$1" compare_batch
}

# Brings the keys anew that differ, and compares them again.
bring_again() {
	local next said=0
	# Of what goes on meanwhile a key can only be read as a whole.
	[ "$way" != follow ] || local MOST=2000000000
	say "$(wc -l <"$TMPDIR/differing") keys differ and are brought again"
	cut -d ' ' -f 1,2 "$TMPDIR/differing" >"$TMPDIR/suspects"
	each_of "$TMPDIR/suspects" say_batch
	pass_over "$TMPDIR/suspects"
}

# A key that ended at one side a moment earlier, and was written to in that moment, may differ; what differs for good
# ends the climb.
mend() {
	local round
	for round in 1 2 3; do
		[ -s "$TMPDIR/differing" ] || return 0
		bring_again
	done
	[ ! -s "$TMPDIR/differing" ] || differ
}

differ() {
	local first
	first=$(head -n 1 "$TMPDIR/differing")
	fail 40 "$(wc -l <"$TMPDIR/differing") keys differ; the first, in database ${first%% *} (its name in hex; source, then target: type, end, elements, fingerprint): ${first#* }" \
		"nothing was opened. Look at that key at both sides; start again"
}

# As of one moment each, while the source is written to.
compare_all() {
	pass_over_all
	tell_all_facts
	mend
}

tell_all_facts() { facts+=(lines "$(wc -l <"$TMPDIR/told")" fingerprint "$(text "$(LC_ALL=C sort "$TMPDIR/told" | sha256sum | cut -d ' ' -f 1)")"); }

# Nothing holds still for the typed reader before the freeze: what differs is brought again, and what still differs,
# though it did not change at the source, ends the climb. How much did change is told.
compare_what_rests() {
	pass_over_all
	tell_all_facts
	[ -s "$TMPDIR/differing" ] || return 0
	cp "$TMPDIR/differing" "$TMPDIR/first"
	bring_again
	facts+=(moved "$(wc -l <"$TMPDIR/differing")")
	# Database, key, and what the source told of it: five words, or three.
	awk '{ told = $1 " " $2 " " $3 " " ($3 == "none" ? "" : $4 " " $5 " " $6) } NR == FNR { first[told]; next } told in first' \
		"$TMPDIR/first" "$TMPDIR/differing" >"$TMPDIR/rests"
	[ ! -s "$TMPDIR/rests" ] || { mv "$TMPDIR/rests" "$TMPDIR/differing" && differ; }
}

# ------------------------------------------------------------------------------------- what the delta touched

compare_touched() {
	pass_over "$TMPDIR/touched"
	mend
	facts+=(touched "$compared")
}

# counts COMMAND: of each database, how many keys stay.
counts() {
	"$1" info keyspace | tr -d '\r' | awk -F '[:=,]' -v most="$APPLICATION" '/^db/ && substr($1, 3) < most && $3 > $5 { print $1, $3 - $5 }'
}

# Nothing is at the target that the source does not hold.
compare_counts() {
	local there here
	for _ in {1..20}; do
		there=$(counts at_source)
		here=$(counts at_target)
		[ "$there" != "$here" ] || return 0
		sleep 0.2 # a field that ends takes its key along, on each side at its own time
	done
	fail 40 "the number of keys that stay differs (database, keys): ${there//$'\n'/, } at the source, ${here//$'\n'/, } at the target" "nothing was opened. Start again: the copy begins anew"
}
