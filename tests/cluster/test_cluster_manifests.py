"""Manifests of every kind of store, judged by a real API server; nothing of them is kept."""

import json
from typing import Any

import pytest
from cluster_stores import VISITORS, Machine, Namespace, Stack

from ladder.engine import plain
from ladder.engine.properties import mapping
from ladder.engine.real_values import RealValues
from ladder.render import manifests as render

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def objects(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """All of them but the namespace, as for the namespace of the visitors."""
    folder = tmp_path_factory.mktemp("all")
    stack = Stack(machine=machine, name=VISITORS, folder=folder).with_sections(
        mongodb={"replicas": 3},
        redis={},
        postgres={},
        app={"image": "example.com/app:1", "ingress": {"host": "app.example.com"}},
    )
    values = RealValues(folder / "values.json")  # the API server looks into certificates
    bodies = [mapping(plain(dict(it.body))) for it in render.manifests(stack.write(), values)]
    return [dict(body) for body in bodies if body["kind"] != "Namespace"]


def try_out(namespace: Namespace, *objects: dict[str, Any]) -> str:
    """What the API server would say: one line for each, and warnings."""
    listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
    command = ("apply", "--server-side", "--dry-run=server", "--filename", "-")
    done = namespace.attempt(*command, stdin=listed)
    return f"{done.stdout}{done.stderr}"


def test_a_real_api_server_accepts_the_manifests_of_every_store_without_a_warning(
    visitors: Namespace, objects: list[dict[str, Any]]
) -> None:
    lines = try_out(visitors, *objects).splitlines()
    assert [line for line in lines if not line.endswith("serverside-applied (server dry run)")] == []
    assert len(lines) == len(objects)
    kinds = {(it["kind"], it["metadata"]["name"]) for it in objects}
    assert {("StatefulSet", name) for name in ("mongodb", "redis", "postgres")} < kinds


def test_pod_security_restricted_admits_every_pod_that_the_manifests_would_make(
    visitors: Namespace, objects: list[dict[str, Any]]
) -> None:
    templates = {
        it["metadata"]["name"]: it["spec"]["template"]["spec"]
        for it in objects
        if it["kind"] in ("StatefulSet", "Deployment", "Job")
    }
    assert len(templates) >= 5
    pods = []
    for name, spec in templates.items():
        # A StatefulSet's controller adds the volume that its claim template names.
        volumes = [*spec.get("volumes", []), {"name": "data", "emptyDir": {}}]
        volumes = list({it["name"]: it for it in volumes}.values())
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {**spec, "volumes": volumes}}
        pods.append(pod)
    lines = try_out(visitors, *pods).splitlines()
    assert [line for line in lines if not line.endswith("serverside-applied (server dry run)")] == []
    # The counter-proof: the same server does refuse.
    spec = {**pods[0]["spec"], "hostNetwork": True}
    assert "violates PodSecurity" in try_out(visitors, {**pods[0], "spec": spec})
