"""Everything that would exist, as a tree: components, and what each is made of."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text
from rich.tree import Tree

from ladder.engine import Registration
from ladder.engine.snapshot import STACK_TYPE
from ladder.plan import registered


@dataclass(frozen=True, kw_only=True)
class Node:
    """A resource.

    Attributes:
        kind: Short type, for example `StatefulSet`.
        name: In the cluster, or the logical name of what is not in it.
        protected: Whether the engine refuses to delete it.
        below: What it is made of.
    """

    kind: str
    name: str
    protected: bool
    below: Sequence["Node"]

    def as_json(self) -> dict[str, object]:
        """For programs; the keys never change their meaning."""
        return {
            "kind": self.kind,
            "name": self.name,
            "protected": self.protected,
            "below": [node.as_json() for node in self.below],
        }


def grow(registrations: Sequence[Registration]) -> list[Node]:
    """The nodes right below the stack."""
    stack = next((it.urn for it in registrations if it.type == STACK_TYPE), "")
    below: dict[str, list[Registration]] = {}
    for it in registrations:
        if it.urn != stack:
            below.setdefault(it.parent or stack, []).append(it)

    def nodes(parent: str) -> list[Node]:
        return [
            Node(
                kind=registered.short(it.type),
                name=registered.object_name(it.name, it.inputs),
                protected=bool(it.protect),
                below=nodes(it.urn),
            )
            for it in below.get(parent, ())
        ]

    return nodes(stack)


def draw(stack: str, nodes: Sequence[Node]) -> Tree:
    """The tree as a person reads it."""
    root = Tree(stack, guide_style="dim")
    _hang(root, nodes)
    return root


def _hang(tree: Tree, nodes: Sequence[Node]) -> None:
    for node in nodes:
        mark = " protected" if node.protected else ""
        _hang(tree.add(Text.assemble((node.kind, "dim"), f" {node.name}", (mark, "dim"))), node.below)
