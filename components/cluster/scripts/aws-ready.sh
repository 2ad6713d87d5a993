#!/usr/bin/env bash
# Tells the group that started this machine that it is in service.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=lib.sh
source "$here/lib.sh"
# shellcheck source=aws.sh
source "$here/aws.sh"

instance=$(instance_id)

known() {
	read -r group state < <(
		aws autoscaling describe-auto-scaling-instances --instance-ids "$instance" --output text \
			--query 'AutoScalingInstances[0].[AutoScalingGroupName,LifecycleState]'
	) && [[ $group != None ]]
}

patiently 300 "no group says that it started this machine" known
# After the first boot nobody waits.
if [[ $state == Pending:* ]]; then
	aws autoscaling complete-lifecycle-action --auto-scaling-group-name "$group" --lifecycle-hook-name "$HOOK" \
		--instance-id "$instance" --lifecycle-action-result CONTINUE
fi
