"""What of a stack file holds at another stage, and what is left out and told."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from stacks import CLUSTER

from components import catalog
from components.catalog import Backend, Cloud, Kind, Stage
from infra.complaints import Complaint, SettingsError
from infra.settings import Settings
from ladder.plan import at_stage
from ladder.stack.document import parse
from ladder.stack.stackfile import StackFile

CONFIG = {
    "ladder:stage": "bootstrap",
    "ladder:cloud": "aws",
    "ladder:cluster": json.dumps(CLUSTER),
    "ladder:mongodb": json.dumps({"replicas": 3, "storage_gib": 50}),
    "ladder:postgres": json.dumps({"stage": "bootstrap", "cpu": 1, "memory_mib": 2048, "storage_gib": 50}),
    "ladder:app": json.dumps({"image": "acme/weather:1", "uses": ["mongodb", "postgres"]}),
}


def a_file(config: Mapping[str, str] = CONFIG) -> StackFile:
    return StackFile(
        root=Path(),
        project="ladder",
        organization="acme",
        stack="prod",
        full_name="prod",
        path=Path("Pulumi.prod.yaml"),
        document=parse("config: {}", "Pulumi.prod.yaml"),
        config=config,
        secret_keys=frozenset(),
    )


@pytest.fixture
def funded_postgres(monkeypatch: pytest.MonkeyPatch) -> list[StackFile]:
    """PostgreSQL alone can be funded, and takes neither cores nor memory there; what is read is kept."""
    seen: list[StackFile] = []

    def load(file: StackFile) -> Settings:
        seen.append(file)
        section = json.loads(file.config["ladder:postgres"])
        wrong = [key for key in ("cpu", "memory_mib") if key in section]
        if wrong:
            raise SettingsError([Complaint(key=f"ladder:postgres.{it}", value="", rule="", fix="") for it in wrong])
        return object.__new__(Settings)

    monkeypatch.setattr(
        catalog, "SUPPORT", catalog.SUPPORT | {(Kind.POSTGRES, Stage.FUNDED, Cloud.AWS): Backend.IN_CLUSTER}
    )
    for kind in (Kind.MONGODB, Kind.REDIS):
        monkeypatch.delitem(catalog.SUPPORT, (kind, Stage.FUNDED, Cloud.AWS), raising=False)
    monkeypatch.setattr(at_stage, "_load", load)
    return seen


def test_settings_that_do_not_hold_at_a_stage_are_left_out_and_told(funded_postgres: list[StackFile]) -> None:
    found = at_stage.put(a_file(), Stage.FUNDED)
    assert found.left_out == ["postgres.cpu", "postgres.memory_mib"]
    assert json.loads(found.file.config["ladder:postgres"]) == {"storage_gib": 50}
    assert found.file.config["ladder:stage"] == "funded"


def test_a_store_that_a_stage_does_not_have_leaves_the_application_too(funded_postgres: list[StackFile]) -> None:
    found = at_stage.put(a_file(), Stage.FUNDED)
    assert found.not_offered == [Kind.MONGODB]
    assert "ladder:mongodb" not in found.file.config
    assert json.loads(found.file.config["ladder:app"])["uses"] == ["postgres"]


def test_what_only_names_a_place_need_not_be_known_yet() -> None:
    given = {key: text for key, text in CONFIG.items() if key not in ("ladder:mongodb", "ladder:app")}
    cluster = json.dumps({**CLUSTER, "region": "eu-central-1"})
    found = at_stage.put(a_file(given | {"ladder:cluster": cluster}), Stage.FUNDED)
    assert set(found.stood_in) == {"cluster.account", "cluster.network"}
    assert found.settings.placement.account == "000000000000"
    assert found.left_out == ["postgres.cpu", "postgres.memory_mib"]


def test_nor_need_a_project_of_atlas() -> None:
    given = CONFIG | {"ladder:cluster": json.dumps({**CLUSTER, "region": "eu-central-1", "account": "123456789012"})}
    found = at_stage.put(a_file(given), Stage.FUNDED)
    assert set(found.stood_in) == {"cluster.network", "mongodb.atlas.project"}
    assert "mongodb.replicas" in found.left_out


def test_what_prices_depend_on_must_be_known() -> None:
    with pytest.raises(SettingsError, match="region"):
        at_stage.put(a_file(), Stage.FUNDED)


def test_at_its_own_stage_a_stack_stays_what_it_is() -> None:
    found = at_stage.put(a_file(), Stage.BOOTSTRAP)
    assert (found.left_out, found.not_offered) == ([], [])
    assert json.loads(found.file.config["ladder:mongodb"]) == {"replicas": 3, "storage_gib": 50}


def test_what_is_wrong_beside_a_stores_settings_is_an_error() -> None:
    with pytest.raises(SettingsError, match="ladder:namespace"):
        at_stage.put(a_file(CONFIG | {"ladder:namespace": "No Such"}), Stage.BOOTSTRAP)
