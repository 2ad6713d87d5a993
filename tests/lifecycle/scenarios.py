"""What people fear for their data, step by step: written once, recorded from the real engine, replayed and run live.

Not here, because it cannot be made by settings on every machine: members of a replica set (no MongoDB server
everywhere), claims that vanish behind the engine's back, a changed script. tests/unit/guard covers them.
"""

from lifecycle.data_life import DATA
from lifecycle.faults_life import FAULTS
from lifecycle.model import Life, Scenario

LIVES = (DATA, FAULTS)
SCENARIOS = [it for life in LIVES for it in life.scenarios]


def find(name: str) -> tuple[Life, Scenario]:
    """A scenario by its name, and its life."""
    return next((life, it) for life in LIVES for it in life.scenarios if it.name == name)
