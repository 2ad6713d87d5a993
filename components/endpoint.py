"""What an application needs to reach a store: the same shape on every backend."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import pulumi

CONNECTIONS_FOLDER = "/etc/ladder"
"""Where an application mounts the connection Secret."""

CA_FILE = f"{CONNECTIONS_FOLDER}/ca.crt"
"""The path that every URI names as the authority to trust."""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """How to reach a store; nothing in it is particular to a cloud.

    Attributes:
        host: Name of the (first) server.
        port: TCP port of it.
        username: Who the application logs in as.
        password: Secret.
        database: The application's database; empty where a protocol has none.
        ca: PEM of the authority that signed the server's certificate; empty without TLS.
        uri: All of it in the protocol's own form. Secret.
    """

    host: pulumi.Output[str]
    port: pulumi.Output[int]
    username: pulumi.Output[str]
    password: pulumi.Output[str]
    database: pulumi.Output[str]
    ca: pulumi.Output[str]
    uri: pulumi.Output[str]

    def outputs(self) -> dict[str, pulumi.Output[str] | pulumi.Output[int]]:
        """The endpoint as component outputs; the names never change."""
        return {
            "host": self.host,
            "port": self.port,
            "username": self.username,
            "password": self.password,
            "database": self.database,
            "ca": self.ca,
            "uri": self.uri,
        }


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
