"""The functions that the engine itself offers to a program: reading the state of this stack or of another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ladder.engine.model import Invokes, UnsupportedError
from ladder.engine.properties import Properties, copy_of, has_secret
from ladder.engine.snapshot import Snapshot

_STACK_REFERENCE = "pulumi:pulumi:StackReference"


@dataclass(frozen=True, kw_only=True)
class Builtins:
    """What can be asked; `stacks` maps full stack names to their states, the running stack's among them."""

    organization: str
    project: str
    stacks: Mapping[str, Snapshot]
    invokes: Invokes

    def invoke(self, token: str, args: Properties) -> Properties:
        """Answer a function call.

        Raises:
            UnsupportedError: neither the engine nor the caller of the run offers the function.
        """
        supplied = self.invokes.get(token)
        if supplied is not None:
            return supplied(args)
        match token:
            case "pulumi:pulumi:readStackResourceOutputs":
                name = str(args["stackName"])
                return {"name": name, "outputs": _resource_outputs(self._state(name))}
            case "pulumi:pulumi:readStackOutputs":
                return self.read(_STACK_REFERENCE, str(args["name"]))
            case _:
                raise UnsupportedError(
                    f"{token}: the offline engine cannot call this; give run() the answer in `invokes`"
                )

    def read(self, type_: str, id_: str) -> Properties:
        """Answer the reading of something that exists outside the stack.

        Raises:
            UnsupportedError: it is not another stack.
        """
        if type_ != _STACK_REFERENCE:
            raise UnsupportedError(f"{type_} {id_}: the offline engine cannot read existing resources")
        outputs = self._state(id_).outputs
        secret: Properties = {key: value for key, value in outputs.items() if has_secret(value)}
        return {"name": id_, "outputs": copy_of(outputs), "secretOutputNames": [*sorted(secret)]}

    def _state(self, name: str) -> Snapshot:
        # A short name is filled up from the left with the running stack's own organization and project.
        parts = name.split("/")
        key = "/".join([*(self.organization, self.project)[: 3 - len(parts)], *parts])
        state = self.stacks.get(key)
        if state is None:
            known = ", ".join(sorted(self.stacks))
            raise UnsupportedError(f'unknown stack "{name}"; give run() its state in `stacks` (known: {known})')
        return state


def _resource_outputs(state: Snapshot) -> Properties:
    return {it.urn: {"type": it.type, "outputs": copy_of(it.outputs)} for it in state.resources if not it.delete}
