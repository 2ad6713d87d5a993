#!/usr/bin/env bash
# Waits until the cluster answers, and says so to the group that started this machine: `pulumi up` waits for that.
set -euo pipefail
# shellcheck source=aws.sh
source "$(dirname "${BASH_SOURCE[0]}")/aws.sh"

answers() {
	k3s kubectl get --raw /readyz >/dev/null 2>&1
}

patiently 600 "the cluster does not answer (journalctl -u k3s)" answers
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
