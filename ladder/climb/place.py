"""Whether applications are told of the place where a store goes."""

import base64
from urllib.parse import urlsplit

from pydantic import Field

from components.app.connections import NAME, uri_key
from components.store import StoreArgs
from infra.cluster_api import Reader, Shape

SOURCE, TARGET = "climb-source", "climb-target"
"""What the names of the Secrets with the logins of a climb's jobs end in."""


class _Secret(Shape):
    data: dict[str, str] = Field(default_factory=dict[str, str], repr=False)

    def text(self, key: str) -> str:
        return base64.b64decode(self.data.get(key, "")).decode()


class Place:
    """Reads it in the cluster of a stack."""

    def __init__(self, cluster: Reader, namespace: str) -> None:
        """Nothing is read yet."""
        self._cluster = cluster
        self._namespace = namespace

    def shows(self, target: StoreArgs) -> bool:
        """Whether the Secret that applications read holds the target's address.

        Raises:
            ClusterError: The cluster does not answer.
            Forbidden: These credentials may not read Secrets.
        """
        told = self._secret(NAME)
        new, old = (self._secret(f"{target.name}-{which}") for which in (TARGET, SOURCE))
        if told is None or new is None:
            return False
        uri = told.text(uri_key(target.kind))
        address = urlsplit(uri).netloc.rpartition("@")[2]
        if old and old.text("host") == new.text("host"):
            return f"{new.text('host')}:{new.text('port')}" in address
        return new.text("host") in address

    def _secret(self, name: str) -> _Secret | None:
        return self._cluster.get(f"/api/v1/namespaces/{self._namespace}/secrets/{name}", _Secret)
