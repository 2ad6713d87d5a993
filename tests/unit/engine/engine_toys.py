"""Small programs that the engine's tests run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import pulumi_random as random

from ladder.engine import Op, Run, Snapshot, run

ROOT = "urn:pulumi:dev::ladder::"
STACK = f"{ROOT}pulumi:pulumi:Stack::ladder-dev"
PROVIDER = f"{ROOT}pulumi:providers:kubernetes::k"
PASSWORD = f"{ROOT}random:index/randomPassword:RandomPassword::"

Program = Callable[[], object]


def up(program: Program, before: Snapshot | None = None, **options: Any) -> Run:
    """Run without the preview in front."""
    return run(program, before=before, skip_preview=True, **options)


def settled(program: Program, **options: Any) -> Snapshot:
    """Return the state that a faultless run leaves."""
    done = up(program, **options)
    assert done.error is None, done.error
    return done.after


def provider(**settings: Any) -> k8s.Provider:
    given = {"kubeconfig": "{}", "cluster_identifier": "one", **settings}
    return k8s.Provider("k", **given)


def config_map(name: str = "settings", data: dict[str, str] | None = None, **options: Any) -> k8s.core.v1.ConfigMap:
    opts = pulumi.ResourceOptions(**options)
    return k8s.core.v1.ConfigMap(name, metadata={"name": name, "namespace": "ns"}, data=data or {"a": "1"}, opts=opts)


def password(name: str = "pw", length: int = 20, **options: Any) -> random.RandomPassword:
    opts = pulumi.ResourceOptions(**options)
    return random.RandomPassword(name, length=length, opts=opts)


class Shelf(pulumi.ComponentResource):
    """A component with one password."""

    def __init__(
        self, name: str, opts: pulumi.ResourceOptions | None = None, *, finish: bool = True, **options: Any
    ) -> None:
        super().__init__("toy:index:Shelf", name, None, opts)
        self.password = password(f"{name}-pw", parent=self, **options)
        if finish:
            self.register_outputs({"result": self.password.result})


def nothing() -> None:
    """Register nothing."""


def named(run_: Run) -> list[tuple[Op, str]]:
    """Return operations and logical names, without the stack and the providers."""
    return [
        (step.op, step.urn.rsplit("::", 1)[1])
        for step in run_.steps
        if step.urn != STACK and "pulumi:providers:" not in step.urn
    ]
