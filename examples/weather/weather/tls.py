"""A look at a server's certificate, for drivers that do not tell their own TLS version."""

import socket
import ssl
from pathlib import Path

from weather.watch import StoreError, Tls, explain

_TIMEOUT_S = 2.0


def handshake(host: str, port: int, ca: Path | None, *, verify: bool) -> Tls:
    """Connect once, with the trust that the driver has. Raises StoreError."""
    context = ssl.create_default_context(cafile=None if ca is None else str(ca))
    # Python 3.13 also demands extensions that many private CAs leave out; chain, dates and host name, which
    # are what "verified" means, do not depend on them.
    context.verify_flags &= ~ssl.VerifyFlags.VERIFY_X509_STRICT
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((host, port), timeout=_TIMEOUT_S) as plain,
            context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            return Tls(version=secure.version() or "TLS", verified=verify)
    except OSError as error:
        raise StoreError(explain(error), lost=True) from error
