"""What a person sees of a climb: the plan, how far it is, the report; and how the command is asked."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from climb_world import World, tools

from components.catalog import Backend
from ladder import cli, plan
from ladder.climb import doing, report
from ladder.climb.climbing import Climb, Climbed
from ladder.climb.progress import Progress
from ladder.errors import Exit, LadderError
from ladder.stack import stackfile

Ladder = Callable[..., tuple[Exit, str, str]]


@pytest.fixture
def ladder(world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ladder:
    """Run `ladder climb` with these arguments on the stack prod, with its engine played."""
    monkeypatch.setattr(doing, "PulumiCli", lambda _: tools(world).engine)

    def run(*arguments: str) -> tuple[Exit, str, str]:
        monkeypatch.setattr(sys, "argv", ["ladder", "climb", "--stack", "prod", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.app()
        printed = capsys.readouterr()
        return Exit(ended.value.code), printed.out, printed.err

    return run


def test_the_plan_says_what_it_costs_how_it_goes_and_the_way_back(ladder: Ladder, world: World) -> None:
    code, out, err = ladder("postgres", "--to", "external", "--dry-run")
    assert (code, err) == (Exit.OK, "")
    for said in (
        "postgres of prod: in_cluster → external",
        "run by somebody else",
        "phase: copy in Pulumi.prod.yaml,",
        "ladder climb postgres --back --stack prod",
        "ladder climb postgres --to in_cluster --stack prod",
        "size not known",
    ):
        assert said in out
    assert world.steps == []


def test_the_plan_for_programs(ladder: Ladder) -> None:
    code, out, _ = ladder("postgres", "--to", "external", "--dry-run", "--json")
    found = json.loads(out)
    assert (code, found["from"], found["to"], found["bytes"]) == (Exit.OK, "in_cluster", "external", None)
    assert found["now"]["cost_per_month"]["currency"] == "USD"


def test_a_plan_needs_no_cli(ladder: Ladder, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_: object) -> None:
        raise LadderError(Exit.MISSING, "the Pulumi CLI is not on PATH")

    monkeypatch.setattr(doing, "PulumiCli", none)
    code, out, _ = ladder("postgres", "--to", "external", "--dry-run")
    assert code is Exit.OK
    assert "The state was not read" in out
    assert ladder("postgres", "--to", "external")[0] is Exit.MISSING


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("mysql", "--to", "external"), Exit.WRONG, "one of: postgres"),
        (("postgres",), Exit.USAGE, "--to BACKEND"),
        (("postgres", "--to", "external", "--back"), Exit.USAGE, "--to BACKEND"),
        (("--to", "external"), Exit.USAGE, "name a store"),
        (("postgres", "--back", "--dry-run"), Exit.USAGE, "--dry-run"),
        (("postgres", "--status", "--back"), Exit.USAGE, "--status goes alone"),
        (("postgres", "--stage", "funded"), Exit.USAGE, "--stage goes with"),
        (("postgres", "--to", "nowhere"), Exit.USAGE, "nowhere"),
        (("postgres", "--to", "aws_rds", "--dry-run"), Exit.WRONG, "ladder:cluster.account"),
    ],
)
def test_a_wrong_question_is_told(ladder: Ladder, arguments: tuple[str, ...], code: Exit, said: str) -> None:
    found, out, err = ladder(*arguments)
    assert found is code
    assert said in err, out


def test_where_it_is_already_there_is_nothing_to_do(ladder: Ladder, world: World) -> None:
    code, _, err = ladder("postgres", "--to", "in_cluster")
    assert (code, "nothing to do" in err, world.steps) == (Exit.OK, True, [])


def test_nobody_there_to_agree_changes_nothing(ladder: Ladder, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doing, "ClusterApi", lambda _: None)
    monkeypatch.setattr(doing, "operator_of", lambda _: None)
    monkeypatch.setattr(doing, "size_of", lambda *_: 3 * 2**20)
    code, out, err = ladder("postgres", "--to", "external")
    assert code is Exit.APPROVAL
    assert "nothing was changed" in err
    assert "3.0 MiB in the newest backup" in out
    assert world.steps == []


def test_how_far_it_is(ladder: Ladder, world: World) -> None:
    assert "on in_cluster" in ladder("--status")[1]
    world.fails["copy"] = "gone"
    with pytest.raises(LadderError):
        Climb(tools(world), {"backend": "external"}).go()
    _, out, _ = ladder("--status")
    assert "in_cluster → external: phase copy; applications use in_cluster" in out
    assert "ladder climb postgres --to external --stack prod" in out
    found = json.loads(ladder("--status", "--json")[1])["stores"][0]
    assert (found["phase"], found["completed"], found["to"]) == ("copy", "copy", "external")


def test_a_whole_climb_by_the_command_leaves_a_report(
    ladder: Ladder, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doing, "size_of", lambda *_: 3 * 2**20)
    monkeypatch.setattr(doing, "tools_of", lambda *_, yes, limit: tools(world))
    monkeypatch.setattr(doing, "InCluster", lambda _: Kept())
    code, out, err = ladder("postgres", "--to", "external", "--yes", "--report", "moved.md")
    assert code is Exit.OK, err
    text = Path("moved.md").read_text()
    assert "# postgres of prod: in_cluster → external" in text
    assert "Nobody could write for 1.5 s." in text
    assert "| copied and compared | 13 rows, 1.0 MiB" in text
    assert f"| backup before | run {'20261127T114000Z-a1b2c3'}, restored and equal: 7 rows" in text
    assert "pv-7 stays" in text
    assert "moved.md" in out
    assert "nothing to do" in ladder("postgres", "--to", "external", "--yes")[2]


class Kept:
    """A class that keeps its volumes."""

    def before(self, stores: object) -> list[str]:
        return ["pv-7"]

    def after(self, volumes: list[str]) -> list[str]:
        return [f"{it} stays" for it in volumes]


def test_a_report_says_what_nobody_saw(world: World) -> None:
    store = plan.read_settings(stackfile.load("prod")).stores
    (one,) = store.values()
    text = report.page("prod", Climbed(source=one, target=one), [], [], datetime(2026, 11, 27, tzinfo=UTC))
    assert text.count(report.NOT_SEEN) == 7
    assert (
        report.file_name("prod", one, datetime(2026, 11, 27, tzinfo=UTC)) == "climb-prod-postgres-20261127T000000Z.md"
    )
    assert one.backend is Backend.IN_CLUSTER


def test_progress_tells_rate_and_time_left_now_and_then() -> None:
    said: list[str] = []
    clock = iter([0.0, 1.0, 10.0, 11.0, 20.0])
    progress = Progress(tell=said.append, now=lambda: next(clock))
    progress.line("12:00:00 copying")
    for done in (0, 2**20, 50 * 2**20, 60 * 2**20, 100 * 2**20):
        progress.line(f'PROGRESS {{"step":"copy","done":{done},"of":{100 * 2**20},"unit":"bytes"}}')
    progress.line("PROGRESS what is this")
    assert said[0] == "12:00:00 copying"
    assert "0 %  0 B of 100.0 MiB" in said[1]
    assert "50 %  50.0 MiB of 100.0 MiB  5.0 MiB/s  10 s left" in said[2]
    assert "100 %" in said[3]
    assert said[4] == "PROGRESS what is this"
    assert len(said) == 5
