"""Backups on a real cluster, against a real S3 server over TLS: taken, proven, lost, restored, and attacked."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster_backups import BACKUPS, VAULT, Backed, bring_up
from cluster_stores import Machine, pod, remove, status_of, until

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(
        shutil.which("pulumi") is None, reason="a vault is read by the Pulumi CLI, and it is not on PATH"
    ),
]

SQL = "psql -X -q -h /var/run/postgresql -U postgres -d app"
LOAD = f"""while :; do {SQL} -c "insert into visits (who) select md5(random()::text) from generate_series(1, 50);
    update visits set who = who || 1 where id > 20000 and id % 7 = 0"; done"""
CONTENT = "select count(*), sum(hashtext(v::text)) from visits v where id <= 20000"
ERASE = (Path(__file__).parent / "pods" / "erase-history.sh").read_text()


@pytest.fixture(scope="module")
def backed(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backed]:
    remove(machine, BACKUPS, VAULT)
    made = bring_up(machine, tmp_path_factory.mktemp("backups"))
    made.sql(
        "set role app_owner; create table visits (id serial primary key, who text, at timestamptz default now());"
        "insert into visits (who) select md5(n::text) from generate_series(1, 20000) n"
    )
    yield made
    remove(machine, BACKUPS, VAULT)


@pytest.fixture(scope="module")
def run(backed: Backed) -> str:
    """A run that was taken and proven while an application wrote."""
    with backed.start("exec", "postgres-0", "--container", "postgres", "--", "bash", "-c", LOAD) as writer:
        try:
            taken = backed.job("backup", "under-load")
            proven = backed.job("verify", "proof-under-load")
        finally:
            # The loop in the pod goes on without whoever started it.
            backed.execute("postgres-0", "postgres", "pkill", "-f", "while :; do psql")
            writer.kill()
    assert (taken["ok"], proven["ok"]) == (True, True), (taken, proven)
    assert proven["run"] == taken["run"]
    assert taken["amount"] > 20000
    return taken["run"]


def test_a_backup_is_taken_and_proven_under_write_load(run: str) -> None:
    assert run


def test_what_was_lost_comes_back_as_it_was(backed: Backed, run: str) -> None:
    before = backed.sql(CONTENT)
    backed.sql("drop table visits cascade")
    done = backed.job("restore", "comes-back", OVERWRITE="1", RUN=run)
    assert done["ok"], done
    assert backed.sql(CONTENT) == before
    assert backed.sql("select current_user from pg_roles limit 1") == "postgres"


def test_a_dump_by_a_failing_command_is_no_run(backed: Backed, run: str) -> None:
    fails = (
        "set -e; cp -rL /etc/ladder /tmp/scripts; chmod -R u+w /tmp/scripts; "
        "echo 'pg_dump() { command pg_dump \"$@\" | head -c 5000; return 1; }' >>/tmp/scripts/store.sh; "
        "export LADDER_SCRIPTS=/tmp/scripts; exec bash /tmp/scripts/backup.sh"
    )
    report = backed.job("backup", "dump-fails", command=["bash", "-c", fails])
    assert report["code"] == 22, report
    listed = backed.job("list", "after-dump-failed")
    again = backed.job("verify", "after-dump-failed-proof")
    assert again["run"] == run
    assert listed["runs"] == 1


def test_a_job_reaches_what_it_must_and_nothing_else(backed: Backed) -> None:
    """The proof restores in its own pod: it reaches the vault, and neither the database nor the cluster's API."""
    template = backed.get("cronjob", "postgres-verify")["spec"]["jobTemplate"]["spec"]["template"]
    api = backed.kubectl(
        "get", "service", "kubernetes", "--namespace", "default", "--output", "jsonpath={.spec.clusterIP}"
    )
    knock = f"""for i in $(seq 20); do
      timeout 3 bash -c '</dev/tcp/vault.{VAULT}.svc/7443' 2>/dev/null && break; sleep 1
    done
    for to in vault.{VAULT}.svc/7443 postgres.{BACKUPS}.svc/5432 {api}/443; do
      timeout 3 bash -c "</dev/tcp/$to" 2>/dev/null && echo "$to open" || echo "$to closed"; done"""
    container = {"name": "knock", "image": backed.machine.images["python"]["ref"], "command": ["bash", "-c", knock]}
    made = pod("knock", [container], labels=template["metadata"]["labels"])
    backed.apply({**made, "spec": {**made["spec"], "restartPolicy": "Never"}})
    until(lambda: "terminated" in status_of(backed, "knock", "knock").get("state", {}), "knock", 120)
    assert backed.logs("knock", "knock").split() == [
        f"vault.{VAULT}.svc/7443", "open", f"postgres.{BACKUPS}.svc/5432", "closed", f"{api}/443", "closed",
    ]  # fmt: skip


def test_the_writer_cannot_erase_history_and_a_damaged_pack_is_found(backed: Backed, run: str) -> None:
    template = backed.get("cronjob", "postgres-list")["spec"]["jobTemplate"]["spec"]["template"]
    spec = template["spec"]
    (own,) = spec["containers"]
    attacker = {
        **own,
        "name": "attacker",
        "image": backed.machine.images["python"]["ref"],
        "command": ["bash", "-c", ERASE],
        "env": [*own["env"], {"name": "LADDER_TOOLS_CA", "value": "/restic/ca-certificates.crt"}],
    }
    metadata = {"name": "attacker", "labels": template["metadata"]["labels"]}
    backed.apply({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {**spec, "containers": [attacker]}})
    until(lambda: "terminated" in status_of(backed, "attacker", "attacker").get("state", {}), "attacker", 120)
    said = dict(line.split(" ", 1) for line in backed.logs("attacker", "attacker").splitlines())
    pack = said.pop("pack")
    assert said == {
        "list": "200",
        "delete-pack": "403",
        "delete-snapshot": "403",
        "delete-config": "403",
        "add-lock": "200",
        "delete-lock": "204",
        "list-versions": "403",
        "put-policy": "403",
        "suspend-versions": "403",
        "overwrite-pack": "200",
    }
    name = pack.rpartition("/")[2]
    report = backed.job("verify", "proof-of-damage")
    assert report["code"] == 40, report
    assert name[:8] in report["why"]
    # What was overwritten is still there as a version; a pack is named by the digest of its content.
    bring_back = (
        f"for it in $(find /data/versions -type f); do [ $(sha256sum <$it | cut -c 1-64) = {name} ] || continue; "
        f"cat $it >$(find /data/buckets -name {name}); echo back; break; done"
    )
    assert backed.vault.inside("vault-0", "versitygw", "bash", "-c", bring_back) == "back"
    assert backed.job("verify", "proof-after-repair")["ok"]
