"""A store that somebody else runs: nothing is made but its connection."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote, urlsplit

import pulumi

from components.backups.args import BackupAccess
from components.endpoint import Endpoint
from components.store import StoreArgs


@dataclass(frozen=True, kw_only=True)
class External:
    """The backend that makes no resource.

    Attributes:
        endpoint: What the URI says.
        login: How a climb's jobs reach it: as the user that they were given, else as the application.
        made: Nothing.
        backup: Nothing: whoever runs it backs it up.
    """

    endpoint: Endpoint
    login: Endpoint
    made: tuple[pulumi.Resource, ...] = ()
    backup: BackupAccess | None = None

    @classmethod
    def run(cls, store: StoreArgs, default_port: int) -> Self:
        """The backend of `store`, which names it in `external`.

        Args:
            store: As its facade was asked.
            default_port: The protocol's port, for a URI that names none.

        Raises:
            ValueError: When it names none.
        """
        if store.external is None:
            raise ValueError(f"store {store.name}: its backend is external and external is absent; name its URI")
        uri, ca = store.external.uri, store.external.ca
        endpoint = external_endpoint(uri, ca, default_port)
        other = store.external.climb_uri
        return cls(endpoint=endpoint, login=external_endpoint(other, ca, default_port) if other else endpoint)


def external_endpoint(uri: pulumi.Input[str], ca: pulumi.Input[str] | None, default_port: int) -> Endpoint:
    """The endpoint of a store that somebody else runs: the URI is passed on unchanged.

    Args:
        uri: As the driver wants it. Becomes secret.
        ca: PEM of a private authority; empty when the public ones are meant.
        default_port: The protocol's port, for a URI that names none.
    """
    secret = pulumi.Output.secret(uri)

    def part(of: str) -> pulumi.Output[str]:
        return secret.apply(lambda text: _parts(text, default_port)[of])

    return Endpoint(
        host=pulumi.Output.unsecret(part("host")),
        port=pulumi.Output.unsecret(part("port")).apply(int),
        username=pulumi.Output.unsecret(part("username")),
        password=part("password"),
        database=pulumi.Output.unsecret(part("database")),
        ca=pulumi.Output.from_input(ca or ""),
        uri=secret,
    )


def _parts(uri: str, default_port: int) -> dict[str, str]:
    split = urlsplit(uri)
    credentials, _, hosts = split.netloc.rpartition("@")
    username, _, password = credentials.partition(":")
    host, _, port = hosts.split(",")[0].partition(":")
    return {
        "host": host,
        "port": port or str(default_port),
        "username": unquote(username),
        "password": unquote(password),
        "database": split.path.lstrip("/"),
    }
