"""A cluster of plain dictionaries, and the settings of stacks that look at it."""

import json
from collections.abc import Iterable, Mapping
from typing import TypeVar

from infra import settings
from infra.cluster_api import Forbidden, Shape
from infra.settings import Settings

S = TypeVar("S", bound=Shape)
Object = Mapping[str, object]

NAMESPACE = "ladder-dev"
OWN = {"ladder/stack": "ladder.dev"}
CLUSTER = {"kind": "existing", "context": "test", "storage_class": "fast"}


def stack(**sections: object) -> Settings:
    """The stack `dev`; by default a PostgreSQL, a Redis cache and an application."""
    given: dict[str, object] = {
        "cluster": CLUSTER,
        "postgres": {},
        "redis": {"role": "cache"},
        "app": {"image": "local/app:1", "replicas": {"min": 1, "max": 3}},
        **sections,
    }
    config = {f"ladder:{key}": json.dumps(value) for key, value in given.items() if value is not None}
    return settings.load(
        {"ladder:stage": "bootstrap", "ladder:cloud": "local", **config},
        lambda _: True,
        project="ladder",
        stack="dev",
        organization="organization",
    )


def namespace(labels: Mapping[str, str], phase: str = "Active") -> Object:
    return {"metadata": {"labels": dict(labels)}, "status": {"phase": phase}}


def storage_class(name: str, *, reclaim: str = "Retain", grows: bool | None = True) -> Object:
    return {"metadata": {"name": name}, "reclaimPolicy": reclaim, "allowVolumeExpansion": grows}


def healthy() -> dict[str, Object]:
    """What preflight reads of a cluster that has nothing wrong."""
    return {
        "/version": {"major": "1", "minor": "34", "gitVersion": "v1.34.4"},
        "/apis/storage.k8s.io/v1/storageclasses": {"items": [storage_class("fast")]},
        f"/api/v1/namespaces/{NAMESPACE}": namespace(OWN),
        "/apis/metrics.k8s.io/v1beta1": {"groupVersion": "metrics.k8s.io/v1beta1"},
    }


class FakeCluster:
    """Answers from dictionaries by path; logs by `<pod>/<container>`, or `<pod>/<container>/previous`."""

    def __init__(
        self, objects: Mapping[str, Object], logs: Mapping[str, str] | None = None, forbidden: Iterable[str] = ()
    ) -> None:
        self.objects = dict(objects)
        self.logs = logs or {}
        self.forbidden = set(forbidden)
        self.asked: list[str] = []

    def get(self, path: str, shape: type[S], **query: str) -> S | None:
        self.asked.append(path)
        if path in self.forbidden:
            raise Forbidden(f"GET {path}")
        found = self.objects.get(path)
        return None if found is None else shape.model_validate_json(json.dumps(found))

    def text(self, path: str, **query: str) -> str | None:
        pod = path.removesuffix("/log").rpartition("/")[2]
        suffix = "/previous" if query.get("previous") == "true" else ""
        return self.logs.get(f"{pod}/{query['container']}{suffix}")
