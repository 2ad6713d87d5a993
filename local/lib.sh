# shellcheck shell=bash
# shellcheck disable=SC2034 # most settings are used by the scripts, not here
# Settings and helpers of both ways to have a cluster on this machine: kind/ and node/.

LOCAL=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# LADDER_LOCAL_NAME names the cluster, its context and everything it leaves on the
# machine. An interface name has at most 15 characters, and we add two.
NAME=${LADDER_LOCAL_NAME:-ladder-local}
LOCAL_DIR=${LADDER_LOCAL_DIR:-$HOME/.cache/ladder/local}
BIN_DIR=$LOCAL_DIR/bin
KUBECONFIG_FILE=$LOCAL_DIR/kubeconfig
STORAGE_CLASS=ladder-local

APP_IMAGE=local/weather:1
APP_SOURCE=$(dirname "$LOCAL")/examples/weather
APP_UID=999

export PATH=$BIN_DIR:$PATH
export KUBECONFIG=$KUBECONFIG_FILE

die() { printf 'ERROR: %s\n' "$*" >&2; exit 1; }

[[ $NAME =~ ^[a-z][a-z0-9-]{0,11}$ ]] ||
	die "LADDER_LOCAL_NAME is \"$NAME\"; it must match [a-z][a-z0-9-]{0,11}"

has() { command -v "$1" >/dev/null; }

# way: prints kind or node. What `up` once chose stays, until `down --purge`.
way() {
	if [ -f "$LOCAL_DIR/way" ]; then
		cat "$LOCAL_DIR/way"
	elif has docker && docker info >/dev/null 2>&1 && { has kind || has go; }; then
		echo kind
	elif [ "$(uname -s)" = Linux ] && [ "$(id -u)" = 0 ] && has go && has apt-get; then
		echo node
	else
		die "no cluster can be made here. One of these three would do: a running Docker with kind on PATH;" \
			"a running Docker with Go on PATH, which installs kind; Debian as root with Go on PATH," \
			"which builds Kubernetes from source. To use a cluster you have, set LADDER_CONTEXT for \`make up\`."
	fi
}

# run_way COMMAND ARGUMENTS...: what the chosen way does for this command.
run_way() {
	local chosen command=$1
	chosen=$(way)
	shift
	[ -x "$LOCAL/$chosen/$command" ] || die "a cluster made by $chosen has no \"$command\""
	exec "$LOCAL/$chosen/$command" "$@"
}
