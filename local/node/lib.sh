# shellcheck shell=bash
# shellcheck disable=SC2034 # most settings are used by the scripts, not here
# Settings and helpers of the node that is built here, on top of the common ones.

# shellcheck source=../lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
NODE=$LOCAL/node

# Where things live. `down --purge` removes only STATE_DIR.
IMAGE_DIR=$LOCAL_DIR/images # packed images
STATE_DIR=$LOCAL_DIR/state  # everything that belongs to one life of the cluster
LOG_DIR=$STATE_DIR/log
PKI_DIR=$STATE_DIR/pki
CNI_BIN_DIR=/usr/lib/cni
CNI_RESULTS_DIR=/var/lib/cni/results # not configurable in containerd
CGROUP_MOUNT=/sys/fs/cgroup
CONTAINERD_SOCKET=$STATE_DIR/containerd.sock
NODE_NAME=node1

# All addresses come from the benchmark range of RFC 2544, which is never routed.
# Each slot is a set of them, so that eight clusters can run at the same time.
SLOT=${LADDER_LOCAL_SLOT:-0}
[[ $SLOT =~ ^[0-7]$ ]] || die "LADDER_LOCAL_SLOT is \"$SLOT\"; it must be 0 to 7"
NODE_IP=198.18.255.$((SLOT * 2 + 1)) # the node's end of the veth pair; the API server listens here
HOST_IP=198.18.255.$((SLOT * 2 + 2)) # the machine's end
POD_CIDR=198.18.$((SLOT * 16)).0/20
SERVICE_CIDR=198.19.$((SLOT * 16)).0/20
API_PORT=6443
API_SERVICE_IP=${SERVICE_CIDR%.*}.1
DNS_IP=${SERVICE_CIDR%.*}.10

# Who has the name, and the addresses, on this machine: each file holds that cluster's folder, until its `down`.
CLAIMS=("/run/ladder-local-name-$NAME" "/run/ladder-local-slot-$SLOT")

# Two clusters with one name would end each other's pods.
claim_machine() {
	local claim other
	for claim in "${CLAIMS[@]}"; do
		other=$(cat "$claim" 2>/dev/null || true)
		if [ "${other:-$LOCAL_DIR}" != "$LOCAL_DIR" ] && [ -d "$other/state" ]; then
			die "LADDER_LOCAL_NAME is \"$NAME\" and LADDER_LOCAL_SLOT $SLOT; the cluster in $other has one of them: give this one others"
		fi
	done
	tee "${CLAIMS[@]}" >/dev/null <<<"$LOCAL_DIR"
}

need_root() { [ "$(id -u)" = 0 ] || die "run this as root"; }

# seconds_since EPOCHREALTIME: with one decimal.
seconds_since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }'; }

# step TEXT COMMAND...: runs the command quietly and prints one line with its
# seconds. When it fails the script ends, and explain_failure (below) speaks.
step() {
	local began=$EPOCHREALTIME
	CURRENT_STEP=$1
	SUSPECT=
	shift
	printf '%-46s' "$CURRENT_STEP"
	"$@" >"$STEP_LOG" 2>&1
	printf '%7s s\n' "$(seconds_since "$began")"
	CURRENT_STEP=
}

# begin_steps NAME: call once before the first step.
begin_steps() {
	mkdir -p "$LOG_DIR"
	STEP_LOG=$LOG_DIR/$1-step.log
	CURRENT_STEP=
	SUSPECT=
	trap explain_failure EXIT
}

# SUSPECT is the component whose log tells most about the step that failed.
explain_failure() {
	local status=$?
	[ "$status" != 0 ] && [ -n "${CURRENT_STEP:-}" ] || return 0
	{
		printf '\nERROR: "%s" failed (exit %s)\n' "$CURRENT_STEP" "$status"
		tail -n 20 "$STEP_LOG"
		if [ -n "$SUSPECT" ] && [ -s "$LOG_DIR/$SUSPECT.log" ]; then
			printf -- '--- end of %s\n' "$LOG_DIR/$SUSPECT.log"
			tail -n 20 "$LOG_DIR/$SUSPECT.log"
		fi
	} >&2
}

# pid_of NAME: the pid of a component started by `up`, or nothing. The name of
# the executable is compared, so that a reused pid is never taken for ours. The
# kernel appends " (deleted)" to it when `build` has replaced the file.
pid_of() {
	local pid program
	pid=$(cat "$STATE_DIR/$1.pid" 2>/dev/null) || return 0
	program=$(readlink "/proc/$pid/exe") || return 0
	program=$(basename "${program% (deleted)}")
	if [ "$program" = "$1" ]; then echo "$pid"; fi
}

# stop COMPONENT...: asks them to end, and insists after ten seconds.
stop() {
	local name pid patience
	for name in "$@"; do
		pid=$(pid_of "$name")
		[ -z "$pid" ] || kill "$pid"
	done
	for name in "$@"; do
		patience=50
		while pid=$(pid_of "$name") && [ -n "$pid" ]; do
			if [ "$patience" = 0 ]; then kill -KILL "$pid" 2>/dev/null || true; fi
			patience=$((patience - 1))
			sleep 0.2
		done
		rm -f "$STATE_DIR/$name.pid"
	done
}

# wait_for SECONDS SUSPECT COMMAND...: polls until the command succeeds. Gives
# up at once when SUSPECT names a component that was started and has died.
wait_for() {
	local deadline=$((SECONDS + $1))
	SUSPECT=$2
	shift 2
	until "$@"; do
		if [ -f "$STATE_DIR/$SUSPECT.pid" ] && [ -z "$(pid_of "$SUSPECT")" ]; then
			echo "$SUSPECT has died"
			return 1
		fi
		if [ "$SECONDS" -ge "$deadline" ]; then
			echo "gave up waiting for: $*"
			return 1
		fi
		sleep 0.2
	done
}

# in_node COMMAND...: runs it inside the network namespace that is the node.
in_node() { nsenter --net="/run/netns/$NAME" "$@"; }

# ctr, aimed at this cluster's containerd and at the namespace the kubelet uses.
cluster_ctr() { ctr --address "$CONTAINERD_SOCKET" --namespace k8s.io "$@"; }
