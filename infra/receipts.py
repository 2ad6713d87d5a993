"""Receipts: what a job gave when it had proven that a phase of a climb may begin. Nobody types one."""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime

RUN = r"\d{8}T\d{6}Z-[0-9a-f]{6}"
_TIME = "%Y%m%dT%H%M%SZ"
_SHAPE = re.compile(rf"(?P<proves>[a-z]+)\.(?P<run>{RUN}|-)\.(?P<time>\d{{8}}T\d{{6}}Z)\.(?P<seal>[0-9a-f]{{64}})")


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What one says.

    Attributes:
        proves: What was proven.
        run: The run of backups that it is about; `-` where it is about none.
        time: When.
        seal: HMAC-SHA256 of the rest and of whose store it is.
    """

    proves: str
    run: str
    time: datetime
    seal: str

    def sealed_by(self, key: str, kind: str, stack: str) -> bool:
        """Whether a job of this store gave it.

        Args:
            key: Of the store's receipts.
            kind: Of the store.
            stack: Name of the stack.
        """
        said = f"{kind}/{stack}/{self.proves}/{self.run}/{self.time.strftime(_TIME)}"
        return hmac.compare_digest(hmac.new(key.encode(), said.encode(), hashlib.sha256).hexdigest(), self.seal)


def parse(text: str) -> Receipt | None:
    """The receipt that a text is; None where it is none."""
    found = _SHAPE.fullmatch(text)
    if found is None:
        return None
    try:
        time = datetime.strptime(found["time"], _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None
    return Receipt(proves=found["proves"], run=found["run"], time=time, seal=found["seal"])
