"""How the command ends: its exit codes, and the errors that it shows instead of tracebacks."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of every `ladder` command."""

    OK = 0
    WRONG = 1
    REFUSED = 2
    MISSING = 3
    FAILED = 4
    APPROVAL = 5
    USAGE = 64
    INTERRUPTED = 130

    @property
    def meaning(self) -> str:
        """What the code says, for `ladder --help`."""
        return _MEANINGS[self]


_MEANINGS = {
    Exit.OK: "done",
    Exit.WRONG: "settings are wrong, or the cluster is not fit for them",
    Exit.REFUSED: "refused: data would be lost",
    Exit.MISSING: "something that is needed is not there: a file, a program, a cluster",
    Exit.FAILED: "a step failed or took too long",
    Exit.APPROVAL: "somebody must agree first: data, protection or access is at stake",
    Exit.USAGE: "the command line is wrong",
    Exit.INTERRUPTED: "interrupted",
}


class LadderError(Exception):
    """An error whose text is meant for the person at the terminal; `code` is how the command then ends."""

    def __init__(self, code: Exit, text: str) -> None:
        """Keep both."""
        super().__init__(text)
        self.code = code
