"""The one Secret through which applications reach the stores; its keys are the same on every backend."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

import pulumi
import pulumi_kubernetes as k8s

from components import labels, options
from components.catalog import Kind
from components.endpoint import Endpoint
from components.kubernetes import secrets

NAME = "ladder-connections"
CA_KEY = "ca.crt"


def uri_key(kind: Kind) -> str:
    """The key, and environment variable, under which an application finds the URI of a store."""
    match kind:
        case Kind.MONGODB:
            return "MONGODB_URI"
        case Kind.REDIS:
            return "REDIS_URL"
        case Kind.POSTGRES:
            return "DATABASE_URL"
        case Kind.MYSQL:
            return "MYSQL_URL"
        case _:
            assert_never(kind)


def read_uri_key(kind: Kind) -> str:
    """The key under which an application finds the URI of a store's copies for reading: `DATABASE_READ_URL`."""
    stem, _, last = uri_key(kind).rpartition("_")
    return f"{stem}_READ_{last}"


@dataclass(frozen=True, kw_only=True)
class ConnectionsArgs:
    """What the Secret holds.

    Attributes:
        namespace: Where it lives.
        endpoints: Of the stores, in the catalogue's order.
    """

    namespace: str
    endpoints: Mapping[Kind, Endpoint]


class Connections(pulumi.ComponentResource):
    """The Secret `ladder-connections`: a URI per store, and every authority to trust in `ca.crt`.

    Creates:
        - the Secret
    """

    TOKEN = "ladder:app:Connections"  # noqa: S105 (a type's name)
    checksum: pulumi.Output[str]
    secret: k8s.core.v1.Secret

    def __init__(self, name: str, args: ConnectionsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the Secret."""
        super().__init__(self.TOKEN, name, None, opts)
        uris = {uri_key(kind): endpoint.uri for kind, endpoint in args.endpoints.items()}
        uris |= {read_uri_key(kind): it.read_uri for kind, it in args.endpoints.items() if it.read_uri is not None}
        authorities = pulumi.Output.all(*(endpoint.ca for endpoint in args.endpoints.values())).apply(bundle)
        self.secret = k8s.core.v1.Secret(
            name,
            metadata=k8s.meta.v1.ObjectMetaArgs(
                name=NAME, namespace=args.namespace, labels={labels.MANAGED_BY: "ladder"}
            ),
            string_data={**uris, CA_KEY: authorities},
            opts=options.child(self),
        )
        self.checksum = secrets.fingerprint(*uris.values(), authorities)
        self.register_outputs({"name": NAME, "checksum": self.checksum})


def bundle(authorities: list[str]) -> str:
    """The distinct authorities, PEM, in the order of the stores."""
    return "".join(f"{pem.strip()}\n" for pem in dict.fromkeys(authorities) if pem.strip())
