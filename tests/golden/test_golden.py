"""Every registration of every supported store, stage and cloud, as a file that a review reads as a diff.

`UPDATE_GOLDEN=1 pytest tests/golden` writes the files anew.
"""

import json
import os
from hashlib import sha256
from pathlib import Path

import pytest
from stacks import CLUSTERS, HOMES, TRIPLES, config, external, least, settled, vault

from components.backups.hooks import HOOKS
from components.backups.vault import RepositoryKind
from components.catalog import Cloud, Kind, Stage
from ladder.engine import Run, masked

HERE = Path(__file__).parent
LONG = 400
"""Characters from which a text (a script) is shown as its digest: its own file has the diff."""


def shortened(value: object) -> object:
    if isinstance(value, dict):
        return {key: shortened(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shortened(inner) for inner in value]
    if isinstance(value, str) and len(value) > LONG:
        return f"sha256:{sha256(value.encode()).hexdigest()[:16]} ({len(value)} characters)"
    return value


def picture(run: Run) -> str:
    found = {
        registration.urn.split("::", 2)[2]: {
            "inputs": shortened(masked(registration.inputs)),
            "protect": registration.protect or False,
            "dependencies": sorted(urn.split("::", 2)[2] for urn in registration.dependencies),
        }
        for registration in run.registrations
    }
    return json.dumps(found, indent=1, sort_keys=True) + "\n"


def compare(name: str, run: Run) -> None:
    path = HERE / f"{name}.json"
    now = picture(run)
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_text(now)
    assert path.exists(), f"{path.name} is missing: write it with UPDATE_GOLDEN=1"
    assert json.loads(now) == json.loads(path.read_text()), f"{path.name} differs: look, then UPDATE_GOLDEN=1"


@pytest.mark.parametrize(("kind", "stage", "cloud"), TRIPLES, ids=str)
def test_registrations_are_those_that_were_reviewed(kind: Kind, stage: Stage, cloud: Cloud) -> None:
    compare(f"{kind}-{stage}-{cloud}", settled(config(least(kind, stage), stage=stage, cloud=cloud)))


@pytest.mark.parametrize("kind", list(Kind))
def test_external_registrations_are_those_that_were_reviewed(kind: Kind) -> None:
    compare(f"{kind}-external", settled(config({kind: external(kind)})))


def test_the_application_is_the_one_that_was_reviewed() -> None:
    app = {"image": "acme/weather:1", "ingress": {"host": "weather.example.com", "class": "nginx"}, "node_port": 30080}
    compare("app", settled(config(redis={"role": "cache"}, app=app)))


@pytest.mark.parametrize("kind", [kind for kind in CLUSTERS if kind != "existing"])
def test_the_clusters_are_those_that_were_reviewed(kind: str) -> None:
    compare(f"cluster-{kind}", settled(config(cloud=HOMES[kind], cluster=CLUSTERS[kind], redis={})))


BACKED_UP = sorted(HOOKS)
VAULTS = sorted(RepositoryKind)


@pytest.mark.parametrize("kind", BACKED_UP)
def test_backups_are_those_that_were_reviewed(kind: Kind) -> None:
    compare(f"{kind}-backups", settled(config({kind: {}}, vault="acme-vault")))


def test_shipping_is_what_was_reviewed() -> None:
    compare(
        "postgres-point-in-time", settled(config(postgres={"backup": {"point_in_time_days": 7}}, vault="acme-vault"))
    )


@pytest.mark.parametrize("kind", VAULTS)
def test_vaults_are_those_that_were_reviewed(kind: RepositoryKind) -> None:
    compare(f"vault-{kind}", settled(vault(kind)))


def test_no_golden_file_is_left_over() -> None:
    expected = {"-".join(triple) for triple in TRIPLES} | {f"{kind}-external" for kind in Kind} | {"app"}
    expected |= {f"cluster-{kind}" for kind in CLUSTERS if kind != "existing"}
    expected |= (
        {"postgres-point-in-time"} | {f"{kind}-backups" for kind in BACKED_UP} | {f"vault-{kind}" for kind in VAULTS}
    )
    assert {path.stem for path in HERE.glob("*.json")} == expected
