"""A vault in Azure Blob Storage: what its stack makes, what it hands on, and what environments make of that."""

import fnmatch
import re
from collections.abc import Mapping
from typing import Any

import pytest
from sdk_types import wrong_keys
from stacks import CLUSTERS, HOMES, ID, config, inputs, settled, up, vault

from components.backups.vault import azure_blob
from components.catalog import Cloud, Kind
from infra import vault as vaults
from infra.complaints import SettingsError
from infra.vault_settings import load
from ladder.engine import Properties, Run, masked, plain

LASTING = {"immutability": {"mode": "locked", "days": 20}}
NAME = re.compile(r"ladderdev[0-9a-f]{8}")


def of_type(run: Run, type_: str) -> list[Any]:
    return [inputs(found) for found in run.registrations if found.type == f"azure:{type_}"]


def access(run: Run) -> dict[str, Any]:
    found = plain(run.outputs["vault"])
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("more", [{}, LASTING, {"replication": "lrs"}], ids=["plain", "lasting", "one zone"])
def test_every_vault_is_sound(more: dict[str, object]) -> None:
    run = settled(vault("azure_blob", **more))
    ours = [found for found in run.registrations if found.type.startswith("azure:")]
    assert [f"{it.name}: {path}" for it in ours for path in wrong_keys(it.type, inputs(it))] == []
    assert [it.name for it in ours if not it.protect] == []
    assert (run.findings.without_outputs, run.findings.after_outputs) == ((), ())
    assert settled(vault("azure_blob", **more), run.after).changes == ()


def test_an_account_keeps_what_was_written_and_shows_it_to_nobody() -> None:
    run = settled(vault("azure_blob", kept_days=45, **LASTING))
    (account,) = of_type(run, "storage/account:Account")
    assert account["blobProperties"] == {
        "versioningEnabled": True,
        "deleteRetentionPolicy": {"days": 45},
        "containerDeleteRetentionPolicy": {"days": 45},
    }
    assert account["immutabilityPolicy"] == {
        "state": "Locked",
        "periodSinceCreationInDays": 20,
        "allowProtectedAppendWrites": False,
    }
    assert account["accountReplicationType"] == "ZRS"
    assert (account["httpsTrafficOnlyEnabled"], account["minTlsVersion"]) == (True, "TLS1_2")
    assert account["allowNestedItemsToBePublic"] is False
    assert account["sharedAccessKeyEnabled"] is False
    (container,) = of_type(run, "storage/container:Container")
    assert container["containerAccessType"] == "private"
    assert [it["lockLevel"] for it in of_type(run, "management/lock:Lock")] == ["CanNotDelete"]


def test_an_old_version_goes_where_deleted_versions_stay() -> None:
    """An age counts from when a version was written: a longer one is over for an old pack, too."""
    (policy,) = of_type(settled(vault("azure_blob")), "storage/managementPolicy:ManagementPolicy")
    (rule,) = policy["rules"]
    assert rule["actions"] == {"version": {"deleteAfterDaysSinceCreation": 1}}, "nothing but versions is ever deleted"


def test_the_writer_deletes_locks_alone_and_nobody_a_version() -> None:
    run = settled(vault("azure_blob"))
    (role,) = of_type(run, "authorization/roleDefinition:RoleDefinition")
    (may,) = role["permissions"]
    assert [it.rpartition("/")[2] for it in may["actions"]] == ["read"]
    assert sorted(it.partition("/blobs/")[2] for it in may["dataActions"]) == ["add/action", "delete", "read", "write"]
    granted = {it["principalId"]: it.get("condition") for it in of_type(run, "authorization/assignment:Assignment")}
    assert granted == {
        "generated:vault-writer.principalId": azure_blob.LOCKS,
        "generated:vault-pruner.principalId": None,
    }


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("locks/abc", True), ("data/ab/abc", False), ("snapshots/abc", False), ("config", False), ("locks", False)],
)
def test_the_condition_holds_for_locks_alone(path: str, allowed: bool) -> None:
    """Of an action that it does not name a condition says nothing; of this one a pattern of Azure, * for anything."""
    found = re.fullmatch(
        r"\(!\(ActionMatches\{'(?P<action>\S+)'\}\) OR @Resource\[(?P<of>\S+)\] StringLike '(?P<like>\S+)'\)",
        azure_blob.LOCKS,
    )
    assert found
    assert found["action"] == f"{found['of'].removesuffix(':path')}/delete"
    assert fnmatch.fnmatchcase(f"shop.prod/postgres/{path}", found["like"]) is allowed


