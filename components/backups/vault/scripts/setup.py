"""Makes the vault's bucket, its versioning and its policy; running it again changes nothing.

Needs Python alone: the requests are signed here (AWS Signature Version 4).
"""

import datetime
import hashlib
import hmac
import os
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

POLICY = Path(__file__).with_name("policy.json")
VERSIONING = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
OURS_ALREADY = "BucketAlreadyOwnedByYou"


class RefusedError(Exception):
    """The server said no; `args` are the status and its words."""


def signed(method: str, url: str, body: bytes, now: datetime.datetime) -> dict[str, str]:
    """The headers that prove who asks."""
    parts = urllib.parse.urlsplit(url)
    stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    scope = f"{day}/{os.environ['REGION']}/s3/aws4_request"
    digest = hashlib.sha256(body).hexdigest()
    headers = {"host": parts.netloc, "x-amz-content-sha256": digest, "x-amz-date": stamp}
    names = ";".join(sorted(headers))
    query = "&".join(sorted(one if "=" in one else f"{one}=" for one in parts.query.split("&") if one))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = f"{method}\n{parts.path or '/'}\n{query}\n{lines}\n{names}\n{digest}"
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"AWS4{os.environ['SECRET_ACCESS_KEY']}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    credential = f"{os.environ['ACCESS_KEY_ID']}/{scope}"
    headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"
    return headers


def put(what: str, body: bytes = b"") -> None:
    """One PUT of the bucket or of a property of it.

    Raises:
        RefusedError: When the server refuses.
    """
    url = f"{os.environ['ENDPOINT']}/{os.environ['BUCKET']}{what}"
    headers = signed("PUT", url, body, datetime.datetime.now(datetime.UTC))
    trust = ssl.create_default_context(cafile=os.environ.get("CA_FILE", "/run/ladder/tls/ca.crt"))
    request = urllib.request.Request(url, data=body, headers=headers, method="PUT")  # noqa: S310 (our own address)
    try:
        urllib.request.urlopen(request, timeout=10, context=trust).close()  # noqa: S310 (our own address)
    except urllib.error.HTTPError as error:
        raise RefusedError(error.code, error.read().decode(errors="replace")) from None


def main() -> None:
    """Make everything, waiting for a server that is still starting."""
    deadline = time.monotonic() + float(os.environ["DEADLINE_SECONDS"])
    while True:
        try:
            try:
                put("")
            except RefusedError as error:
                if OURS_ALREADY not in error.args[1]:
                    raise
            put("?versioning", VERSIONING)
            put("?policy", POLICY.read_bytes())
        except (OSError, RefusedError) as error:
            refused = isinstance(error, RefusedError) and error.args[0] < 500
            if refused or time.monotonic() > deadline:
                sys.exit(f"the bucket cannot be made: {error}")
            time.sleep(2)
        else:
            break
    sys.stdout.write(f"the bucket {os.environ['BUCKET']} is there, versioned, and has its policy\n")


if __name__ == "__main__":
    main()
