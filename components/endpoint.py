"""What an application needs to reach a store: the same shape on every backend."""

from dataclasses import dataclass

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
        read_uri: The same for copies that are only read; absent where there are none. Secret.
    """

    host: pulumi.Output[str]
    port: pulumi.Output[int]
    username: pulumi.Output[str]
    password: pulumi.Output[str]
    database: pulumi.Output[str]
    ca: pulumi.Output[str]
    uri: pulumi.Output[str]
    read_uri: pulumi.Output[str] | None = None

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
            **({"readUri": self.read_uri} if self.read_uri is not None else {}),
        }
