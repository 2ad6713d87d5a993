"""What must hold for the backups of every store that has them, and for every vault."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from stacks import TRIPLES, config, inputs, least, settled, up, vault

from components import catalog
from components.app.connections import NAME as CONNECTIONS
from components.backups import hooks
from components.backups.hooks import FREEZES, HOOKS, LOADS
from components.backups.vault import RepositoryKind
from components.catalog import Cloud, Keeper, Kind, Stage
from infra import vault as of_vault
from ladder.engine import Run, masked, plain

JOBS = {"backup", "verify", "prune", "restore", "list"}
SCHEDULED = {"backup", "verify", "prune"}
REACH_THE_STORE = {"backup", "restore"}
SECRET = re.compile(r"generated:[-\w]+\.(?:result|bcryptHash|privateKeyPem\w*)")


@pytest.fixture(scope="module", params=sorted(HOOKS))
def kind(request: pytest.FixtureRequest) -> Kind:
    return request.param


def freeze(kind: Kind) -> set[str]:
    return {"freeze"} if kind in FREEZES else set()


def asked(kind: Kind) -> dict[Kind, object]:
    return {kind: {"role": "store"} if kind is Kind.REDIS else {}}


@pytest.fixture(scope="module")
def run(kind: Kind) -> Run:
    return settled(config(asked(kind), vault="acme-vault"))


@pytest.fixture(scope="module")
def jobs(run: Run, kind: Kind) -> dict[str, Any]:
    found = [found for found in run.registrations if found.type.endswith(":CronJob")]
    return {it.name.removeprefix(f"{kind}-"): inputs(it)["spec"] for it in found}


def pod(job: Any) -> Any:
    return job["jobTemplate"]["spec"]["template"]["spec"]


def test_a_store_has_every_job(jobs: dict[str, Any], kind: Kind) -> None:
    assert set(jobs) == JOBS | freeze(kind)
    assert {name for name, job in jobs.items() if not job["suspend"]} == SCHEDULED


def test_a_second_up_changes_nothing(run: Run, kind: Kind) -> None:
    assert settled(config(asked(kind), vault="acme-vault"), run.after).changes == ()


def test_no_job_blocks_the_next_for_ever(jobs: dict[str, Any]) -> None:
    for name, job in jobs.items():
        spec = job["jobTemplate"]["spec"]
        assert job["concurrencyPolicy"] == "Forbid", name
        assert 0 < spec["activeDeadlineSeconds"] <= 24 * 3600, name
        assert "backoffLimit" in spec, name
        # The controller counts a hundred missed starts and gives up, unless a deadline bounds how far it looks back.
        assert job["startingDeadlineSeconds"] < 100 * 3600, name
        assert job["startingDeadlineSeconds"] >= 600, name
        assert job["successfulJobsHistoryLimit"] <= 3, name
        assert job["failedJobsHistoryLimit"] <= 3, name
        assert job["timeZone"] == "Etc/UTC", name


def test_pods_are_restricted(jobs: dict[str, Any]) -> None:
    for name, job in jobs.items():
        spec = pod(job)
        assert spec["securityContext"]["runAsNonRoot"], name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert spec["automountServiceAccountToken"] is False, name
        assert spec["enableServiceLinks"] is False, name
        assert spec["restartPolicy"] == "Never", name
        for container in [*spec["containers"], *spec["initContainers"]]:
            security = container["securityContext"]
            assert security["readOnlyRootFilesystem"], name
            assert security["allowPrivilegeEscalation"] is False, name
            assert security["capabilities"] == {"drop": ["ALL"]}, name
            resources = container["resources"]
            assert resources["limits"]["memory"] == resources["requests"]["memory"], name
            assert "cpu" in resources["requests"], name


def test_every_empty_folder_of_a_job_has_a_limit(jobs: dict[str, Any]) -> None:
    folders = [volume["emptyDir"] for job in jobs.values() for volume in pod(job)["volumes"] if "emptyDir" in volume]
    assert folders
    assert [folder for folder in folders if "sizeLimit" not in folder] == []


def secrets(job: Any) -> set[str]:
    spec = pod(job)
    mounted = {volume["secret"]["secretName"] for volume in spec["volumes"] if "secret" in volume}
    env = [one for container in spec["containers"] for one in container["env"]]
    named = {one["valueFrom"]["secretKeyRef"]["name"] for one in env if "valueFrom" in one}
    assert [container for container in spec["containers"] if "envFrom" in container] == []
    return mounted | named


def test_no_job_can_read_what_an_application_logs_in_with(jobs: dict[str, Any], kind: Kind) -> None:
    of_jobs = {f"{kind}-repository", f"{kind}-pruner", f"{kind}-backup", f"{kind}-restore", f"{kind}-receipt"}
    for name, job in jobs.items():
        assert secrets(job) <= of_jobs, name
        assert not secrets(job) & {CONNECTIONS, f"{kind}-auth", f"{kind}-tls"}, name


def test_only_prune_holds_the_identity_that_deletes_and_only_restore_the_user_that_writes(
    jobs: dict[str, Any], kind: Kind
) -> None:
    assert {name for name, job in jobs.items() if f"{kind}-pruner" in secrets(job)} == {"prune"}
    assert {name for name, job in jobs.items() if f"{kind}-restore" in secrets(job)} == {"restore"} | freeze(kind)
    assert {name for name, job in jobs.items() if pod(job)["serviceAccountName"] == f"{kind}-pruner"} == {"prune"}


def test_only_the_jobs_that_must_may_reach_the_store(jobs: dict[str, Any], kind: Kind) -> None:
    reach = {
        name
        for name, job in jobs.items()
        if f"ladder/uses-{kind}" in job["jobTemplate"]["spec"]["template"]["metadata"]["labels"]
    }
    assert reach == REACH_THE_STORE | freeze(kind)


def test_a_job_that_loads_a_run_has_the_disk_and_the_memory_for_it(jobs: dict[str, Any], kind: Kind) -> None:
    scratch = {name for name, job in jobs.items() if "scratch" in {volume["name"] for volume in pod(job)["volumes"]}}
    assert scratch == {"verify", "restore"} | ({"backup"} if kind in LOADS else set())
    memory = {name: pod(job)["containers"][0]["resources"]["limits"]["memory"] for name, job in jobs.items()}
    assert {memory[name] for name in scratch} == {memory["verify"]}


def test_no_selector_of_the_store_takes_a_job_for_a_member(run: Run, jobs: dict[str, Any], kind: Kind) -> None:
    (members,) = [it for it in run.registrations if it.type.endswith(":StatefulSet")]
    wanted = inputs(members)["spec"]["selector"]["matchLabels"].items()
    for name, job in jobs.items():
        labels = job["jobTemplate"]["spec"]["template"]["metadata"]["labels"]
        assert not wanted <= labels.items(), name


def test_jobs_reach_the_repository_and_nothing_comes_in(run: Run, kind: Kind) -> None:
    (policy,) = [it for it in run.registrations if it.type.endswith(":NetworkPolicy") and it.name == f"{kind}-backups"]
    spec = inputs(policy)["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in spec
    dns, repository = spec["egress"]
    assert {port["port"] for port in dns["ports"]} == {53}
    assert [port["port"] for port in repository["ports"]] == [7443]
    assert repository["to"][0]["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "ladder-vault"}


def test_no_secret_is_readable_in_the_state(run: Run) -> None:
    shown = str([masked(found.inputs) for found in run.registrations]) + str(masked(run.outputs))
    assert SECRET.findall(shown) == []
    assert "generated:vault-master" not in str([plain(found.inputs) for found in run.registrations])


def test_no_secret_stands_in_a_command_or_a_plain_variable(jobs: dict[str, Any]) -> None:
    assert "generated:" not in json.dumps(jobs)


def test_components_are_whole(run: Run) -> None:
    assert (run.findings.without_outputs, run.findings.after_outputs) == ((), ())


def test_nothing_of_a_schedule_is_protected_because_nothing_in_it_is_the_only_copy(run: Run) -> None:
    assert [it.urn for it in run.registrations if "ladder:backups:" in it.urn and it.protect] == []


def test_a_store_loses_nothing_when_its_backups_begin_or_end(run: Run, kind: Kind) -> None:
    without = settled(config(asked(kind)))
    begun = settled(config(asked(kind), vault="acme-vault"), without.after)
    # A Job is made anew whenever it is to do something else.
    assert {op for op, urn in begun.changes if ":Job::" not in urn} == {"create", "update"}
    ended = settled(config(asked(kind)), run.after)
    bearing = [urn for op, urn in ended.changes if op != "update" and "PersistentVolumeClaim" in urn]
    assert bearing == []


def test_a_vault_that_cannot_be_read_ends_everything_before_it_began() -> None:
    for said, words in (
        ({}, "it has no output vault"),
        ({"vault": {"schema": 2}}, "it speaks schema 2, this Ladder 1"),
        ({"vault": {"schema": 1, "master": "test-secret"}}, "its output vault is incomplete (kind, url, ca"),
    ):
        done = up(config(postgres={}, vault="v"), invokes={of_vault.READ: lambda _, said=said: {"outputs": said}})
        assert words in str(done.error)
        assert 'ladder:vault = "organization/ladder/v"' in str(done.error)
        assert "test-secret" not in str(done.error) + str(done.traceback)
        assert [urn for _, urn in done.changes if "kubernetes:" in urn or "ladder:index" in urn] == []


def test_a_job_that_told_what_is_wrong_is_not_tried_again_at_once(run: Run, kind: Kind) -> None:
    pages = (Path(__file__).parents[2] / "docs/vaults.md").read_text()
    [table] = re.findall(r"\| exit code of a job \|.*?\n\n", pages, re.DOTALL)
    documented = {int(code) for row in re.findall(r"^\| ([\d, ]+) \|", table, re.MULTILINE) for code in row.split(",")}
    for job in ("backup", "verify", "prune", "restore", "list"):
        spec = found_in(run, "CronJob", f"{kind}-{job}")["spec"]["jobTemplate"]["spec"]
        [rule] = spec["podFailurePolicy"]["rules"]
        assert rule["action"] == "FailJob"
        codes = rule["onExitCodes"]
        assert (codes["operator"], set(codes["values"])) == ("In", {code for code in documented if code >= 20})


def test_data_without_a_backup_is_told_at_every_run() -> None:
    [told] = [it.message for it in settled(config(postgres={}, redis={"role": "cache"})).logs]
    assert told == "no backups of postgres: ladder:vault is not set, so nothing of their data is kept anywhere else"
    assert settled(config(postgres={}, vault="v")).logs == ()


# -------------------------------------------------------------------------------------------- point in time


@pytest.fixture(scope="module")
def shipped() -> Run:
    return settled(config(postgres={"backup": {"point_in_time_days": 9}}, vault="acme-vault"))


def found_in(run: Run, type_: str, name: str) -> Any:
    [one] = [it for it in run.registrations if it.type.endswith(f":{type_}") and it.name == name]
    return inputs(one)


def test_nothing_is_shipped_unless_asked(run: Run) -> None:
    assert [it.name for it in run.registrations if re.search("ship|wal|base|trim", it.name)] == []


def test_the_shipper_is_one_restricted_pod_that_tells_whether_it_ships(shipped: Run) -> None:
    spec = found_in(shipped, "Deployment", "postgres-ship")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    template = spec["template"]
    assert spec["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    assert template["metadata"]["labels"]["ladder/uses-postgres"] == "true"
    assert template["spec"]["securityContext"]["runAsNonRoot"]
    assert template["spec"]["automountServiceAccountToken"] is False
    assert "restartPolicy" not in template["spec"]
    [container] = template["spec"]["containers"]
    assert container["readinessProbe"]["exec"]["command"] == ["bash", "/etc/ladder/fresh.sh"]
    assert container["resources"]["limits"] == {"memory": "192Mi"}
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_the_log_has_a_repository_of_its_own_and_only_its_pruner_deletes(shipped: Run) -> None:
    opens = found_in(shipped, "Secret", "postgres-wal")["stringData"]
    runs = found_in(shipped, "Secret", "postgres-repository")["stringData"]
    assert opens["RESTIC_REPOSITORY"] == f"{runs['RESTIC_REPOSITORY']}-wal"
    assert opens["RESTIC_PASSWORD"] != runs["RESTIC_PASSWORD"]
    wanted = {"base": {"postgres-wal", "postgres-ship"}, "trim": {"postgres-wal-pruner"}}
    for job, held in wanted.items():
        assert secrets(found_in(shipped, "CronJob", f"postgres-{job}")["spec"]) == held
    restore = pod(found_in(shipped, "CronJob", "postgres-restore")["spec"])["containers"][0]["env"]
    assert {"AT", "LOG_REPOSITORY", "LOG_PASSWORD"} <= {one["name"] for one in restore}
    trim = pod(found_in(shipped, "CronJob", "postgres-trim")["spec"])["containers"][0]["env"]
    assert {"name": "DAYS", "value": "9"} in trim


def test_the_watchdog_opens_the_log_and_knows_when_its_jobs_run(shipped: Run) -> None:
    told = json.loads(found_in(shipped, "ConfigMap", "ladder-watchdog")["data"]["config.json"])
    [postgres] = told["stores"]
    assert postgres["ships"] is True
    for job in ("base", "trim"):
        assert postgres["schedules"][job] == found_in(shipped, "CronJob", f"postgres-{job}")["spec"]["schedule"]
    spec = found_in(shipped, "Deployment", "ladder-watchdog")["spec"]["template"]["spec"]
    [container] = spec["containers"]
    mounts = {it["name"]: it["mountPath"] for it in container["volumeMounts"]}
    assert mounts["postgres-wal"] == "/run/ladder/repositories/postgres-wal"
    assert "postgres-wal" in {it["secret"]["secretName"] for it in spec["volumes"] if "secret" in it}


def test_the_server_lets_the_shipper_in_and_drops_its_slot_when_there_is_none(shipped: Run) -> None:
    with_it = found_in(shipped, "ConfigMap", "postgres-scripts")["data"]
    assert "hostssl replication,postgres ship" in with_it["pg_hba.conf"]
    assert "create role ship" in with_it["roles.sql"]
    server = found_in(shipped, "StatefulSet", "postgres")["spec"]["template"]["spec"]["containers"][0]["env"]
    assert {"name": "SHIPPED", "value": "yes"} in server
    bare = settled(config(postgres={}, vault="acme-vault"))
    without = found_in(bare, "ConfigMap", "postgres-scripts")["data"]
    assert " ship " not in without["pg_hba.conf"] + without["roles.sql"].replace("-- Where nobody ships", "")
    assert "pg_drop_replication_slot" in without["roles.sql"]


def test_shipping_begins_and_ends_without_loss(shipped: Run) -> None:
    without = settled(config(postgres={}, vault="acme-vault"))
    asked_ = config(postgres={"backup": {"point_in_time_days": 9}}, vault="acme-vault")
    assert {op for op, _ in settled(asked_, without.after).changes} == {"create", "update"}
    assert settled(asked_, shipped.after).changes == ()
    ended = settled(config(postgres={}, vault="acme-vault"), shipped.after)
    assert [urn for op, urn in ended.changes if op != "update" and "PersistentVolumeClaim" in urn] == []


# ---------------------------------------------------------------------------------------------- services


MANAGED = [
    it for it in TRIPLES if catalog.keeper(catalog.SUPPORT[it]) is Keeper.PROVIDER and hooks.fit(it[0], Keeper.PROVIDER)
]


@pytest.fixture(scope="module", params=MANAGED, ids="-".join)
def managed(request: pytest.FixtureRequest) -> tuple[Kind, Run]:
    kind, stage, cloud = request.param
    return kind, settled(config(least(kind, stage), stage=stage, cloud=cloud, vault="acme-vault"))


def test_a_store_on_a_service_has_the_same_jobs_once_a_night(managed: tuple[Kind, Run]) -> None:
    kind, run = managed
    found = {it.name.removeprefix(f"{kind}-"): it for it in run.registrations if it.type.endswith(":CronJob")}
    assert set(found) == JOBS | freeze(kind)
    minute, hour, *every = inputs(found["backup"])["spec"]["schedule"].split()
    assert (minute.isdecimal(), hour.isdecimal(), every) == (True, True, ["*", "*", "*"])


def test_the_watchdog_watches_the_runs_of_a_service_and_no_pod_of_it(managed: tuple[Kind, Run]) -> None:
    kind, run = managed
    (told,) = [it for it in run.registrations if it.name == "ladder-watchdog" and it.type.endswith(":ConfigMap")]
    (store,) = json.loads(inputs(told)["data"]["config.json"])["stores"]
    assert (store["kind"], set(store["schedules"]), store["volumes"]) == (kind, SCHEDULED, [])


def test_what_nobody_takes_is_refused_where_it_is_asked_for() -> None:
    done = up(config({Kind.REDIS: {"backup": {"schedule": "0 3 * * *"}}}, stage=Stage.FUNDED, cloud=Cloud.AWS))
    assert "ladder:redis.backup" in str(done.error)
    assert "takes no backups of redis on aws_elasticache" in str(done.error)


# ------------------------------------------------------------------------------------------------ vaults


@pytest.fixture(scope="module", params=sorted(RepositoryKind))
def vault_run(request: pytest.FixtureRequest) -> Run:
    return settled(vault(request.param))


SDKS = {RepositoryKind.AZURE_BLOB: "pulumi_azure", RepositoryKind.GCS: "pulumi_gcp", RepositoryKind.S3: "pulumi_aws"}


@pytest.mark.parametrize("kind", sorted(RepositoryKind))
def test_a_vault_loads_the_sdk_of_its_own_cloud_alone(kind: RepositoryKind) -> None:
    code = (
        "import sys\n"
        "from stacks import settled, vault\n"
        f"settled(vault({str(kind)!r}))\n"
        f"print(*(name for name in {sorted(SDKS.values())} if name in sys.modules))\n"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, env={"PYTHONPATH": ".:tests"}
    )
    assert (done.returncode, done.stdout.split()) == (0, [SDKS[kind]] if kind in SDKS else []), done.stderr


def test_every_vault_hands_out_one_secret_of_one_shape(vault_run: Run) -> None:
    assert list(vault_run.outputs) == ["vault"]
    assert "generated:" not in str(masked(vault_run.outputs))
    said = plain(vault_run.outputs)["vault"]
    access = of_vault.parse("v", said)
    assert access.url.startswith("s3:https://") or not access.kind.startswith(("in_cluster", "s3"))
    assert access.writer != access.pruner or access.kind == "s3_compatible"


def test_what_a_vault_cannot_be_without_is_protected(vault_run: Run) -> None:
    guarded = {it.name for it in vault_run.registrations if it.protect}
    assert "vault-master" in guarded
    claims = {it.name for it in vault_run.registrations if it.type.endswith("PersistentVolumeClaim")}
    assert claims <= guarded


def test_a_second_up_of_a_vault_changes_nothing(vault_run: Run) -> None:
    again = {"in_cluster": vault(), "s3_compatible": vault("s3_compatible")}
    said = plain(vault_run.outputs)["vault"]["kind"]
    if said in again:
        assert settled(again[said], vault_run.after).changes == ()


def test_components_of_a_vault_are_whole(vault_run: Run) -> None:
    assert (vault_run.findings.without_outputs, vault_run.findings.after_outputs) == ((), ())


def test_the_writer_deletes_locks_alone() -> None:
    run = settled(vault())
    (setup,) = [it for it in run.registrations if it.name == "vault-setup" and it.type.endswith("ConfigMap")]
    statements = json.loads(inputs(setup)["data"]["policy.json"])["Statement"]
    may = [it for it in statements if it["Principal"] == {"AWS": ["writer"]}]
    deletes = [it["Resource"] for it in may if any("Delete" in action for action in it["Action"])]
    assert deletes == ["arn:aws:s3:::backups/*/locks/*"]
    everybody = {action for it in statements for action in it["Action"]}
    assert not everybody & {"s3:DeleteObjectVersion", "s3:PutBucketVersioning", "s3:PutBucketPolicy", "s3:*"}
