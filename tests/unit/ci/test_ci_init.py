"""What `ladder ci init` writes: run on the offline engine, with the narrow trust that it is for."""

import json
import re
import runpy
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from sdk_types import wrong_keys
from stacks import inputs

from ladder import engine
from ladder.ci import init
from ladder.engine import Run, kinds
from ladder.errors import Exit, LadderError
from ladder.stack import stackfile

ROOT = Path(__file__).parents[3]
OURS = (
    "aws:s3/bucket:Bucket",
    "aws:s3/bucketVersioning:BucketVersioning",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:kms/key:Key",
    "aws:kms/alias:Alias",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    "aws:iam/role:Role",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "gcp:storage/bucket:Bucket",
    "gcp:storage/bucketIAMMember:BucketIAMMember",
    "gcp:kms/keyRing:KeyRing",
    "gcp:kms/cryptoKey:CryptoKey",
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember",
    "gcp:iam/workloadIdentityPool:WorkloadIdentityPool",
    "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider",
    "gcp:serviceaccount/account:Account",
    "gcp:serviceaccount/iAMMember:IAMMember",
    "gcp:projects/iAMMember:IAMMember",
    "azure:keyvault/key:Key",
    "azure:armmsi/federatedIdentityCredential:FederatedIdentityCredential",
    "github:index/actionsVariable:ActionsVariable",
    "github:index/actionsEnvironmentVariable:ActionsEnvironmentVariable",
    "github:index/repositoryEnvironment:RepositoryEnvironment",
    "github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy",
)
"""Types of which the offline engine need not know what replaces them: here they are made once."""

ACCOUNTS = {
    init.Home.AWS: "123456789012",
    init.Home.GCP: "acme-prod-1",
    init.Home.AZURE: "0a1b2c3d-0000-4000-8000-00000000000e",
}
REGIONS = {init.Home.AWS: "eu-central-1", init.Home.GCP: "europe-west3", init.Home.AZURE: "westeurope"}
NAMES = {"dev", "dev-read", "dev-drill", "prod", "prod-read"}
"""Environments: prod names no vault, so it has nothing to restore."""


def wanted(home: init.Home, **more: Any) -> init.Wanted:
    usual = {
        "repository": "acme/infra",
        "account": ACCOUNTS[home],
        "region": REGIONS[home],
        "branch": "main",
        "stacks": ["dev", "prod"],
        "reviewers": ["alice"],
    }
    return init.Wanted(home=home, **{**usual, **more})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


