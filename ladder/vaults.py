"""Vaults where no state can be read: a placeholder of the right shape stands in for what their stacks would say."""

from typing import cast

from infra import vault
from ladder.engine.model import Invokes
from ladder.engine.properties import Properties


def _answer(args: Properties) -> Properties:
    return cast(Properties, vault.placeholder(str(args["name"])))


OFFLINE: Invokes = {vault.READ: _answer}
"""For `engine.run`: every stack reference resolves to the placeholder."""
