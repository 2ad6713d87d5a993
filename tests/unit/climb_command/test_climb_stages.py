"""A whole stack to another stage: which stores go, in which order, and what one line is left in the end."""

import sys
from pathlib import Path

import pytest
from climb_world import PROJECT, World, tools

from components.catalog import Backend, Kind, Stage
from ladder import cli, plan
from ladder.climb import doing, stages, staging
from ladder.climb.climbing import Climb, Climbed
from ladder.climb.stages import Exchange, How
from ladder.engine import Snapshot
from ladder.stack import edits, stackfile

FILE = """\
# all of it
config:
  ladder:stage: bootstrap # until the money comes
  ladder:cloud: aws
  ladder:cluster: {kind: eks, region: eu-central-1, account: "123456789012", api_access: [203.0.113.7/32]}
  ladder:vault: safe
  ladder:mongodb: {storage_gib: 10}
  ladder:redis: {role: cache} # forgets
  ladder:postgres:
    storage_gib: 40 # the books
  ladder:mysql: {storage_gib: 5}
"""
FUNDED = (
    FILE.replace("bootstrap #", "funded #")
    .replace("{storage_gib: 5}", "{storage_gib: 5, stage: bootstrap}")
    .replace("{storage_gib: 10}", "{backend: in_cluster, storage_gib: 10}")
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("Pulumi.yaml").write_text(PROJECT)
    Path("Pulumi.prod.yaml").write_text(FILE)
    return tmp_path


@pytest.fixture
def stays(folder: Path) -> None:
    """MongoDB needs a project at Atlas: whoever has none names its backend."""
    write(("{storage_gib: 10}", "{backend: in_cluster, storage_gib: 10}"))


def legs() -> list[stages.Leg]:
    file = stackfile.load("prod")
    return stages.legs(file, plan.read_settings(file), Stage.FUNDED)


def write(*changes: tuple[str, str]) -> None:
    text = Path("Pulumi.prod.yaml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    Path("Pulumi.prod.yaml").write_text(text)


@pytest.mark.usefixtures("folder")
def test_what_can_be_lost_goes_first_then_the_smallest_and_what_has_no_place_stays() -> None:
    assert [(it.store.kind, it.how, it.to) for it in legs()] == [
        (Kind.REDIS, How.EXCHANGED, Backend.AWS_ELASTICACHE),
        (Kind.MONGODB, How.CLIMBS, Backend.MONGODB_ATLAS),
        (Kind.POSTGRES, How.CLIMBS, Backend.AWS_RDS),
        (Kind.MYSQL, How.STAYS, Backend.IN_CLUSTER),
    ]
    assert "there is: bootstrap" in legs()[-1].words


@pytest.mark.usefixtures("folder")
def test_what_names_its_backend_or_is_there_already_does_not_go() -> None:
    write(("storage_gib: 40 # the books", "backend: in_cluster"), ("{role: cache}", "{role: cache, stage: funded}"))
    found = {it.store.kind: it for it in legs()}
    assert (found[Kind.POSTGRES].how, found[Kind.POSTGRES].why) == (How.STAYS, "its section names the backend")
    assert found[Kind.REDIS].how is How.STAYS


@pytest.mark.usefixtures("stays")
def test_in_the_end_one_line_is_changed_and_what_stays_says_so() -> None:
    write(
        ("{role: cache}", "{role: cache, stage: funded}"),
        ("    storage_gib: 40 #", "    stage: funded\n    storage_gib: 40 #"),
    )
    file = stackfile.load("prod")
    assert stages.flipped(file, Stage.FUNDED).text == FUNDED
    then = file.having(stages.flipped(file, Stage.FUNDED))
    before, after = ({kind: it.backend for kind, it in plan.read_settings(one).stores.items()} for one in (file, then))
    assert before == after


@pytest.mark.usefixtures("folder")
def test_the_line_is_not_changed_under_a_store_that_is_not_there_yet() -> None:
    file = stackfile.load("prod")
    held = plan.read_settings(file.having(stages.flipped(file, Stage.FUNDED))).stores
    assert {kind: it.backend for kind, it in held.items()} == dict.fromkeys(held, Backend.IN_CLUSTER)


class Engine:
    """Notes what the file said at each `up`; dies before one."""

    def __init__(self, dies_at: int = 0) -> None:
        self.seen: list[str] = []
        self.dies_at = dies_at

    def up(self) -> None:
        if len(self.seen) + 1 == self.dies_at:
            self.dies_at = 0
            raise KeyboardInterrupt
        self.seen.append(str(stackfile.load("prod").document.at("config", "ladder:redis")))

    def destroy(self) -> None:
        raise AssertionError

    def begin_up(self):
        raise AssertionError

    def state(self) -> Snapshot:
        return Snapshot.empty()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("dies_at", [0, 1, 2])
def test_a_cache_is_exchanged_in_two_updates_wherever_it_was_killed(dies_at: int) -> None:
    engine = Engine(dies_at)

    def go() -> None:
        leg = next(it for it in legs() if it.store.kind is Kind.REDIS)
        if leg.how is How.EXCHANGED:
            Exchange(file=stackfile.load("prod"), engine=engine, say=lambda _: None).go(leg.store, Stage.FUNDED)
        else:
            engine.up()

    if dies_at:
        with pytest.raises(KeyboardInterrupt):
            go()
    go()
    assert engine.seen[-1] == "{'role': 'cache', 'stage': 'funded'}"
    assert "{'role': 'cache', 'phase': 'remove'}" in engine.seen
    assert Path("Pulumi.prod.yaml").read_text() == FILE.replace("{role: cache}", "{role: cache, stage: funded}")


def test_a_store_says_its_stage_when_it_arrived_by_stage(world: World) -> None:
    """The end of one leg, by the file alone: external has no stage, so the backend is what it says."""
    Climb(tools(world), {"backend": "external"}).go()
    assert "backend: external" in Path("Pulumi.prod.yaml").read_text()


@pytest.mark.usefixtures("stays")
def test_the_command_takes_every_store_and_then_writes_the_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone: list[str] = []

    class Quick:
        """A climb that only writes its end."""

        def __init__(self, it, to) -> None:
            self.kind, self.to = it, to

        def go(self) -> Climbed:
            gone.append(self.kind)
            key = f"ladder:{self.kind}"
            file = stackfile.load("prod")
            held = edits.with_value(file.document, (key, "stage"), self.to["stage"])
            edits.save(file.path, held)
            store = plan.read_settings(stackfile.load("prod")).stores[self.kind]
            return Climbed(source=store, target=store)

    engine = Engine()
    monkeypatch.setattr(doing, "PulumiCli", lambda _: engine)
    monkeypatch.setattr(staging, "Climb", Quick)
    monkeypatch.setattr(doing, "tools_of", lambda _file, _wanted, store, yes, limit: store.kind)
    monkeypatch.setattr(doing, "finish", lambda _tools, do, _out: do())
    monkeypatch.setattr(staging, "_refuse", lambda *_: None)
    assert run("--stage", "funded", "--dry-run", monkeypatch=monkeypatch) == 0
    assert (gone, engine.seen) == ([], [])
    assert "postgres   climbs     in_cluster → aws_rds" in capsys.readouterr().out
    assert run("--stage", "funded", "--yes", monkeypatch=monkeypatch) == 0
    assert gone == ["postgres"]
    assert Path("Pulumi.prod.yaml").read_text() == FUNDED
    assert run("--stage", "funded", "--yes", monkeypatch=monkeypatch) == 0
    assert "nothing to do" in capsys.readouterr().err
    assert len(engine.seen) == 3


def run(*arguments: str, monkeypatch: pytest.MonkeyPatch) -> int | str | None:
    monkeypatch.setattr(sys, "argv", ["ladder", "climb", "--stack", "prod", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.app()
    return ended.value.code
