"""`ladder plan --compare`: a stack at two stages."""

from collections.abc import Callable
from pathlib import Path

from cli_world import STACK, Answer

from ladder.errors import Exit

Ladder = Callable[..., Answer]


def compared(ladder: Ladder, *stages: str, stack: str = "prod") -> Answer:
    return ladder("plan", "-s", stack, "--compare", *stages)


def test_what_is_the_same_at_both_stages_is_said_once(project: Path, ladder: Ladder) -> None:
    answer = compared(ladder, "bootstrap", "bootstrap")
    assert (answer.code, answer.err) == (Exit.OK, "")
    lines = [" ".join(line.split()) for line in answer.out.splitlines()]
    assert lines[0] == "prod on aws, eu-central-1, as if all of it were at one stage"
    assert lines[1] == "bootstrap bootstrap"
    assert "postgres in the cluster, 1 member the same" in lines
    assert "total 0 on your nodes; unknown: 50 GiB of your the same" in lines


def test_a_cache_is_not_told_how_to_undo_or_leave(project: Path, ladder: Ladder) -> None:
    found = compared(ladder, "bootstrap", "bootstrap").out
    cache, store = found.split("postgres  ")
    assert "redis" in cache
    assert "to leave" not in cache
    assert "to leave" in store


def test_it_fits_a_log(project: Path, ladder: Ladder) -> None:
    found = compared(ladder, "bootstrap", "bootstrap").out
    assert max(map(len, found.splitlines())) <= 100
    assert "\x1b" not in found


def test_programs_get_both_sides(project: Path, ladder: Ladder) -> None:
    found = ladder("plan", "-s", "prod", "--compare", "bootstrap", "bootstrap", "--json").json
    assert [side["stage"] for side in found["sides"]] == ["bootstrap", "bootstrap"]
    store = found["sides"][0]["stores"]["postgres"]
    assert (store["backend"], store["is"]) == ("in_cluster", "in the cluster, 1 member")
    assert set(store["recovery"]) == {"lost_at_worst", "back_after", "undo"}
    assert store["leaving"]["minutes_at_the_fastest"] == 9
    assert found["sides"][0]["cost_per_month"]["at_least"]


def test_what_a_store_says_against_its_stage_is_left_out(project: Path, ladder: Ladder) -> None:
    own = STACK.replace(
        'version: "17"', 'phase: remove\n    backend: in_cluster\n    stage: bootstrap\n    version: "17"'
    )
    (project / "Pulumi.prod.yaml").write_text(own)
    plain = compared(ladder, "bootstrap", "bootstrap")
    assert plain.code is Exit.OK
    assert "guard, engine's protection" in plain.out


def test_what_somebody_else_runs_stays_theirs(project: Path, ladder: Ladder) -> None:
    theirs = "  ladder:mongodb:\n    backend: external\n    external: {uri: {secure: v1:ciphertext}}\n  ladder:app:"
    (project / "Pulumi.prod.yaml").write_text(STACK.replace("  ladder:app:", theirs))
    answer = compared(ladder, "bootstrap", "bootstrap")
    assert answer.code is Exit.OK, answer.err
    assert "run by somebody else" in answer.out
    assert "unknown for mongodb" in " ".join(answer.out.split())


def test_a_stage_that_the_cloud_does_not_have_is_refused_with_what_it_has(project: Path, ladder: Ladder) -> None:
    (project / "Pulumi.prod.yaml").write_text(STACK.replace("cloud: aws", "cloud: local"))
    answer = compared(ladder, "bootstrap", "enterprise")
    assert (answer.code, answer.out) == (Exit.WRONG, "")
    assert "no store of prod can be at stage enterprise on local" in answer.err
    assert "fix: stages there: bootstrap" in answer.err


def test_a_stack_that_is_wrong_as_it_is_is_not_compared(project: Path, ladder: Ladder) -> None:
    (project / "Pulumi.prod.yaml").write_text(STACK.replace("storage_gib: 50", "storage_gib: 0"))
    answer = compared(ladder, "bootstrap", "bootstrap")
    assert (answer.code, answer.out) == (Exit.WRONG, "")
    assert "ladder:postgres.storage_gib = 0  (Pulumi.prod.yaml:10)" in answer.err


def test_one_comparison_at_a_time(project: Path, ladder: Ladder) -> None:
    answer = ladder("plan", "-s", "prod", "--compare", "bootstrap", "bootstrap", "--base", "HEAD")
    assert answer.code is not Exit.OK
    assert "exclude each other" in answer.err
