"""How long the certificates of a stack's stores are good for."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from cryptography import x509

from components.kubernetes.certificates import RENEWAL_HOURS
from components.store import StoreArgs
from infra.cluster_api import Reader, Shape, at

SOON_DAYS = RENEWAL_HOURS // 24


@dataclass(frozen=True, kw_only=True)
class Expiry:
    """A certificate.

    Attributes:
        whose: Of what, for a person.
        days: Until it ends; negative when it has ended.
        fix: How it is renewed.
    """

    whose: str
    days: int
    fix: str

    @property
    def soon(self) -> bool:
        """Whether it is in its last year."""
        return self.days < SOON_DAYS

    @property
    def seen(self) -> str:
        """What is left, in words."""
        return f"{self.whose}: {f'{self.days} days left' if self.days >= 0 else f'ended {-self.days} days ago'}"


class TlsSecret(Shape):
    """The public half of a store's TLS Secret, base64; the key is not read."""

    certificate: Annotated[str, at("data/tls.crt")]
    authority: Annotated[str, at("data/ca.crt")]


def read(cluster: Reader, stores: Sequence[StoreArgs], now: datetime) -> Iterator[Expiry]:
    """The authority first, each once, and then the server certificates; stores without a Secret yet are left out.

    Raises:
        ClusterError: The cluster does not answer.
        Forbidden: These credentials may not read Secrets.
    """
    held: dict[str, TlsSecret] = {}
    for store in stores:
        path = f"/api/v1/namespaces/{store.placement.namespace}/secrets/{store.name}-tls"
        if secret := cluster.get(path, TlsSecret):
            held[store.name] = secret
    for authority in dict.fromkeys(secret.authority for secret in held.values()):
        fix = "renew the authority by hand, clients trust it: docs/certificates.md"
        yield Expiry(whose="authority", days=days_left(authority, now), fix=fix)
    for name, secret in held.items():
        fix = "pulumi up renews it, and the pods are rolled"
        yield Expiry(whose=name, days=days_left(secret.certificate, now), fix=fix)


def days_left(encoded: str, now: datetime) -> int:
    """Days until a certificate (base64 of PEM, as a Secret holds it) ends; negative when it has ended."""
    certificate = x509.load_pem_x509_certificate(base64.b64decode(encoded))
    return (certificate.not_valid_after_utc - now).days
