#!/usr/bin/env bash
# Brings the machine to where its cluster serves. Runs at every boot; may be killed anywhere and run again.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
: "${DATA:=/var/lib/ladder}"

"$here/$CLOUD-prepare.sh"
"$here/data-volume.sh" "$DEVICE" "$DATA"

# What Kubernetes keeps outside its data folder and must find again on another machine: the node's own password, and
# the scratch of pods, which may be as large as a database.
mkdir -p "$DATA/node" "$DATA/kubelet" /etc/rancher /var/lib/kubelet
ln -sfn "$DATA/node" /etc/rancher/node
mountpoint -q /var/lib/kubelet || mount --bind "$DATA/kubelet" /var/lib/kubelet

"$here/authority.sh" "$DATA/k3s/server/tls"
"$here/k3s.sh" /usr/local/bin
systemctl start k3s.service ladder-drain.service ladder-grow.timer
"$here/ready.sh"
