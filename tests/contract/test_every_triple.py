"""What must hold for every store, on every stage and cloud that the catalogue holds."""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from stacks import TRIPLES, config, external, inputs, least, settled

from components import record
from components.catalog import SUPPORT, Backend, Cloud, Keeper, Kind, Stage, keeper
from ladder.engine import Registration, Run, masked, plain

ROOT = Path(__file__).parents[2]
DATA = set(record.BEARERS)
"""Types of resources whose deletion deletes data."""

SERVING = {
    "kubernetes:apps/v1:StatefulSet",
    "kubernetes:core/v1:Namespace",
    "kubernetes:core/v1:Secret",
    "kubernetes:core/v1:Service",
    "random:index/randomPassword:RandomPassword",
    "tls:index/privateKey:PrivateKey",
}
"""Types of resources that a store needs to serve."""

ANEW = {"random:index/randomPassword:RandomPassword"}
"""What may go where a service takes another one at any time."""

BACKENDS = {
    Backend.IN_CLUSTER: "InCluster",
    Backend.AWS_RDS: "AwsRds",
    Backend.AWS_ELASTICACHE: "AwsElasticache",
    Backend.MONGODB_ATLAS: "MongodbAtlas",
    Backend.GCP_CLOUD_SQL: "GcpCloudSql",
    Backend.GCP_MEMORYSTORE: "GcpMemorystore",
}

SECRET = re.compile(r"generated:[-\w]+\.(?:result|bcryptHash|privateKeyPem\w*|authString)")
"""A generated value that must be marked secret wherever it goes."""

EXTERNALS = [(kind, cloud) for kind in Kind for cloud in Cloud]


@pytest.fixture(scope="module", params=TRIPLES, ids="-".join)
def triple(request: pytest.FixtureRequest) -> tuple[Kind, Run]:
    kind, stage, cloud = request.param
    return kind, settled(config(least(kind, stage), stage=stage, cloud=cloud))


def of_store(run: Run, kind: Kind) -> list[Registration]:
    return [found for found in run.registrations if f"::ladder:index:{kind.title()}" in found.urn]


def backend_of(run: Run, kind: Kind) -> Backend:
    facts = next(found for found in of_store(run, kind) if found.name == f"ladder-{kind}")
    return Backend(json.loads(inputs(facts)["data"]["ledger.json"])["backend"])


def test_a_second_up_changes_nothing(triple: tuple[Kind, Run]) -> None:
    kind, first = triple
    place = next(
        found for found in of_store(first, kind) if found.type.endswith("ConfigMap") and "ladder-" in found.name
    )
    facts = inputs(place)["data"]["ledger.json"]
    stage = next(stage for stage in Stage if f'"stage": "{stage}"' in facts)
    cloud = next(cloud for cloud in Cloud if f'"cloud": "{cloud}"' in facts)
    again = settled(config(least(kind, stage), stage=stage, cloud=cloud), first.after)
    assert again.changes == ()


def test_what_bears_data_and_what_it_needs_is_protected(triple: tuple[Kind, Run]) -> None:
    kind, run = triple
    needs = SERVING if backend_of(run, kind) is Backend.IN_CLUSTER else SERVING - ANEW
    held = [found for found in of_store(run, kind) if found.type in DATA | needs]
    assert [found.urn for found in held if not found.protect] == []
    assert any(found.type in DATA for found in held)


@pytest.mark.parametrize("section", [{Kind.REDIS: {"role": "cache"}}, {Kind.POSTGRES: external(Kind.POSTGRES)}])
def test_what_holds_no_data_is_free_to_go(section: dict[Kind, object]) -> None:
    there = settled(config(section))
    assert [found.urn for found in there.registrations if found.protect] == []
    gone = settled(config(), there.after)
    assert {op for op, _ in gone.changes} <= {"delete", "update"}


def test_nothing_is_retained_on_delete_in_daily_life(triple: tuple[Kind, Run]) -> None:
    _, run = triple
    assert [found.urn for found in run.registrations if found.retain_on_delete] == []


def test_every_resource_has_its_component_as_parent(triple: tuple[Kind, Run]) -> None:
    _, run = triple
    components = {"cluster", "namespace", "authority", "connections", "mongodb", "redis", "postgres", "mysql"}
    stray = [urn for urn in run.findings.top_level if urn.rpartition("::")[2] not in components]
    assert stray == []


def test_components_register_outputs_once_and_last(triple: tuple[Kind, Run]) -> None:
    _, run = triple
    assert (run.findings.without_outputs, run.findings.after_outputs) == ((), ())


