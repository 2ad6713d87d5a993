"""What bears the data of a store, in words."""

from components import catalog
from components.catalog import Keeper
from infra.ledger import Kept


def held(kept: Kept) -> str:
    """What bears the data, with sizes."""
    if not kept.leaves:
        return f"no {noun(kept)} in the state" if kept.holds_data else f"no {noun(kept)} of Ladder's"
    sizes = {leaf.gib for leaf in kept.leaves}
    if sizes == {0}:
        return f"{kept.leaves[0].noun} {kept.leaves[0].name}"
    named = [leaf.name + ("" if len(sizes) == 1 else f" ({float(leaf.gib):g} GiB)") for leaf in kept.leaves]
    each = f" ({float(kept.leaves[0].gib):g} GiB{' each' if len(named) > 1 else ''})" if len(sizes) == 1 else ""
    return f"{kept.leaves[0].noun if len(named) == 1 else bearers(kept)} {', '.join(named)}{each}"


def bearers(kept: Kept) -> str:
    """What its data lies in, as people call it, in the plural."""
    return f"{noun(kept)}s"


def noun(kept: Kept) -> str:
    """The same, of one."""
    if kept.leaves:
        return kept.leaves[0].noun
    return "instance" if catalog.keeper(kept.bearers[0].backend) is Keeper.PROVIDER else "volume"


def recorded(kept: Kept) -> str:
    """What a record says there was."""
    facts = kept.bearers[0]
    size = f" of {facts.storage_gib} GiB" if facts.storage_gib else ""
    if catalog.keeper(facts.backend) is Keeper.PROVIDER:
        return f"an instance{size}"
    return f"{facts.replicas} x {facts.storage_gib} GiB"