@pytest.fixture(params=list(init.Home))
def done(request: pytest.FixtureRequest, root: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    out = root / "ci"
    init.write(root, wanted(request.param), out)
    for type_ in OURS:
        named = ("name",) if type_.startswith(("gcp:iam/", "gcp:serviceaccount/account")) else ()
        computed = ("arn", "keyId", "email", "member", *named)
        monkeypatch.setitem(kinds.KINDS, type_, kinds.ResourceKind(computed=computed))
    monkeypatch.syspath_prepend(str(out))
    file = stackfile.load("ci", out / "Pulumi.ci.yaml", out)
    found = engine.run(
        lambda: runpy.run_path(str(out / "__main__.py")),
        project=file.project,
        stack="ci",
        config=file.config,
        invokes={
            "github:index/getUser:getUser": lambda _: {"id": "7", "username": "alice"},
            "azure:core/getClientConfig:getClientConfig": lambda _: {"objectId": "operator", "tenantId": "tenant"},
        },
        skip_preview=True,
    )
    sys.modules.pop("environments", None)
    assert found.error is None, found.error
    return found


def of(run: Run, type_: str) -> dict[str, Any]:
    return {it.name: inputs(it) for it in run.registrations if it.type.endswith(f":{type_}")}


def test_every_property_is_one_that_the_sdk_knows(done: Run) -> None:
    ours = [it for it in done.registrations if it.custom and not it.is_provider]
    assert len(ours) > 20
    assert {it.name: wrong for it in ours if (wrong := wrong_keys(it.type, inputs(it)))} == {}


def test_only_a_job_of_one_environment_of_one_repository_is_trusted(done: Run) -> None:
    roles = of(done, "Role")
    for name, role in roles.items():
        (allowed,) = json.loads(role["assumeRolePolicy"])["Statement"]
        assert allowed["Condition"] == {
            "StringEquals": {
                "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                "token.actions.githubusercontent.com:sub": f"repo:acme/infra:environment:{name}",
            }
        }
    trusts = {key: it for key, it in of(done, "IAMMember").items() if key.endswith("-trust")}
    for name, it in trusts.items():
        assert it["member"].endswith(f"/subject/repo:acme/infra:environment:{name.removesuffix('-trust')}")
    federated = of(done, "FederatedIdentityCredential")
    for name, it in federated.items():
        assert it["subject"] == f"repo:acme/infra:environment:{name.removesuffix('-trust')}"
        assert (it["issuer"], it["audience"]) == (
            "https://token.actions.githubusercontent.com",
            "api://AzureADTokenExchange",
        )
    assert {*roles, *(it.removesuffix("-trust") for it in (*trusts, *federated))} == NAMES
    for it in of(done, "WorkloadIdentityPoolProvider").values():
        assert it["attributeCondition"] == "assertion.repository == 'acme/infra'"


def test_the_bucket_is_closed_keeps_versions_and_is_protected(done: Run) -> None:
    (bucket,) = [it for it in done.registrations if it.type.endswith(("bucket:Bucket", "storage/account:Account"))]
    assert bucket.protect
    if bucket.type.startswith("azure:"):
        said = inputs(bucket)
        closed = ("allowNestedItemsToBePublic", "sharedAccessKeyEnabled", "localUserEnabled")
        assert [said[key] for key in closed] == [False] * 3
        assert (said["blobProperties"]["versioningEnabled"], said["httpsTrafficOnlyEnabled"]) == (True, True)
        (container,) = of(done, "Container").values()
        assert container["containerAccessType"] == "private"
        (lock,) = of(done, "Lock").values()
        assert lock["lockLevel"] == "CanNotDelete"
        return
    if bucket.type.startswith("gcp:"):
        said = inputs(bucket)
        assert (said["publicAccessPrevention"], said["versioning"], said["uniformBucketLevelAccess"]) == (
            "enforced",
            {"enabled": True},
            True,
        )
        return
    (block,) = of(done, "BucketPublicAccessBlock").values()
    assert [block[key] for key in block if key.startswith(("block", "ignore", "restrict"))] == [True] * 4
    (versions,) = of(done, "BucketVersioning").values()
    assert versions["versioningConfiguration"] == {"status": "Enabled"}
    assert of(done, "BucketServerSideEncryptionConfiguration")
    (policy,) = of(done, "BucketPolicy").values()
    assert '"aws:SecureTransport": "false"' in policy["policy"]


def test_a_role_writes_the_state_of_its_own_stack_alone(done: Run) -> None:
    for name, it in of(done, "RolePolicy").items():
        text = it["policy"]
        writes = [one for one in json.loads(text)["Statement"] if "s3:PutObject" in one["Action"]]
        assert bool(writes) == (name in ("dev-state", "prod-state"))
        for one in writes:
            stack = name.removesuffix("-state")
            assert all(path.rstrip("*").endswith((f"/{stack}.json", f"/{stack}/")) for path in one["Resource"])
    for name, it in of(done, "BucketIAMMember").items():
        if name.endswith("-write"):
            other = "prod" if name.startswith("dev") else "dev"
            assert f"/{other}" not in it["condition"]["expression"]
            assert "-read" not in name
            assert "-drill" not in name
    for name, it in of(done, "Assignment").items():
        if name.endswith("-state-write"):
            stack = name.removesuffix("-state-write")
            assert stack in ("dev", "prod")
            paths = re.findall(r"StringStartsWith '([^']+)'", it["condition"])
            assert len(paths) == 4
            assert all(path.endswith((f"/{stack}.json", f"/{stack}/")) for path in paths)
            assert all(it["condition"].count(f"/blobs/{action}'") == 1 for action in ("write", "add/action", "delete"))
        elif name.endswith("-state-read"):
            assert "blobs/read'} AND NOT SubOperationMatches{'Blob.List'}" in it["condition"]


def test_each_stack_has_a_key_of_its_own_that_turns(done: Run) -> None:
    keys = {**of(done, "Key"), **of(done, "CryptoKey")}
    assert set(keys) == {"dev-secrets", "prod-secrets"}
    for it in keys.values():
        turns = it.get("rotationPolicy", {}).get("automatic") == {"timeAfterCreation": "P90D"}
        assert it.get("enableKeyRotation") or it.get("rotationPeriod") == "7776000s" or turns
    # On Azure a key's vault says who may use it: of the jobs, only those that change its stack encrypt.
    for vault in of(done, "KeyVault").values():
        operator, *jobs = vault["accessPolicies"]
        assert operator["objectId"] == "operator"
        assert sum("Encrypt" in it["keyPermissions"] for it in jobs) == 1


def test_an_environment_that_changes_a_stack_has_reviewers_and_one_branch(done: Run) -> None:
    made = of(done, "RepositoryEnvironment")
    assert {name for name, it in made.items() if it.get("reviewers") == [{"users": [7]}]} == {"dev", "prod"}
    branches = of(done, "RepositoryEnvironmentDeploymentPolicy")
    assert {name: it["branchPattern"] for name, it in branches.items()} == dict.fromkeys(
        ("dev", "prod", "dev-drill"), "main"
    )
    assert not any(it["canAdminsBypass"] for it in made.values())
    named = {it["variableName"] for it in of(done, "ActionsEnvironmentVariable").values()}
    assert named in (
        {"AWS_ROLE", "AWS_REGION"},
        {"GOOGLE_PROVIDER", "GOOGLE_ACCOUNT"},
        {"AZURE_CLIENT", "AZURE_TENANT", "AZURE_SUBSCRIPTION"},
    )


def test_everything_wrong_is_told_at_once_and_nothing_is_written(root: Path) -> None:
    wrong = wanted(init.Home.AWS, repository="acme", account="12", region="Frankfurt", stacks=["qa"])
    with pytest.raises(LadderError) as told:
        init.write(root, wrong, root / "ci")
    assert told.value.code is Exit.WRONG
    assert all(
        it in str(told.value) for it in ("--repository acme", "--account 12", "--region Frankfurt", "--stack qa")
    )
    assert not (root / "ci").exists()


@pytest.mark.parametrize("home", [init.Home.GCP, init.Home.AZURE])
def test_a_name_is_never_cut_into_that_of_another(home: init.Home, root: Path) -> None:
    name = "a-stack-of-a-long-name"
    (root / f"Pulumi.{name}.yaml").write_text((root / "Pulumi.prod.yaml").read_text())
    with pytest.raises(LadderError, match=f"--stack {name}"):
        init.write(root, wanted(home, stacks=[name]), root / "ci")