def test_every_resource_is_made_through_a_provider_that_the_program_configured(triple: tuple[Kind, Run]) -> None:
    _, run = triple
    named = {found.urn for found in run.registrations if found.is_provider}
    stray = [
        found.urn
        for found in run.registrations
        if found.custom and not found.is_provider and found.provider.rpartition("::")[0] not in named
    ]
    assert stray == []


def test_tokens_are_those_that_states_remember(triple: tuple[Kind, Run]) -> None:
    kind, run = triple
    tokens = {found.type for found in of_store(run, kind) if found.type.startswith("ladder:")}
    assert tokens == {f"ladder:index:{kind.title()}", f"ladder:{kind}:{BACKENDS[backend_of(run, kind)]}"}


def test_the_record_is_written_after_everything_else(triple: tuple[Kind, Run]) -> None:
    kind, run = triple
    record = next(found for found in run.registrations if found.name == f"ladder-{kind}")
    custom = {found.urn for found in of_store(run, kind) if found.custom} - {record.urn}
    waited = set(record.dependencies)
    reached: set[str] = set()
    by_urn = {found.urn: found for found in run.registrations}
    while waited - reached:
        urn = (waited - reached).pop()
        reached.add(urn)
        waited |= set(by_urn[urn].dependencies)
    leftover = {urn.rpartition("::")[2] for urn in custom - reached}
    assert leftover <= {f"{kind}", f"{kind}-members"} or leftover == set(), leftover


def test_what_bears_data_carries_the_facts_that_the_guard_compares(triple: tuple[Kind, Run]) -> None:
    kind, run = triple
    claim = next(found for found in run.registrations if found.type in DATA)
    bearer = record.BEARERS[claim.type]
    carried = inputs(claim)
    for key in bearer.facts:
        carried = carried[key]
    assert carried[f"{bearer.prefix}kind"] == kind
    facts = ("backend", "cluster", "namespace", "engine", "version")
    assert {f"{bearer.prefix}{fact}" for fact in facts} <= set(carried)


def test_no_secret_is_readable_in_the_state(triple: tuple[Kind, Run]) -> None:
    """Generated values are `generated:<name>.<property>`: whatever is a password must be marked secret."""
    _, run = triple
    shown = str([masked(found.inputs) for found in run.registrations]) + str(masked(run.outputs))
    assert SECRET.findall(shown) == []
    assert SECRET.search(str([plain(found.inputs) for found in run.registrations]))


@pytest.mark.parametrize(("kind", "cloud"), EXTERNALS, ids=str)
def test_an_external_store_is_its_record_and_its_connection(kind: Kind, cloud: Cloud) -> None:
    run = settled(config({kind: external(kind)}, cloud=cloud))
    assert [found.type for found in of_store(run, kind) if found.custom] == ["kubernetes:core/v1:ConfigMap"]
    assert "test-password" not in str([masked(found.inputs) for found in run.registrations])


def test_all_stores_together_collide_nowhere() -> None:
    run = settled(config(mongodb={"replicas": 3}, redis={}, postgres={}, app={"image": "a:1"}))
    objects = Counter(
        (found.type, str(inputs(found)["metadata"]["name"]))
        for found in run.registrations
        if "kubernetes:" in found.type[:11]
    )
    assert [name for name, count in objects.items() if count > 1] == []


SDKS = {Cloud.AWS: "pulumi_aws", Cloud.GCP: "pulumi_gcp"}
LOADED = """
import json, sys
from stacks import settled
settled(json.loads(sys.argv[1]))
print(*sorted(it for it in sys.modules if it in ("pulumi_aws", "pulumi_azure", "pulumi_gcp", "pulumi_mongodbatlas")))
"""


@pytest.mark.parametrize(("stage", "cloud"), sorted({(stage, cloud) for _, stage, cloud in TRIPLES}))
def test_only_the_sdks_of_the_chosen_cloud_and_service_are_loaded(stage: Stage, cloud: Cloud) -> None:
    stores = {kind: least(kind, stage)[kind] for kind, *where in TRIPLES if where == [stage, cloud]}
    backends = [SUPPORT[kind, stage, cloud] for kind in stores]
    wanted = [SDKS[cloud]] if any(keeper(it) is Keeper.PROVIDER for it in backends) else []
    wanted += ["pulumi_mongodbatlas"] if Backend.MONGODB_ATLAS in backends else []
    given = json.dumps(config(stores, stage=stage, cloud=cloud))
    done = subprocess.run(
        [sys.executable, "-c", LOADED, given], cwd=ROOT, capture_output=True, text=True, env={"PYTHONPATH": ".:tests"}
    )
    assert (done.returncode, done.stdout.split()) == (0, sorted(wanted)), done.stderr
