"""One issue for one thing that is wrong: opened when it begins, written anew while it lasts, closed when it is over."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from ladder.errors import Exit, LadderError

LIMIT = 65_000
"""Characters that GitHub takes in an issue, less some for the mark."""

AUTHOR = "github-actions[bot]"
"""Whose issues these are: nobody else's text is ever overwritten."""


@dataclass(frozen=True, kw_only=True)
class Issue:
    """The issue about one subject of one stack.

    Attributes:
        repository: OWNER/NAME.
        subject: Of what it is, in one word; by it and the stack the issue is found again.
        stack: Of which stack.
        title: What it is called.
    """

    repository: str
    subject: str
    stack: str
    title: str

    def tell(self, text: str | None) -> str:
        """Open it or write it anew with this text; None closes it.

        Returns:
            What was done.

        Raises:
            LadderError: When GitHub does not answer as it should.
        """
        mark = f"<!-- ladder {self.subject} {self.stack} -->"
        held = self._held(mark)
        path = f"repos/{self.repository}/issues"
        if text is None:
            if held is None:
                return "no issue is open"
            number = held["number"]
            self._ask("POST", f"{path}/{number}/comments", {"body": "This is over: the last look found nothing."})
            self._ask("PATCH", f"{path}/{number}", {"state": "closed", "state_reason": "completed"})
            return f"issue {number} is closed"
        body = f"{mark}\n{text[:LIMIT]}"
        if held is None:
            made = cast(Mapping[str, object], self._ask("POST", path, {"title": self.title, "body": body}))
            return f"issue {made['number']} is open"
        if held["body"] != body:
            self._ask("PATCH", f"{path}/{held['number']}", {"body": body})
        return f"issue {held['number']} is open still"

    def _held(self, mark: str) -> Mapping[str, object] | None:
        """The oldest open one that is ours."""
        query = "state=open&sort=created&direction=asc&per_page=100"
        pages = self._ask("GET", f"repos/{self.repository}/issues?{query}", None, "--paginate", "--slurp")
        for page in cast(list[list[Mapping[str, object]]], pages):
            for it in page:
                author = cast(Mapping[str, str], it["user"])["login"]
                # A pull request is an issue to GitHub.
                if author == AUTHOR and "pull_request" not in it and str(it["body"] or "").startswith(mark):
                    return it
        return None

    def _ask(self, method: str, path: str, body: Mapping[str, str] | None, *more: str) -> object:
        program = shutil.which("gh")
        if program is None:
            raise LadderError(Exit.MISSING, "--issue: GitHub's CLI, gh, is not on PATH\n    fix: install it")
        done = subprocess.run(  # noqa: S603 (what was found on PATH; the token is its environment's)
            [program, "api", "--method", method, path, *more, *(("--input", "-") if body else ())],
            input=json.dumps(body) if body else None,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            fix = "give the job the right `issues: write`, and GH_TOKEN"
            raise LadderError(Exit.FAILED, f"--issue {self.repository}: {done.stderr.strip()}\n    fix: {fix}")
        return json.loads(done.stdout or "null")
