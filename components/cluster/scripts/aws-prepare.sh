#!/usr/bin/env bash
# Takes the data disk $VOLUME and the address $ADDRESS. The disk can be attached to one machine only: while the machine
# that this one replaces still holds it, this one waits, so two never write.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=lib.sh
source "$here/lib.sh"
# shellcheck source=aws.sh
source "$here/aws.sh"

instance=$(instance_id)

attached() {
	local holder
	holder=$(aws ec2 describe-volumes --volume-ids "$VOLUME" --output text \
		--query "Volumes[0].Attachments[?State=='attached'].InstanceId | [0]") || return 1
	[[ $holder == "$instance" ]] && return 0
	# Refused while another machine holds it, or while it is on its way.
	aws ec2 attach-volume --volume-id "$VOLUME" --instance-id "$instance" --device /dev/sdf >/dev/null || true
	return 1
}

patiently 900 "the data disk $VOLUME is still held by another machine" attached
patiently 120 "the address $ADDRESS could not be taken" \
	aws ec2 associate-address --allocation-id "$ADDRESS" --instance-id "$instance" --allow-reassociation
