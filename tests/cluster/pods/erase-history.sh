#!/usr/bin/env bash
# As whoever holds the credentials in the environment: tries what would erase history. Prints WHAT STATUS, a line each.
set -euo pipefail

cat "$LADDER_TOOLS_CA" /run/ladder/repository/ca.crt >/tmp/ca.crt
place=${RESTIC_REPOSITORY#s3:}
bucket=$(cut -d / -f 1-4 <<<"$place")
prefix=${place#"$bucket/"}

ask() {
	curl -s -o /tmp/answer -w '%{http_code}' --retry 10 --retry-connrefused --retry-delay 1 --cacert /tmp/ca.crt \
		--aws-sigv4 "aws:amz:$AWS_DEFAULT_REGION:s3" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" "$@"
}
first() { grep -o "<Key>$prefix/$1/[^<]*" /tmp/answer | head -n 1 | sed 's/<Key>//'; }

echo "list $(ask "$bucket?list-type=2&prefix=$prefix/data/")"
pack=$(first data)
echo "pack $pack"
ask "$bucket?list-type=2&prefix=$prefix/snapshots/" >/dev/null
snapshot=$(first snapshots)
echo "delete-pack $(ask -X DELETE "$bucket/$pack")"
echo "delete-snapshot $(ask -X DELETE "$bucket/$snapshot")"
echo "delete-config $(ask -X DELETE "$bucket/$prefix/config")"
echo "add-lock $(ask -X PUT --data-binary x "$bucket/$prefix/locks/test")"
echo "delete-lock $(ask -X DELETE "$bucket/$prefix/locks/test")"
echo "list-versions $(ask "$bucket?versions&prefix=$pack")"
echo "put-policy $(ask -X PUT --data-binary '{}' "$bucket?policy")"
echo "suspend-versions $(ask -X PUT --data-binary \
	'<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>' "$bucket?versioning")"
echo "overwrite-pack $(ask -X PUT --data-binary garbage "$bucket/$pack")"
