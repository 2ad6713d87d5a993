"""A vault on Google Cloud Storage: what its stack makes, what it hands on, and what environments make of that."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from sdk_types import wrong_keys
from stacks import CLUSTERS, HOMES, config, inputs, settled, up, vault

from components.backups.vault import gcs
from components.catalog import Kind
from infra import vault as vaults
from infra.complaints import SettingsError
from infra.vault_settings import load
from ladder.engine import Properties, Run, masked, plain

KEY = "projects/p/locations/europe-west3/keyRings/r/cryptoKeys/k"
NAME = "ladder-dev-acme-prod-1"


def of_type(run: Run, type_: str) -> list[Any]:
    return [inputs(found) for found in run.registrations if found.type == f"gcp:{type_}"]


def access(run: Run) -> dict[str, Any]:
    found = plain(run.outputs["vault"])
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("more", [{}, {"kms_key": KEY}], ids=["plain", "own key"])
def test_every_vault_is_sound(more: dict[str, object]) -> None:
    run = settled(vault("gcs", **more))
    ours = [found for found in run.registrations if found.type.startswith("gcp:")]
    assert [f"{it.name}: {path}" for it in ours for path in wrong_keys(it.type, inputs(it))] == []
    assert [it.name for it in ours if not it.protect] == []
    assert (run.findings.without_outputs, run.findings.after_outputs) == ((), ())
    assert settled(vault("gcs", **more), run.after).changes == ()


def test_a_bucket_keeps_what_was_written_and_shows_it_to_nobody() -> None:
    (bucket,) = of_type(settled(vault("gcs", kept_days=45, kms_key=KEY)), "storage/bucket:Bucket")
    assert bucket["softDeletePolicy"] == {"retentionDurationSeconds": 45 * 24 * 60 * 60}
    assert bucket["publicAccessPrevention"] == "enforced"
    assert bucket["uniformBucketLevelAccess"] is True
    assert bucket["encryption"] == {"defaultKmsKeyName": KEY}
    assert [rule["action"]["type"] for rule in bucket["lifecycleRules"]] == ["AbortIncompleteMultipartUpload"]
    assert "retentionPolicy" not in bucket, "restic could not give up its locks"


def granted(run: Run, who: str) -> list[tuple[str, str | None]]:
    mine = [it for it in of_type(run, "storage/bucketIAMMember:BucketIAMMember") if f"vault-{who}." in it["member"]]
    return sorted((it["role"], it.get("condition", {}).get("expression")) for it in mine)


def test_the_writer_deletes_locks_alone() -> None:
    run = settled(vault("gcs"))
    reads = [("roles/storage.objectCreator", None), ("roles/storage.objectViewer", None)]
    assert granted(run, "writer") == [*reads[:1], ("roles/storage.objectUser", gcs.LOCKS), *reads[1:]]
    assert granted(run, "pruner") == [*reads[:1], ("roles/storage.objectUser", None), *reads[1:]]
    roles = {it["role"] for it in of_type(run, "storage/bucketIAMMember:BucketIAMMember")}
    assert not any("admin" in role.lower() for role in roles)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("locks/abc", True), ("data/ab/abc", False), ("snapshots/abc", False), ("config", False), ("locks", False)],
)
def test_the_condition_holds_for_locks_alone(path: str, allowed: bool) -> None:
    """`extract` gives what the template's variable stands for, and an empty text where the template does not fit."""
    found = re.search(r'extract\("(?P<before>.*)\{lock\}"\) != ""', gcs.LOCKS)
    assert found
    name = f"projects/_/buckets/{NAME}/objects/shop.prod/postgres/{path}"
    assert bool(name.partition(found["before"])[2]) is allowed


def test_writer_and_pruner_are_accounts_without_keys() -> None:
    run = settled(vault("gcs"))
    said = access(run)
    accounts = {it["accountId"] for it in of_type(run, "serviceaccount/account:Account")}
    assert all(len(account) <= 30 for account in accounts)
    for who in ("writer", "pruner"):
        email = said[who]["service_account"]["iam.gke.io/gcp-service-account"]
        assert email.partition("@")[0] in accounts
        assert email.endswith("@acme-prod-1.iam.gserviceaccount.com")
        assert said[who]["env"] == {"GOOGLE_PROJECT_ID": "acme-prod-1"}
    assert said["url"] == f"gs:{NAME}:"


def test_the_master_secret_is_kept_a_second_time_and_not_readable() -> None:
    run = settled(vault("gcs"))
    (version,) = of_type(run, "secretmanager/secretVersion:SecretVersion")
    assert version["secretData"] == access(run)["master"]
    shown = str([masked(found.inputs) for found in run.registrations]) + str(masked(run.outputs))
    assert "generated:vault-master.result" not in shown


@pytest.mark.parametrize(
    ("more", "key", "words"),
    [
        ({"project": "1"}, "project", "no id of a project"),
        ({"region": "eu-central-1"}, "region", "no region"),
        ({"bucket": "Acme"}, "bucket", "lowercase"),
        ({"kept_days": 100}, "kept_days", "14 to 90 days"),
        ({"kms_key": "k"}, "kms_key", "full name"),
        ({"account": "x"}, "account", "is not a setting"),
    ],
)
def test_a_wrong_setting_is_told(more: dict[str, object], key: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(vault("gcs", **more), lambda _: True, project="ladder", stack="dev")
    told = {it.key: f"{it.value} | {it.rule} | {it.fix}" for it in caught.value.complaints}
    assert words in told[f"ladder:repository.{key}"], told


def environment(kind: str, said: Mapping[str, object]) -> Run:
    """An environment on a cluster of `kind`, whose vault says `said`."""

    def answer(args: Properties) -> Properties:
        return {"name": args["name"], "outputs": {"vault": dict(said)}}  # pyright: ignore[reportReturnType]

    given = config({Kind.POSTGRES: {}}, cloud=HOMES[kind], cluster=CLUSTERS[kind], vault="acme/ladder/prod-vault")
    return up(given, invokes={vaults.READ: answer})


@pytest.fixture(scope="module")
def said() -> dict[str, Any]:
    return access(settled(vault("gcs")))


def test_jobs_on_gke_are_their_accounts(said: dict[str, Any]) -> None:
    run = environment("gke", said)
    assert run.error is None, run.error
    found = of_type(run, "serviceaccount/iAMMember:IAMMember")
    pool = "serviceAccount:acme-prod-1.svc.id.goog[ladder-dev/"
    identities = {it["member"]: it["serviceAccountId"].partition("@")[0].rpartition("-")[2] for it in found}
    assert identities == {
        f"{pool}postgres-backup]": "writer",
        f"{pool}postgres-pruner]": "pruner",
        f"{pool}ladder-watchdog]": "writer",
    }
    assert {it["role"] for it in found} == {"roles/iam.workloadIdentityUser"}


@pytest.mark.parametrize("kind", ["single_node", "eks"])
def test_a_cluster_that_cannot_be_them_is_told_before_anything_is_made(kind: str, said: dict[str, Any]) -> None:
    run = environment(kind, said)
    assert run.error is not None
    assert "s3_compatible" in run.error
    assert run.registrations[1:] == ()
