"""Stacks that tests build on the offline engine."""

import json
from collections.abc import Mapping
from typing import Any, cast

from components.catalog import SUPPORT, Backend, Cloud, Kind, Stage
from infra import program
from ladder import vaults
from ladder.engine import Registration, Run, Snapshot, plain, run

CLUSTER = {"kind": "existing", "context": "test", "storage_class": "fast"}
_GCP = {"region": "europe-west3", "account": "acme-prod-1", "api_access": ["203.0.113.7/32"]}
_AWS = {"region": "eu-central-1", "account": "123456789012", "api_access": ["203.0.113.7/32"]}
ID = "0b1f6471-1bf0-4dda-aec3-111122223333"
CLUSTERS: dict[str, dict[str, object]] = {
    "existing": dict(CLUSTER),
    "eks": {"kind": "eks", **_AWS},
    "single_node": {"kind": "single_node", **_AWS},
    "gke": {"kind": "gke", **_GCP},
    "single_node-gcp": {"kind": "single_node", **_GCP},
}
"""One cluster of each kind, as briefly as it can be written."""

HOMES = {
    "existing": Cloud.LOCAL,
    "eks": Cloud.AWS,
    "single_node": Cloud.AWS,
    "gke": Cloud.GCP,
    "single_node-gcp": Cloud.GCP,
}
"""A cloud for each of them."""

BESIDE: dict[Cloud, dict[str, object]] = {
    Cloud.AWS: {
        **CLUSTER,
        "region": "eu-central-1",
        "account": "123456789012",
        "network": {"vpc": "vpc-1", "subnets": ["subnet-a", "subnet-b"], "security_group": "sg-machines"},
    },
    Cloud.GCP: {
        **CLUSTER,
        "region": "europe-west3",
        "account": "acme-prod-1",
        "network": {
            "vpc": "projects/acme-prod-1/global/networks/acme",
            "subnetwork": "projects/acme-prod-1/regions/europe-west3/subnetworks/acme",
            "services_range": "google-services",
        },
    },
}
"""A cluster that exists, as a stack writes it whose stores are services beside it."""

EXTERNAL = {
    Kind.MONGODB: "mongodb://app:test-password@db.example.com:27017/app?tls=true",
    Kind.REDIS: "rediss://app:test-password@db.example.com:6379/0",
    Kind.POSTGRES: "postgresql://app:test-password@db.example.com:5432/app?sslmode=verify-full",
    Kind.MYSQL: "mysql://app:test-password@db.example.com:3306/app?ssl-mode=VERIFY_IDENTITY",
}
"""URIs of stores that somebody else runs; the passwords are test values."""

TRIPLES = sorted(SUPPORT)
"""Every store, stage and cloud that the catalogue holds."""


LEAST: dict[tuple[Kind, Stage], dict[str, object]] = {
    (Kind.MONGODB, Stage.FUNDED): {"atlas": {"project": "5f0e9d8c7b6a59483726150f"}}
}
"""What a store must be told at a stage, however briefly it is written."""


def least(kind: Kind, stage: Stage | str, **more: object) -> dict[Kind, object]:
    """A store with what it must be told; settings of the same group are put together."""
    found: dict[str, object] = dict(more)
    for section, settings in LEAST.get((kind, Stage(stage)), {}).items():
        given = found.get(section)
        found[section] = {**cast("dict[str, object]", settings), **cast("dict[str, object]", given or {})}
    return {kind: found}


def config(
    stores: Mapping[Kind, object] | None = None,
    *,
    stage: Stage = Stage.BOOTSTRAP,
    cloud: Cloud = Cloud.LOCAL,
    cluster: Mapping[str, object] | None = None,
    **sections: object,
) -> dict[str, str]:
    """A stack's configuration as the engine hands it over; a section that is None is left out."""
    usual = CLUSTER if stage is Stage.BOOTSTRAP else BESIDE.get(cloud, CLUSTER)
    given = {"cluster": dict(usual if cluster is None else cluster), **(stores or {}), **sections}
    objects = {
        f"ladder:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in given.items()
        if value is not None
    }
    return {"ladder:stage": stage, "ladder:cloud": cloud, **objects}


def external(kind: Kind, **more: object) -> dict[str, object]:
    """The section of a store that somebody else runs."""
    return {"backend": Backend.EXTERNAL, "external": {"uri": EXTERNAL[kind]}, **more}


def vault(kind: str = "in_cluster", **more: object) -> dict[str, str]:
    """The configuration of a vault stack."""
    keys = {"access_key_id": "AK", "secret_access_key": "test-key"}
    whole: dict[str, dict[str, object]] = {
        "azure_blob": {"region": "germanywestcentral", "subscription": ID, "tenant": ID, "operator": ID},
        "gcs": {"region": "europe-west3", "project": "acme-prod-1"},
        "in_cluster": {},
        "s3": {"region": "eu-central-1", "account": "123456789012"},
        "s3_compatible": {"endpoint": "https://s3.example.com", "bucket": "acme", "writer": keys, "pruner": keys},
    }
    repository = {"kind": kind, **whole[kind], **more}
    return {
        "ladder:kind": "vault",
        "ladder:cloud": "local",
        "ladder:repository": json.dumps(repository),
        **({"ladder:cluster": json.dumps(CLUSTER)} if kind == "in_cluster" else {}),
    }


def up(settings: Mapping[str, str], before: Snapshot | None = None, **options: Any) -> Run:
    """One `pulumi up` of the whole program; every section that may hold a secret counts as holding one."""
    secret_keys = frozenset([*(f"ladder:{kind}" for kind in Kind), "ladder:repository", "ladder:alerts"])
    return run(
        lambda: program.main(look=False),
        config=settings,
        secret_keys=secret_keys,
        before=before,
        skip_preview=True,
        **{"invokes": vaults.OFFLINE, **options},
    )


def settled(settings: Mapping[str, str], before: Snapshot | None = None) -> Run:
    """An `up` that must succeed."""
    done = up(settings, before)
    assert done.error is None, done.error
    return done


def inputs(found: Registration) -> Any:
    """What was registered, secrets in plain text, as untyped as JSON is."""
    return plain(found.inputs)
