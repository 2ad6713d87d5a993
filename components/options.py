"""The one way in which a component makes the options of its children."""

from collections.abc import Sequence

import pulumi


def child(
    parent: pulumi.Resource,
    *,
    protect: bool = False,
    depends_on: Sequence[pulumi.Resource] = (),
    wait_minutes: int | None = None,
    ignore_changes: Sequence[str] = (),
) -> pulumi.ResourceOptions:
    """Options of a child: its parent, and `protect` said explicitly, because the engine's inheritance differs by kind.

    Args:
        parent: The component that makes the child.
        protect: Whether the engine must refuse to delete or replace it.
        depends_on: What must exist before it.
        wait_minutes: How long the engine waits for it to become ready.
        ignore_changes: Property paths whose changes are not applied.
    """
    wait = f"{wait_minutes}m" if wait_minutes else None
    return pulumi.ResourceOptions(
        parent=parent,
        protect=protect,
        depends_on=list(depends_on),
        custom_timeouts=pulumi.CustomTimeouts(create=wait, update=wait) if wait else None,
        ignore_changes=list(ignore_changes) or None,
    )
