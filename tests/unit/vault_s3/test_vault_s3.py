"""A vault on Amazon S3: what its stack makes, what it hands on, and what environments make of that."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from sdk_types import wrong_keys
from stacks import CLUSTERS, HOMES, config, inputs, settled, up, vault

from components.catalog import Kind
from infra import vault as vaults
from infra.complaints import SettingsError
from infra.vault_settings import load
from ladder.engine import Properties, Run, masked, plain

KEY = "arn:aws:kms:eu-central-1:123456789012:key/abc"
NAME = "ladder-dev-123456789012"


def of_type(run: Run, type_: str) -> list[Any]:
    return [inputs(found) for found in run.registrations if found.type == f"aws:{type_}"]


def access(run: Run) -> dict[str, Any]:
    found = plain(run.outputs["vault"])
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    "more",
    [{}, {"access": "keys"}, {"object_lock": {"mode": "compliance", "days": 30}}, {"kms_key": KEY}],
    ids=["plain", "keys", "locked", "own key"],
)
def test_every_vault_is_sound(more: dict[str, object]) -> None:
    run = settled(vault("s3", **more))
    ours = [found for found in run.registrations if found.type.startswith("aws:")]
    assert [f"{it.name}: {path}" for it in ours for path in wrong_keys(it.type, inputs(it))] == []
    # A key that is taken away is replaced by another; everything else holds the past.
    assert [it.name for it in ours if not it.protect and "accessKey" not in it.type] == []
    assert (run.findings.without_outputs, run.findings.after_outputs) == ((), ())
    assert settled(vault("s3", **more), run.after).changes == ()


def test_a_bucket_keeps_what_was_written_and_shows_it_to_nobody() -> None:
    run = settled(vault("s3", kept_days=45))
    (versions,) = of_type(run, "s3/bucketVersioning:BucketVersioning")
    (private,) = of_type(run, "s3/bucketPublicAccessBlock:BucketPublicAccessBlock")
    (lifecycle,) = of_type(run, "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")
    (owner,) = of_type(run, "s3/bucketOwnershipControls:BucketOwnershipControls")
    assert versions["versioningConfiguration"] == {"status": "Enabled"}
    assert {value for value in private.values() if isinstance(value, bool)} == {True}
    assert len(private) == 5
    rules = {rule["id"]: rule for rule in lifecycle["rules"]}
    assert rules["old versions"]["noncurrentVersionExpiration"] == {"noncurrentDays": 45}
    assert "days" not in rules["old versions"]["expiration"], "what is current must never expire"
    assert rules["unfinished uploads"]["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}
    assert owner["rule"] == {"objectOwnership": "BucketOwnerEnforced"}


@pytest.mark.parametrize(("key", "algorithm"), [(None, "AES256"), (KEY, "aws:kms")])
def test_a_bucket_is_encrypted(key: str | None, algorithm: str) -> None:
    run = settled(vault("s3", **({"kms_key": key} if key else {})))
    (encryption,) = of_type(run, "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration")
    default = encryption["rules"][0]["applyServerSideEncryptionByDefault"]
    assert (default["sseAlgorithm"], default.get("kmsMasterKeyId")) == (algorithm, key)


def test_a_lock_is_set_from_the_first_object_on() -> None:
    run = settled(vault("s3", object_lock={"mode": "governance", "days": 20}))
    (bucket,) = of_type(run, "s3/bucket:Bucket")
    (lock,) = of_type(run, "s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")
    assert bucket["objectLockEnabled"] is True
    assert lock["rule"] == {"defaultRetention": {"mode": "GOVERNANCE", "days": 20}}


def test_writer_and_pruner_are_roles_without_keys() -> None:
    run = settled(vault("s3"))
    said = access(run)
    for who in ("writer", "pruner"):
        assert said[who] == {
            "env": {"AWS_DEFAULT_REGION": "eu-central-1"},
            "service_account": {"ladder/aws-role": f"arn:aws:iam::123456789012:role/{NAME}-{who}"},
        }
    assert {it["name"] for it in of_type(run, "iam/role:Role")} == {f"{NAME}-writer", f"{NAME}-pruner"}
    assert of_type(run, "iam/accessKey:AccessKey") == []


def test_where_pods_have_no_role_writer_and_pruner_have_a_key_each() -> None:
    run = settled(vault("s3", access="keys"))
    said = access(run)
    keys = [said[who]["env"]["AWS_ACCESS_KEY_ID"] for who in ("writer", "pruner")]
    assert len(set(keys)) == 2
    assert said["writer"]["service_account"] == {}
    assert of_type(run, "iam/role:Role") == []
    policies = [json.loads(it["policy"]) for it in of_type(run, "iam/userPolicy:UserPolicy")]
    assert len(policies) == 2
    assert policies[0] != policies[1]


def test_no_secret_of_a_vault_is_readable() -> None:
    run = settled(vault("s3", access="keys"))
    shown = str([masked(found.inputs) for found in run.registrations]) + str(masked(run.outputs))
    assert "generated:vault-master" not in shown
    assert "accessKey.secret" not in shown
    assert masked(run.outputs["vault"]) == "[secret]"


def test_the_master_secret_is_kept_a_second_time() -> None:
    run = settled(vault("s3"))
    (copy,) = of_type(run, "ssm/parameter:Parameter")
    assert (copy["name"], copy["type"]) == (f"/ladder/{NAME}/master", "SecureString")
    assert copy["value"] == access(run)["master"]


def test_the_address_is_one_that_restic_takes() -> None:
    assert access(settled(vault("s3", bucket="acme")))["url"] == "s3:https://s3.eu-central-1.amazonaws.com/acme"


def test_only_the_account_that_is_named_can_be_changed() -> None:
    provider = next(inputs(it) for it in settled(vault("s3")).registrations if it.type == "pulumi:providers:aws")
    assert json.loads(provider["allowedAccountIds"]) == ["123456789012"]


@pytest.mark.parametrize(
    ("more", "key", "words"),
    [
        ({"account": "1"}, "account", "12 digits"),
        ({"region": "mars"}, "region", "no region"),
        ({"bucket": "Acme.Backups"}, "bucket", "lowercase"),
        ({"kept_days": 3}, "kept_days", "until a verification noticed"),
        ({"object_lock": {"mode": "governance", "days": 0}}, "object_lock.days", "1 to 36500"),
        ({"object_lock": {"mode": "strict", "days": 1}}, "object_lock.mode", "governance, compliance"),
        ({"kms_key": "alias/x"}, "kms_key", "ARN of a key"),
        ({"access": "irsa"}, "access", "pod_identity, keys"),
        ({"bukket": "x"}, "bukket", "did you mean bucket?"),
    ],
)
def test_a_wrong_setting_is_told(more: dict[str, object], key: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(vault("s3", **more), lambda _: True, project="ladder", stack="dev")
    told = {it.key: f"{it.value} | {it.rule} | {it.fix}" for it in caught.value.complaints}
    assert words in told[f"ladder:repository.{key}"], told


def test_all_wrong_settings_come_together() -> None:
    given = vault("s3", account="1", region="mars", kept_days=1)
    with pytest.raises(SettingsError) as caught:
        load(given, lambda _: True, project="ladder", stack="dev")
    assert len(caught.value.complaints) == 3


def environment(kind: str, said: Mapping[str, object]) -> Run:
    """An environment on a cluster of `kind`, whose vault says `said`."""

    def answer(args: Properties) -> Properties:
        return {"name": args["name"], "outputs": {"vault": dict(said)}}  # pyright: ignore[reportReturnType]

    given = config({Kind.POSTGRES: {}}, cloud=HOMES[kind], cluster=CLUSTERS[kind], vault="acme/ladder/prod-vault")
    return up(given, invokes={vaults.READ: answer})


@pytest.fixture(scope="module")
def said() -> dict[str, Any]:
    return access(settled(vault("s3")))


def test_jobs_on_eks_get_their_roles(said: dict[str, Any]) -> None:
    run = environment("eks", said)
    assert run.error is None, run.error
    found = of_type(run, "eks/podIdentityAssociation:PodIdentityAssociation")
    assert {it["serviceAccount"]: it["roleArn"].rpartition("/")[2] for it in found} == {
        "postgres-backup": f"{NAME}-writer",
        "postgres-pruner": f"{NAME}-pruner",
        "ladder-watchdog": f"{NAME}-writer",
    }
    assert {(it["clusterName"], it["namespace"]) for it in found} == {("ladder-dev", "ladder-dev")}
    for it in run.registrations:
        if it.type == "aws:eks/podIdentityAssociation:PodIdentityAssociation":
            assert wrong_keys(it.type, inputs(it)) == []
    accounts = {inputs(it)["metadata"]["name"] for it in run.registrations if it.type.endswith(":ServiceAccount")}
    assert {it["serviceAccount"] for it in found} <= accounts


def test_a_cluster_that_gives_no_roles_is_told_before_anything_is_made(said: dict[str, Any]) -> None:
    run = environment("single_node", said)
    assert run.error is not None
    assert "access: keys" in run.error
    assert run.registrations[1:] == ()


def test_a_cluster_of_somebody_else_is_told_what_to_associate(said: dict[str, Any]) -> None:
    run = environment("existing", said)
    assert run.error is None, run.error
    words = " ".join(log.message for log in run.logs)
    assert f"role/{NAME}-pruner" in words
    assert of_type(run, "eks/podIdentityAssociation:PodIdentityAssociation") == []


def test_keys_work_everywhere() -> None:
    keys = access(settled(vault("s3", access="keys")))
    run = environment("single_node", keys)
    assert run.error is None, run.error
    shown = str([masked(found.inputs) for found in run.registrations])
    assert str(keys["writer"]["env"]["AWS_SECRET_ACCESS_KEY"]) not in shown
