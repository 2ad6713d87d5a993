"""`ladder policy` as it is typed."""

from collections.abc import Callable
from pathlib import Path

from cli_world import STACK, Answer

from ladder.errors import Exit

Ladder = Callable[..., Answer]
LIMITS = "lenient: [prod]\n"


def limits(project: Path, text: str) -> None:
    (project / "policy").mkdir(exist_ok=True)
    (project / "policy/limits.yaml").write_text(text)


def test_a_stack_that_keeps_every_rule(project: Path, ladder: Ladder) -> None:
    limits(project, LIMITS)
    answer = ladder("policy")
    assert (answer.code, answer.out) == (Exit.OK, "1 stack keeps all 8 rules: prod\n"), answer.err


def test_every_broken_rule_is_named_with_what_breaks_it(project: Path, ladder: Ladder) -> None:
    (project / "Pulumi.prod.yaml").write_text(STACK.replace("storage_gib: 50", "storage_gib: 50\n    protect: false"))
    answer = ladder("policy", "-s", "prod")
    assert answer.code is Exit.WRONG
    assert answer.err.startswith("error: 2 rules are broken\n")
    for words in ("protect (data-is-protected)", "ladder:vault (backups-are-taken)"):
        assert "prod: PersistentVolumeClaim data-postgres-0 holds data" in answer.err
        assert words in answer.err
    assert [it["rule"] for it in ladder("policy", "--json").json["broken"]] == [
        "data-is-protected",
        "backups-are-taken",
    ]


def test_limits_that_are_wrong_are_told_all_at_once(project: Path, ladder: Ladder) -> None:
    limits(project, "regions: eu-central-1\nzones: [a]\n")
    answer = ladder("policy")
    assert answer.code is Exit.WRONG
    assert "regions: " in answer.err
    assert "zones: " in answer.err


def test_a_stack_that_is_not_there(project: Path, ladder: Ladder) -> None:
    answer = ladder("policy", "-s", "qa")
    assert (answer.code, "there are: prod" in answer.err) == (Exit.MISSING, True)
