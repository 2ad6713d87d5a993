"""The comment under a pull request for what people change in a day's work, as files that a review reads.

`UPDATE_GOLDEN=1 pytest tests/golden/test_comments.py` writes them anew; look at them, best as pictures.
"""

import os
import re
from pathlib import Path

import pytest
from golden.typical_changes import TYPICAL, lay_out

from ladder.diff import base, compare, markdown
from ladder.diff.model import Verdict

HERE = Path(__file__).parent / "comments"
VERDICTS = {
    "touch-nothing": Verdict.SAFE,
    "application-only": Verdict.SAFE,
    "grow-a-volume": Verdict.SAFE,
    "shrink-a-volume": Verdict.REFUSED,
    "flip-a-stage": Verdict.REFUSED,
    "rename-a-store": Verdict.REFUSED,
    "bump-a-version": Verdict.APPROVAL,
    "drop-a-store": Verdict.REFUSED,
    "add-a-store": Verdict.SAFE,
    "change-region": Verdict.REFUSED,
    "drop-retention": Verdict.APPROVAL,
    "stop-backups": Verdict.APPROVAL,
    "open-the-network": Verdict.APPROVAL,
    "switch-protection-off": Verdict.APPROVAL,
    "rotate-a-secret": Verdict.APPROVAL,
    "larger-nodes-of-a-service": Verdict.SAFE,
    "write-nonsense": Verdict.REFUSED,
    "delete-a-stack": Verdict.APPROVAL,
    "several-stacks": Verdict.REFUSED,
}


@pytest.mark.parametrize("name", TYPICAL)
def test_the_comment_is_the_one_that_was_reviewed(name: str, tmp_path: Path) -> None:
    lay_out(tmp_path, TYPICAL[name])
    stacks = ["dev", "prod"] if name in ("several-stacks", "touch-nothing") else ["prod"]
    found = compare.make(base.find(tmp_path, "base"), stacks, {})
    now = re.sub(r"base \([0-9a-f]{9}\)", "base", markdown.render(found))
    path = HERE / f"{name}.md"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_text(now)
    assert path.exists(), f"{path.name} is missing: write it with UPDATE_GOLDEN=1"
    assert now == path.read_text(), f"{path.name} differs: look, then UPDATE_GOLDEN=1"
    assert found.verdict is VERDICTS[name]


def test_no_comment_is_left_over() -> None:
    assert {path.stem for path in HERE.glob("*.md")} == set(TYPICAL) == set(VERDICTS)
