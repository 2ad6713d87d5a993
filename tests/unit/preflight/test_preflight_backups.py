"""What preflight says of the places that backups use."""

import pytest
from stacks import vault
from unit.preflight.cluster_fake import FakeCluster, healthy, namespace, stack, storage_class

from infra import preflight, vault_settings
from infra.cluster_api import Finding, Severity

CLASSES = "/apis/storage.k8s.io/v1/storageclasses"


def scratch(*classes: object) -> list[Finding]:
    objects = {**healthy(), CLASSES: {"items": [storage_class("fast"), *classes]}}
    wanted = stack(vault="acme-vault", backups={"scratch_class": "scratch"})
    return preflight.look(FakeCluster(objects), wanted)  # type: ignore[arg-type]


def test_a_scratch_class_that_deletes_is_taken() -> None:
    assert scratch(storage_class("scratch", reclaim="Delete")) == []


def test_a_scratch_class_that_retains_would_leave_a_volume_behind_at_each_proof() -> None:
    [only] = scratch(storage_class("scratch"), storage_class("other", reclaim="Delete"))
    assert (only.key, only.value, only.severity) == ("ladder:backups.scratch_class", "scratch", Severity.ERROR)
    assert "would leave one behind" in only.rule
    assert only.fix == "set one that deletes: other"


def test_an_absent_scratch_class_is_told() -> None:
    [only] = scratch()
    assert "no storage class of this name" in only.rule


def of_vault(objects: dict[str, object]) -> list[Finding]:
    wanted = vault_settings.load(vault(), lambda _: True, project="ladder", stack="v")
    cluster = {path: value for path, value in {**healthy(), **objects}.items() if value is not None}
    return preflight.look_for_vault(FakeCluster(cluster), wanted)  # type: ignore[arg-type]


def test_a_cluster_that_fits_a_vault_passes() -> None:
    assert of_vault({}) == []


@pytest.mark.parametrize(
    ("objects", "key"),
    [
        ({CLASSES: {"items": []}}, "ladder:cluster.storage_class"),
        ({"/api/v1/namespaces/ladder-v": namespace({"ladder/stack": "ladder.other"})}, "ladder:namespace"),
        ({"/version": {"major": "1", "minor": "20", "gitVersion": "v1.20.0"}}, "ladder:cluster"),
    ],
)
def test_what_a_vault_cannot_live_with_is_told(objects: dict[str, object], key: str) -> None:
    [only] = of_vault(objects)
    assert (only.key, only.severity) == (key, Severity.ERROR)
