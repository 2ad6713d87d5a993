#!/usr/bin/env bash
# Asks the server of this pod `hello` (which needs no login) and prints its answer in hex: what follows
# the length, a BSON document at the end.
# The shell would cost a second of processor time and 100 MB at every probe; the question is 52 bytes.
set -euo pipefail

# OP_MSG: length 52, request 1, answer to none, operation 2013; no flags; one section with {hello: 1, $db: "admin"}.
# Layout: MongoDB Wire Protocol, OP_MSG; bsonspec.org.
ask() {
	# shellcheck disable=SC2016 # $db is the protocol's own word
	printf '%b' '\x34\0\0\0\01\0\0\0\0\0\0\0\xdd\07\0\0\0\0\0\0\0' \
		'\x1f\0\0\0\x10hello\0\01\0\0\0\02$db\0\06\0\0\0admin\0\0'
}

# The first four bytes of a message are its length, themselves included.
print_answer() {
	local length
	length=$(head -c 4 | od -An --endian=little -t u4 | tr -d ' ')
	head -c "$((length - 4))" | od -An -v -t x1 | tr -d ' \n'
}

if [ "$TLS" = on ]; then
	# The certificate is not looked at: this asks whether the server of this very pod serves. The client ends
	# with its input (-no_ign_eof), so that none is left behind.
	coproc server { exec openssl s_client -quiet -no_ign_eof -connect "127.0.0.1:$PORT" 2>/dev/null; }
	exec 3<&"${server[0]}" 4>&"${server[1]}"
else
	exec 3<>"/dev/tcp/127.0.0.1/$PORT" 4>&3
fi
ask >&4
print_answer <&3
