"""The comment: short first, never too long, and nothing in it that means more than it says."""

from dataclasses import replace

import pytest
from diff_world import change

from ladder.diff import markdown, words
from ladder.diff.model import Diff, StackDiff, Verdict
from ladder.diff.risks import Category, Risk
from ladder.engine import Op

LINK = "https://example.com/runs/1"
MANY = [change("kubernetes:core/v1:ConfigMap", Op.CREATE, name=f"config-{number}-{'x' * 40}") for number in range(900)]


def diff(*stacks: StackDiff) -> Diff:
    return Diff(base="main (0123456)", stacks=stacks)


def stack(name: str = "prod", **more: object) -> StackDiff:
    return StackDiff(**{"stack": name, "how": "the same code", **more})


def risk(number: int = 0, would: str = "deleted") -> Risk:
    return Risk(category=Category.DATA, part="postgres", subject=f"volume data-postgres-{number}", would=would)


def test_the_first_line_says_it() -> None:
    told = markdown.render(
        diff(stack(risks=[risk()], changes=[change("a:b:C", Op.DELETE)]), stack("dev", changes=MANY[:1]))
    )
    assert told.splitlines()[1] == "### 🟡 prod: needs approval. Data deleted (postgres) · 🟢 dev"


def test_a_short_change_is_told_whole() -> None:
    assert "Cut to fit" not in markdown.render(diff(stack(changes=MANY[:50])), link=LINK)


@pytest.mark.parametrize("stacks", [1, 30, 900])
def test_a_long_change_is_cut_with_a_link_and_keeps_its_verdict(stacks: int) -> None:
    told = markdown.render(
        diff(*(stack(f"s{number}", changes=MANY, risks=[risk(it) for it in range(40)]) for number in range(stacks))),
        link=LINK,
    )
    assert len(told) <= markdown.LIMIT
    assert f"[the whole]({LINK})" in told
    assert "needs approval" in told.splitlines()[2 if stacks == 900 else 1]
    assert told.count("<details>") == told.count("</details>")


def test_the_whole_is_never_cut() -> None:
    told = markdown.render(diff(stack(changes=MANY)), limit=None)
    assert len(told) > markdown.LIMIT / 2
    assert all(it.name in told for it in MANY)


def test_words_of_others_mean_only_themselves() -> None:
    told = markdown.render(diff(stack(risks=[risk(would="@everybody <img src=x> [a](b) | `c`\nnext")])))
    line = next(it for it in told.splitlines() if it.startswith("- **"))
    assert line.endswith(r"@​everybody \<img src=x\> \[a\](b) \| \`c\` next")


def test_a_block_cannot_be_ended_from_within() -> None:
    told = markdown.render(diff(stack(refusal="error: no\n```\n# heading\n```")))
    assert told.splitlines()[1] == "### 🔴 prod: refused. no"
    assert "````text\n```\n# heading\n```\n````" in told


def test_what_happens_to_many_is_told_once() -> None:
    told = words.agreed(stack(risks=[replace(risk(it), subject=f"Service {it}") for it in range(5)]))
    assert told == [("data deleted", "postgres: deleted (5 resources, Service 0 among them)")]


def test_the_digest_is_of_what_must_be_agreed_to_and_of_nothing_else() -> None:
    agreed = stack(risks=[risk()])
    assert agreed.digest == stack(risks=[risk()], changes=MANY).digest
    assert agreed.digest != stack("dev", risks=[risk()]).digest
    assert agreed.digest != stack(risks=[risk(), risk(1)]).digest
    assert stack().digest == "none"


@pytest.mark.parametrize(
    ("stacks", "verdict"),
    [
        ([{}], Verdict.SAFE),
        ([{}, {"risks": [risk()]}], Verdict.APPROVAL),
        ([{"refusal": "error: no"}, {"risks": [risk()]}], Verdict.REFUSED),
    ],
)
def test_the_verdict_is_the_worst(stacks: list[dict[str, object]], verdict: Verdict) -> None:
    assert diff(*(stack(**it) for it in stacks)).verdict is verdict
