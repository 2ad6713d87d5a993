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
    replace_on_changes: Sequence[str] = (),
    delete_before_replace: bool | None = None,
    retain_on_delete: bool | None = None,
    provider: pulumi.ProviderResource | None = None,
) -> pulumi.ResourceOptions:
    """Options of a child: its parent, and `protect` said explicitly, because the engine's inheritance differs by kind.

    Args:
        parent: The component that makes the child.
        protect: Whether the engine must refuse to delete or replace it.
        depends_on: What must exist before it.
        wait_minutes: How long the engine waits for it to become ready.
        ignore_changes: Property paths whose changes are not applied.
        replace_on_changes: Property paths whose changes replace it, where the provider alone would update it.
        delete_before_replace: Whether it must be gone before its successor is made.
        retain_on_delete: Whether it stays where it is when the engine lets it go.
        provider: Instead of the one that the parent hands down.
    """
    wait = f"{wait_minutes}m" if wait_minutes else None
    return pulumi.ResourceOptions(
        parent=parent,
        protect=protect,
        depends_on=list(depends_on),
        custom_timeouts=pulumi.CustomTimeouts(create=wait, update=wait) if wait else None,
        ignore_changes=list(ignore_changes) or None,
        replace_on_changes=list(replace_on_changes) or None,
        delete_before_replace=delete_before_replace,
        retain_on_delete=retain_on_delete,
        provider=provider,
    )
