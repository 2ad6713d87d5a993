# shellcheck shell=bash
# Sourced: who this machine is, and how to wait.

metadata=http://169.254.169.254/latest

instance_id() {
	local token
	token=$(curl -fsS --retry 10 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$metadata/api/token")
	curl -fsS --retry 10 -H "X-aws-ec2-metadata-token: $token" "$metadata/meta-data/instance-id"
}

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
