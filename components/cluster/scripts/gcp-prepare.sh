#!/usr/bin/env bash
# Keeps pods from becoming this machine: its account reads the cluster's authorities, and the metadata service gives the
# account's token to whoever asks. Pods may ask it for names, and for nothing else. Disk and address are there already:
# Google gives them to the machine before it starts, and to one machine only.
set -euo pipefail
rule=(PREROUTING --source "$PODS" --destination 169.254.169.254 --protocol tcp ! --dport 53 --jump DROP)
# In a table that comes before every rule of Kubernetes.
iptables --table raw --check "${rule[@]}" 2>/dev/null || iptables --table raw --insert "${rule[@]}"
