"""What the tests of the command have in common."""

import json
from dataclasses import dataclass

from ladder.errors import Exit

PROJECT = "name: ladder\nruntime: python\nconfig:\n  ladder:stage: {type: string}\n"
STACK = """\
# prod
config:
  ladder:stage: bootstrap
  ladder:cloud: aws
  ladder:cluster: {kind: existing, context: prod, identifier: acme, storage_class: gp3, region: eu-central-1}
  ladder:redis: {role: cache}   # forgets
  # the books
  ladder:postgres:
    version: "17" # never 16 again
    storage_gib: 50
  ladder:app:
    image: acme/weather:1
    uses: [redis, postgres]
    replicas: {min: 2, max: 20}
"""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How the command ended and what it printed."""

    code: Exit
    out: str
    err: str

    @property
    def json(self) -> dict:
        """What it printed for programs."""
        return json.loads(self.out)
