#!/usr/bin/env bash
# authority.sh FOLDER: lays the cluster's authorities where k3s finds them at its first start. Those that the kubeconfig
# relies on come from the cloud's keeper of secrets; the others never leave the disk.
set -euo pipefail
umask 077
here=$(dirname "${BASH_SOURCE[0]}")
folder=$1
mkdir -p "$folder/etcd"

refuse() {
	printf 'REFUSED: %s\n' "$1" "k3s took its authority at its first start; a new one goes in by: k3s certificate rotate-ca" >&2
	exit 1
}

# fetched NAME: writes the file whole or not at all, and never over a different one.
fetched() {
	local draft="$folder/.$1"
	"$here/$CLOUD-secret.sh" "$1" >"$draft"
	if [[ -s $folder/$1 ]]; then
		cmp -s "$draft" "$folder/$1" || refuse "$folder/$1 differs from $1 in $SECRETS"
		rm -f "$draft"
	else
		mv "$draft" "$folder/$1"
	fi
}

# made NAME: an authority of the machine's own.
made() {
	if [[ -s $folder/$1.crt ]]; then
		return
	fi
	openssl ecparam -name prime256v1 -genkey -noout -out "$folder/$1.key"
	openssl req -x509 -new -sha256 -days 3650 -key "$folder/$1.key" -subj "/CN=k3s-${1//\//-}" \
		-addext keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign -out "$folder/.draft"
	mv "$folder/.draft" "$folder/$1.crt"
}

for name in server-ca.key server-ca.crt client-ca.key client-ca.crt; do
	fetched "$name"
done
for name in request-header-ca etcd/peer-ca etcd/server-ca; do
	made "$name"
done
if [[ ! -s $folder/service.key ]]; then
	# Signs the tokens of service accounts.
	openssl genrsa -traditional -out "$folder/.draft" 2048
	mv "$folder/.draft" "$folder/service.key"
fi
