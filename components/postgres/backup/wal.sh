# shellcheck shell=bash
# What the jobs of point in time share: the names of segments of the write-ahead log, and what the repository holds.
#
# It is a repository of its own, beside that of the runs. In it lie bases (`base`, and last its `label`, as the proof that
# it is whole), chunks of the log (`wal`), and marks of what was lost (`gap`). A chunk is a folder of segments, from its
# first one on; each snapshot of it holds all that the one before held, so that the newest is enough.

# shellcheck disable=SC2034 # for who sources this
SLOT=ladder_ship
SEGMENT_BYTES=16777216
# As everywhere in this repository: of one width, so that texts compare as the times do.
# shellcheck disable=SC2034
NOW="to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"

# segment_at TIMELINE POSITION: the name of the segment that holds a position of the log.
segment_at() { printf '%s%08X%08X\n' "$1" $((16#${2%/*})) $((16#${2#*/} / SEGMENT_BYTES)); }

# position_of SEGMENT: where it begins.
position_of() { printf '%X/%X\n' $((16#${1:8:8})) $((16#${1:16:8} * SEGMENT_BYTES)); }

# number SEGMENT: the how many-eth it is.
number() { echo $((16#${1:8:8} * 256 + 16#${1:16:8})); }

# before SEGMENT: the name of the one before.
before() {
	local count=$(($(number "$1") - 1))
	printf '%s%08X%08X\n' "${1:0:8}" $((count / 256)) $((count % 256))
}

# Every snapshot as TIME ID KIND RUN SYSTEM FIRST LAST UNTIL START AT. SYSTEM is whose: a server that was made anew has
# another. FIRST and LAST are a chunk's segments; all that was written until UNTIL is in it. A base needs the log from
# START on, and can be had as of AT.
log_table() { tagged kind run system first last until start at; }

# The number of a segment, for awk.
# shellcheck disable=SC2016
AWK_NUMBER='
	function digits(text,    i, sum) {
		for (i = 1; i <= length(text); i++) sum = sum * 16 + index("0123456789ABCDEF", substr(text, i, 1)) - 1
		return sum
	}
	function number(name) { return digits(substr(name, 9, 8)) * 256 + digits(substr(name, 17, 8)) }'

# What can be had: a line per base, as RUN SYSTEM START AT UNTIL ID, oldest first, from the table of `log_table`. Every
# moment from AT to UNTIL can be, because all of the log between is there.
windows() {
	awk "$AWK_NUMBER"'
		$3 == "wal" {
			if (!(($5, $6) in last)) chunk[$5, ++count[$5]] = $6
			last[$5, $6] = $7; until[$5, $6] = $8
		}
		$3 == "base" { base[$4] = $2 }
		$3 == "label" && $4 in base { run[++bases] = $4; system_[$4] = $5; start[$4] = $9; at[$4] = $10 }
		END {
			for (i = 1; i <= bases; i++) {
				it = run[i]; of = system_[it]; wanted = number(start[it]); reach = -1
				for (c = 1; c <= count[of]; c++) {
					first = chunk[of, c]; from = number(first); to = number(last[of, first])
					if (reach < 0 ? from <= wanted && wanted <= to : from <= reach + 1) {
						if (to > reach) reach = to
						end = until[of, first]
					} else if (reach >= 0) break
				}
				if (reach >= 0 && end >= at[it]) print it, of, start[it], at[it], end, base[it]
			}
		}' | LC_ALL=C sort -k 4,4
}

# The same for people: stretches of time.
stretches() {
	awk '
		from != "" && $4 <= to { if ($5 > to) to = $5; next }
		from != "" { print from, to }
		{ from = $4; to = $5 }
		END { if (from != "") print from, to }'
}
