"""What must hold for one machine on Google Cloud, beside what holds for every cluster."""

from typing import Any

import pytest
from stacks import CLUSTERS, config, inputs, settled

from components.catalog import Cloud, Kind
from ladder.engine import Run


def built(**more: object) -> Run:
    return settled(config({Kind.POSTGRES: {}}, cloud=Cloud.GCP, cluster={**CLUSTERS["single_node-gcp"], **more}))


@pytest.fixture(scope="module")
def made() -> Run:
    return built()


def of_type(run: Run, type_: str) -> list[Any]:
    return [inputs(found) for found in run.registrations if found.type == type_]


def template(run: Run) -> Any:
    (found,) = of_type(run, "gcp:compute/instanceTemplate:InstanceTemplate")
    return found


def test_a_machine_waits_until_its_cluster_answers_and_is_ever_one(made: Run) -> None:
    (group,) = of_type(made, "gcp:compute/instanceGroupManager:InstanceGroupManager")
    assert (group["targetSize"], group["waitForInstances"], group["waitForInstancesStatus"]) == (1, True, "UPDATED")
    updated = group["updatePolicy"]
    assert (updated["maxSurgeFixed"], updated["maxUnavailableFixed"]) == (0, 1), "two machines cannot hold one disk"
    assert (updated["type"], updated["replacementMethod"]) == ("PROACTIVE", "RECREATE")
    (check,) = of_type(made, "gcp:compute/healthCheck:HealthCheck")
    assert group["autoHealingPolicies"]["healthCheck"] == "generated:cluster-machine-answers"
    (asked,) = [it for it in of_type(made, "gcp:compute/firewall:Firewall") if it["name"].endswith("-health")]
    assert asked["allows"][0]["ports"] == [str(check["httpHealthCheck"]["port"])]
    told = template(made)["metadata"]["user-data"]
    assert f"ListenStream={check['httpHealthCheck']['port']}" in told


def test_a_machine_has_disk_and_address_from_the_start_and_loses_neither(made: Run) -> None:
    boot, data = template(made)["disks"]
    assert (boot["boot"], boot["autoDelete"]) == (True, True)
    assert (data["source"], data["autoDelete"], data["mode"]) == ("ladder-dev-data", False, "READ_WRITE")
    assert f"DEVICE=/dev/disk/by-id/google-{data['deviceName']}\\n" in template(made)["metadata"]["user-data"]
    (way,) = template(made)["networkInterfaces"]
    assert way["accessConfigs"] == [{"natIp": "generated:cluster-address.address"}]


def test_the_account_of_a_machine_reads_its_authorities_and_nothing_else(made: Run) -> None:
    granted = [found for found in made.registrations if "IAMMember" in found.type or "IamMember" in found.type]
    assert {found.type for found in granted} == {"gcp:secretmanager/secretIamMember:SecretIamMember"}
    read = {inputs(found)["secretId"] for found in granted}
    kept = {it["secretId"] for it in of_type(made, "gcp:secretmanager/secret:Secret")}
    assert read == kept
    assert len(kept) == 4
    assert template(made)["serviceAccount"]["email"] == "generated:cluster-machine.email"
    assert "-----BEGIN" not in template(made)["metadata"]["user-data"]


def test_a_machine_opens_to_no_key_and_tells_nothing_without_the_header(made: Run) -> None:
    told = template(made)["metadata"]
    shut = {"enable-oslogin", "block-project-ssh-keys", "disable-legacy-endpoints"}
    assert {key: told[key] for key in shut} == dict.fromkeys(shut, "TRUE")
    assert set(told) == {*shut, "user-data"}


def test_nobody_knocks_at_a_machine_but_who_is_named_and_the_health_check() -> None:
    for web in (False, True):
        app = {"image": "acme/shop:1", "port": 8080, "ingress": {"host": "shop.example.com", "class": "traefik"}}
        cluster = {"cluster": CLUSTERS["single_node-gcp"], **({"app": app} if web else {})}
        run = settled(config({Kind.POSTGRES: {}}, cloud=Cloud.GCP, **cluster))
        rules = {it["name"]: it for it in of_type(run, "gcp:compute/firewall:Firewall")}
        assert set(rules) == {f"ladder-dev-{role}" for role in ("api", "health", *(["web"] if web else []))}
        assert {account for it in rules.values() for account in it["targetServiceAccounts"]} == {
            "generated:cluster-machine.email"
        }
        open_to_all = [name for name, it in rules.items() if "0.0.0.0/0" in it["sourceRanges"]]
        assert open_to_all == ["ladder-dev-web"] * web


def test_one_machine_pays_for_no_nat_and_stores_have_their_range(made: Run) -> None:
    assert of_type(made, "gcp:compute/routerNat:RouterNat") == []
    (subnetwork,) = of_type(made, "gcp:compute/subnetwork:Subnetwork")
    assert "secondaryIpRanges" not in subnetwork
    assert len(of_type(made, "gcp:servicenetworking/connection:Connection")) == 1


def test_the_disk_of_a_machine_is_snapshotted_daily_and_once_more_at_its_end() -> None:
    run = built(node={"snapshots": 3})
    (disk,) = of_type(run, "gcp:compute/disk:Disk")
    (policy,) = of_type(run, "gcp:compute/resourcePolicy:ResourcePolicy")
    (bound,) = of_type(run, "gcp:compute/diskResourcePolicyAttachment:DiskResourcePolicyAttachment")
    daily = policy["snapshotSchedulePolicy"]
    assert disk["createSnapshotBeforeDestroy"] is True
    assert daily["schedule"]["dailySchedule"]["daysInCycle"] == 1
    assert daily["retentionPolicy"] == {"maxRetentionDays": 3, "onSourceDiskDelete": "KEEP_AUTO_SNAPSHOTS"}
    assert (bound["name"], bound["disk"]) == (policy["name"], disk["name"])
    assert daily["snapshotProperties"]["labels"].items() >= disk["labels"].items()


def test_a_key_of_ones_own_encrypts_disk_and_authorities_of_a_machine() -> None:
    key = "projects/p/locations/europe-west3/keyRings/r/cryptoKeys/k"
    run = built(kms_key=key)
    (disk,) = of_type(run, "gcp:compute/disk:Disk")
    assert disk["diskEncryptionKey"] == {"kmsKeySelfLink": key}
    for secret in of_type(run, "gcp:secretmanager/secret:Secret"):
        (replica,) = secret["replication"]["userManaged"]["replicas"]
        assert replica == {"location": "europe-west3", "customerManagedEncryption": {"kmsKeyName": key}}
