"""Runs a stack on the offline engine: no cluster, no credentials, and placeholders for what vaults say."""

from infra import program
from ladder import engine, vaults
from ladder.engine import PLACEHOLDERS, Run, Snapshot, Values
from ladder.stack.stackfile import StackFile


def run(
    file: StackFile, *, before: Snapshot | None = None, values: Values = PLACEHOLDERS, preview: bool = False
) -> Run:
    """What comes of the stack as its files describe it.

    Args:
        file: The stack.
        before: What it holds; nothing by default.
        values: Where passwords and certificates come from.
        preview: Only say what would be done; else it is done, and not previewed first.

    Raises:
        UnsupportedError: When the program asks for what the offline engine cannot judge.
    """
    return engine.run(
        lambda: program.main(look=False),
        project=file.project,
        stack=file.stack,
        organization=file.organization,
        config=file.config,
        secret_keys=file.secret_keys,
        invokes=vaults.OFFLINE,
        before=before,
        values=values,
        preview=preview,
        skip_preview=True,
    )