def test_writer_and_pruner_are_identities_without_keys() -> None:
    run = settled(vault("azure_blob"))
    said = access(run)
    names = {it["name"] for it in of_type(run, "authorization/userAssignedIdentity:UserAssignedIdentity")}
    (group,) = of_type(run, "core/resourceGroup:ResourceGroup")
    assert NAME.fullmatch(group["name"])
    for who in ("writer", "pruner"):
        identity = said[who]["service_account"]["ladder/azure-identity"]
        assert identity.rpartition("/")[2] in names
        assert f"/subscriptions/{ID}/resourceGroups/{group['name']}/" in identity
        assert said[who]["service_account"]["azure.workload.identity/tenant-id"] == ID
        assert said[who]["env"] == {
            "AZURE_ACCOUNT_NAME": group["name"],
            "AZURE_CLIENT_ID": f"generated:vault-{who}.clientId",
        }
    assert said["url"] == "azure:backups:"


def test_the_master_secret_is_kept_a_second_time_and_not_readable() -> None:
    run = settled(vault("azure_blob"))
    (copy,) = of_type(run, "keyvault/secret:Secret")
    assert copy["value"] == access(run)["master"]
    (safe,) = of_type(run, "keyvault/keyVault:KeyVault")
    assert safe["purgeProtectionEnabled"] is True
    assert [(it["objectId"], "Purge" in it["secretPermissions"]) for it in safe["accessPolicies"]] == [(ID, False)]
    shown = str([masked(found.inputs) for found in run.registrations]) + str(masked(run.outputs))
    assert "generated:vault-master.result" not in shown


@pytest.mark.parametrize(
    ("more", "key", "words"),
    [
        ({"subscription": "1"}, "subscription", "32 hexadecimal digits"),
        ({"tenant": ID.upper()}, "tenant", "az account show --query tenantId"),
        ({"operator": "me"}, "operator", "az ad signed-in-user"),
        ({"region": "eu-central-1"}, "region", "no region"),
        ({"storage_account": "acme-backups"}, "storage_account", "3 to 24"),
        ({"kept_days": 400}, "kept_days", "14 to 365 days"),
        ({"replication": "grs"}, "replication", "lrs, zrs"),
        ({"immutability": {"mode": "locked", "days": 0}}, "immutability.days", "1 to 36500"),
        ({"kms_key": "x"}, "kms_key", "is not a setting"),
    ],
)
def test_a_wrong_setting_is_told(more: dict[str, object], key: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(vault("azure_blob", **more), lambda _: True, project="ladder", stack="dev")
    told = {it.key: f"{it.value} | {it.rule} | {it.fix}" for it in caught.value.complaints}
    assert words in told[f"ladder:repository.{key}"], told


def environment(cluster: Mapping[str, object], cloud: Cloud, said: Mapping[str, object]) -> Run:
    """An environment on `cluster`, whose vault says `said`."""

    def answer(args: Properties) -> Properties:
        return {"name": args["name"], "outputs": {"vault": dict(said)}}  # pyright: ignore[reportReturnType]

    given = config({Kind.POSTGRES: {}}, cloud=cloud, cluster=cluster, vault="acme/ladder/prod-vault")
    return up(given, invokes={vaults.READ: answer})


@pytest.fixture(scope="module")
def said() -> dict[str, Any]:
    return access(settled(vault("azure_blob")))


def test_jobs_ask_for_a_token_and_know_whose(said: dict[str, Any]) -> None:
    run = environment(CLUSTERS["existing"], Cloud.AZURE, said)
    assert run.error is None, run.error
    assert any("az identity federated-credential create" in it.message for it in run.logs)
    found = {(it.type.rpartition(":")[2], it.name): inputs(it) for it in run.registrations}
    for job, who in (("backup", "writer"), ("prune", "pruner")):
        spec = found["CronJob", f"postgres-{job}"]["spec"]["jobTemplate"]["spec"]["template"]
        assert spec["metadata"]["labels"]["azure.workload.identity/use"] == "true"
        account = found["ServiceAccount", spec["spec"]["serviceAccountName"]]["metadata"]["annotations"]
        assert account == said[who]["service_account"]
        (secret,) = {
            it["valueFrom"]["secretKeyRef"]["name"]
            for it in spec["spec"]["containers"][0]["env"]
            if it["name"] in ("AZURE_ACCOUNT_NAME", "AZURE_CLIENT_ID", "RESTIC_REPOSITORY")
        }
        opens = found["Secret", secret]["stringData"]
        assert opens["AZURE_CLIENT_ID"] == f"generated:vault-{who}.clientId"
        assert opens["RESTIC_REPOSITORY"] == "azure:backups:/ladder.dev/postgres"


@pytest.mark.parametrize("kind", ["single_node", "eks", "gke"])
def test_a_cluster_that_cannot_be_them_is_told_before_anything_is_made(kind: str, said: dict[str, Any]) -> None:
    run = environment(CLUSTERS[kind], HOMES[kind], said)
    assert run.error is not None
    assert "use a vault of another kind" in run.error
    assert run.registrations[1:] == ()
