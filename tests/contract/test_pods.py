"""What a reviewer of pods looks for, in every pod that Ladder makes."""

from collections.abc import Iterator
from typing import Any

import pytest
from stacks import config, inputs, settled

from ladder.engine import Run

TYPES = ("StatefulSet", "Deployment", "Job")


@pytest.fixture(scope="module")
def run() -> Run:
    return settled(config(mongodb={"replicas": 3}, redis={}, postgres={"replicas": 1}, app={"image": "a:1"}))


def templates(run: Run) -> Iterator[tuple[str, dict[str, Any]]]:
    for found in run.registrations:
        if found.type.rpartition(":")[2] in TYPES:
            yield found.name, inputs(found)["spec"]["template"]


def containers(run: Run) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, template in templates(run):
        spec = template["spec"]
        for container in [*spec["containers"], *spec.get("initContainers", [])]:
            yield f"{name}/{container['name']}", container


def test_there_are_pods_to_look_at(run: Run) -> None:
    assert len(list(templates(run))) == 5
    assert len(list(containers(run))) >= 8


def test_pods_are_restricted(run: Run) -> None:
    for name, template in templates(run):
        security = template["spec"]["securityContext"]
        assert security["runAsNonRoot"], name
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert template["spec"]["automountServiceAccountToken"] is False, name
        assert template["spec"]["enableServiceLinks"] is False, name


def test_containers_have_no_rights_and_a_read_only_root(run: Run) -> None:
    for name, container in containers(run):
        security = container["securityContext"]
        assert security["readOnlyRootFilesystem"], name
        assert security["allowPrivilegeEscalation"] is False, name
        assert security["capabilities"] == {"drop": ["ALL"]}, name


def test_memory_is_limited_to_what_was_requested(run: Run) -> None:
    for name, container in containers(run):
        resources = container["resources"]
        assert resources["limits"]["memory"] == resources["requests"]["memory"], name
        assert "cpu" in resources["requests"], name


def test_no_secret_stands_in_an_environment_or_a_command(run: Run) -> None:
    for name, container in containers(run):
        assert "generated:" not in str(container.get("env", [])), name
        assert "generated:" not in str(container.get("command", "")), name


def test_stateful_sets_pin_what_cannot_be_changed_later(run: Run) -> None:
    sets = [inputs(found)["spec"] for found in run.registrations if found.type.endswith(":StatefulSet")]
    for spec in sets:
        assert spec["podManagementPolicy"] == "Parallel"
        assert spec["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": "Retain", "whenScaled": "Retain"}
        assert set(spec["selector"]["matchLabels"]) == {"app.kubernetes.io/name", "app.kubernetes.io/instance"}
        assert [claim["metadata"] for claim in spec["volumeClaimTemplates"]] == [{"name": "data"}]


def test_servers_have_time_to_recover_and_to_end(run: Run) -> None:
    for found in run.registrations:
        if found.type.endswith(":StatefulSet"):
            pod = inputs(found)["spec"]["template"]["spec"]
            server = pod["containers"][0]
            assert pod["terminationGracePeriodSeconds"] >= 120
            assert server["startupProbe"]["periodSeconds"] * server["startupProbe"]["failureThreshold"] >= 3600
            assert {"livenessProbe", "readinessProbe", "lifecycle"} <= set(server)


def test_a_deployment_under_an_autoscaler_sets_no_replicas(run: Run) -> None:
    deployment = next(found for found in run.registrations if found.type.endswith(":Deployment"))
    assert "replicas" not in inputs(deployment)["spec"]


def test_a_disruption_budget_exists_from_two_members_on(run: Run) -> None:
    budgets = {found.name for found in run.registrations if found.type.endswith(":PodDisruptionBudget")}
    assert budgets == {"mongodb", "app"}
