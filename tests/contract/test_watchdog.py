"""The watchdog as a reviewer of pods and rights looks at it."""

import json
from typing import Any

import pytest
from stacks import config, external, inputs, settled

from components.backups.watchdog.program import cluster, model, serve
from components.catalog import Kind
from ladder.engine import Run

ALERTS = {
    "webhook": "https://hooks.example.com:8443/T0/test-secret",
    "ping": "http://ping.example.com/test-secret",
    "format": "json",
    "image": {"ref": "mirror/python:3", "uid": 1234},
}


@pytest.fixture(scope="module")
def run() -> Run:
    stores = {"postgres": {"replicas": 1, "storage_gib": 20}, "mongodb": {"replicas": 3}, "redis": {"role": "cache"}}
    return settled(config(**stores, vault="acme-vault", alerts=ALERTS))


def made(run: Run, kind: str, name: str = "ladder-watchdog") -> Any:
    [found] = [one for one in run.registrations if one.type.endswith(f":{kind}") and one.name == name]
    return inputs(found)


def pod(run: Run) -> Any:
    return made(run, "Deployment")["spec"]["template"]["spec"]


def test_its_rights_are_these_and_no_others(run: Run):
    assert made(run, "Role")["rules"] == [
        {"apiGroups": ["batch"], "resources": ["jobs", "cronjobs"], "verbs": ["list"]},
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]},
        {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["ladder-health"], "verbs": ["get", "patch"]},
        {
            "apiGroups": [""],
            "resources": ["pods/log"],
            "resourceNames": ["mongodb-0", "mongodb-1", "mongodb-2", "postgres-0"],
            "verbs": ["get"],
        },
    ]
    subject = {"kind": "ServiceAccount", "name": "ladder-watchdog", "namespace": "ladder-dev"}
    assert made(run, "RoleBinding")["subjects"] == [subject]
    assert not [one.name for one in run.registrations if "ClusterRole" in one.type]


def test_its_pod_is_restricted(run: Run):
    spec = pod(run)
    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in (*spec["containers"], *spec["initContainers"]):
        security = container["securityContext"]
        assert security["readOnlyRootFilesystem"], container["name"]
        assert security["allowPrivilegeEscalation"] is False, container["name"]
        assert security["capabilities"] == {"drop": ["ALL"]}, container["name"]
        assert container["resources"]["limits"]["memory"] == container["resources"]["requests"]["memory"]


def test_the_token_is_the_watchdogs_alone(run: Run):
    spec = pod(run)
    assert spec["automountServiceAccountToken"] is False
    assert made(run, "ServiceAccount")["automountServiceAccountToken"] is False
    assert [one["name"] for one in spec["initContainers"] if "token" in str(one["volumeMounts"])] == []
    [projected] = [one["projected"]["sources"] for one in spec["volumes"] if one["name"] == "token"]
    assert projected[0]["serviceAccountToken"]["expirationSeconds"] == 3600


def test_it_holds_the_repositorys_secret_and_no_other_stores(run: Run):
    secrets = {one["secret"]["secretName"] for one in pod(run)["volumes"] if "secret" in one}
    backed_up = {f"{name}-repository" for name in ("postgres", "mongodb") if any(
        one.name == f"{name}-repository" for one in run.registrations
    )}  # fmt: skip
    assert secrets == {"ladder-watchdog-alerts", *backed_up}
    assert "postgres-repository" in secrets


def test_addresses_are_secrets(run: Run):
    assert set(made(run, "Secret", "ladder-watchdog-alerts")["stringData"]) == {"webhook", "ping"}
    assert "test-secret" not in json.dumps([made(run, "ConfigMap"), made(run, "Deployment")])


def test_it_reaches_the_api_the_vault_and_whom_it_tells(run: Run):
    spec = made(run, "NetworkPolicy")["spec"]
    assert [one["port"] for one in spec["egress"][1]["ports"]] == [80, 443, 6443, 8443]
    assert spec["egress"][2]["to"][0]["podSelector"] == {"matchLabels": {"app.kubernetes.io/name": "ladder-vault"}}
    assert len(spec["egress"]) == 3
    assert [one["ports"] for one in spec["ingress"]] == [[{"protocol": "TCP", "port": serve.PORT}]]


def test_nothing_tells_twice(run: Run):
    spec = made(run, "Deployment")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


def test_its_program_is_mounted_whole_and_runs_as_a_module(run: Run):
    held = set(made(run, "ConfigMap")["data"])
    volumes = {one["name"]: one for one in pod(run)["volumes"]}
    program = {one["path"] for one in volumes["program"]["configMap"]["items"]}
    assert held == program | {"config.json"}
    assert {"__init__.py", "__main__.py", "judge.py"} <= program
    [container] = pod(run)["containers"]
    assert container["command"] == ["python3", "-m", "watchdog"]
    mounts = {one["name"]: one["mountPath"] for one in container["volumeMounts"]}
    assert (mounts["program"], mounts["settings"]) == ("/app/watchdog", "/etc/ladder")
    assert {"name": "PYTHONPATH", "value": "/app"} in container["env"]
    assert (container["image"], pod(run)["securityContext"]["runAsUser"]) == ("mirror/python:3", 1234)


def test_it_is_told_every_store_that_holds_data(run: Run):
    told = json.loads(made(run, "ConfigMap")["data"]["config.json"])
    assert (told["stack"], told["namespace"], told["format"]) == ("dev", "ladder-dev", "json")
    assert {one["kind"]: len(one["volumes"]) for one in told["stores"]} == {"mongodb": 3, "postgres": 1}
    [postgres] = [one for one in told["stores"] if one["kind"] == "postgres"]
    assert set(postgres["schedules"]) == {model.Job.BACKUP, model.Job.VERIFY, model.Job.PRUNE}
    assert postgres["ships"] is False
    assert postgres["volumes"] == [{"pod": "postgres-0", "claim": "data-postgres-0", "gib": 20}]


def test_the_report_is_the_watchdogs_own(run: Run):
    [found] = [one for one in run.registrations if one.name == cluster.HEALTH]
    assert "data" not in inputs(found)
    assert list(found.ignore_changes) == ["data"]


@pytest.mark.parametrize(
    "settings",
    [
        config(postgres={}),
        config({Kind.POSTGRES: external(Kind.POSTGRES)}, redis={"role": "cache"}, vault="acme-vault"),
    ],
)
def test_there_is_no_watchdog_where_there_is_nothing_to_watch(settings: dict[str, str]):
    assert not [one.name for one in settled(settings).registrations if "watchdog" in one.name]
