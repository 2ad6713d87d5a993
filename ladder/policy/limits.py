"""What a company allows: `policy/limits.yaml`, read by the offline engine and by the pack."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from ladder.errors import Exit, LadderError
from ladder.stack import document

FILE = "policy/limits.yaml"


class Limits(BaseModel):
    """What stacks may be.

    Attributes:
        accounts: Accounts of AWS and projects of Google Cloud in which something may be made; none named means any.
        regions: In which; none named means any.
        tags: What everything in a cloud carries, beside whose stack it is.
        lenient: Stacks whose data may be lost: rules about keeping it are not for them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    accounts: list[str] = []
    regions: list[str] = []
    tags: list[str] = []
    lenient: list[str] = []


def read(path: Path) -> Limits:
    """Read the file.

    Raises:
        LadderError: With everything that is wrong in it.
    """
    held = document.read(path, path.name)
    try:
        return Limits.model_validate(held.value)
    except ValidationError as error:
        keys = ", ".join(Limits.model_fields)
        told = "\n".join(f"  {'.'.join(map(str, it['loc']))}: {it['msg'].lower()}" for it in error.errors())
        raise LadderError(
            Exit.WRONG, f"{FILE} is wrong\n{told}\n    fix: it holds lists of texts, under {keys}"
        ) from None
