# shellcheck shell=bash
# Sourced: who this machine is.

metadata=http://169.254.169.254/latest

instance_id() {
	local token
	token=$(curl -fsS --retry 10 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$metadata/api/token")
	curl -fsS --retry 10 -H "X-aws-ec2-metadata-token: $token" "$metadata/meta-data/instance-id"
}
