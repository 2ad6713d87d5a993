"""Runs of a Redis-compatible store on a real cluster: taken under load, proven, the volume lost, put back, frozen."""

import shutil
from collections.abc import Iterator

import pytest
from cluster_backups import Backed, bring_up, lose_the_volume, mend
from cluster_stores import Machine, remove

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(
        shutil.which("pulumi") is None, reason="a vault is read by the Pulumi CLI, and it is not on PATH"
    ),
]

NAMES = "ladder-test-backups-redis", "ladder-test-backups-redis-vault"
AS_APP = """export REDISCLI_AUTH=$(cat /run/ladder/auth/app-password)
exec $CLI --no-auth-warning --user app -h localhost -p $PORT --tls --cacert /run/ladder/tls/ca.crt "$@" """
SEED = """for n in $(seq 2000); do
    echo "set key:$n value-$n"; echo "zadd scores $n.5 member-$n"; echo "hset fields f$n $n"; echo "rpush line $n"
done
echo "xadd log 1-1 a 1"; echo "xadd log 2-1 b 2"; echo "xgroup create log readers 0"
echo "xreadgroup group readers me count 1 streams log >"
echo "set later x ex 86400"; echo "set soon x ex 5"
echo "select 3"; echo "set elsewhere 1" """
LOAD = 'while :; do echo "incr written"; echo "lpush queue x"; echo "setex short 1 x"; done'
LOOK = (
    "get key:7", "hlen fields", "hget fields f1999", "zrange scores 0 3 withscores", "lrange line 0 9", "dbsize",
    "xinfo stream log", "xpending log readers", "pexpiretime later", "-n 3 get elsewhere", "strlen guess",
)  # fmt: skip


def ask(backed: Backed, command: str, said: str = "true") -> str:
    """What the application's own login is told, errors too; `said` writes more commands."""
    script = f"({said}) | bash -c '{AS_APP}' client {command}"
    done = backed.execute("redis-0", "redis", "bash", "-c", script)
    return (done.stdout + done.stderr).strip()


def looked(backed: Backed) -> list[str]:
    return [ask(backed, command) for command in LOOK]


@pytest.fixture(scope="module")
def backed(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backed]:
    remove(machine, *NAMES)
    made = bring_up(machine, tmp_path_factory.mktemp("redis"), NAMES, "redis", role="store")
    assert "ERR" not in ask(made, "", SEED)
    yield made
    remove(machine, *NAMES)


@pytest.fixture(scope="module")
def run(backed: Backed) -> str:
    """A run that was taken and proven while an application wrote."""
    load = f"({LOAD}) | bash -c '{AS_APP}' >/dev/null"
    with backed.start("exec", "redis-0", "--container", "redis", "--", "bash", "-c", load) as writer:
        try:
            taken = backed.job("backup", "under-load")
            proven = backed.job("verify", "proof-under-load")
        finally:
            # The loop in the pod goes on without whoever started it.
            backed.execute("redis-0", "redis", "pkill", "-f", "while :; do echo")
            writer.kill()
    assert (taken["ok"], proven["ok"]) == (True, True), (taken, proven)
    assert int(ask(backed, "get written")) > 100
    assert (taken["amount"] > 2000, proven["run"]) == (True, taken["run"])
    return taken["run"]


def test_a_backup_of_redis_is_taken_and_proven_under_write_load(run: str) -> None:
    assert run


def test_a_dump_of_redis_by_a_failing_command_is_no_run(backed: Backed, run: str) -> None:
    fails = (
        "set -e; cp -rL /etc/ladder /tmp/scripts; chmod -R u+w /tmp/scripts; "
        "echo 'dump() { as store; ask --rdb - | head -c 5000; return 1; }' >>/tmp/scripts/store.sh; "
        "export LADDER_SCRIPTS=/tmp/scripts; exec bash /tmp/scripts/backup.sh"
    )
    report = backed.job("backup", "dump-fails", command=["bash", "-c", fails])
    assert report["code"] == 22, report
    assert backed.job("list", "after-dump-failed")["runs"] == 1


def test_a_lost_volume_of_redis_comes_back_as_it_was(backed: Backed) -> None:
    before = looked(backed)
    run = backed.job("backup", "before-loss")["run"]
    lose_the_volume(backed)
    mend(backed)
    assert ask(backed, "dbsize") == "0"
    done = backed.job("restore", "after-loss", RUN=run)
    assert (done["ok"], done["kept"]) == (True, ""), done
    assert looked(backed) == before


def test_redis_is_put_back_beside_its_data_or_over_it(backed: Backed, run: str) -> None:
    ask(backed, "set key:7 spoilt")
    assert backed.job("restore", "not-empty", RUN=run)["code"] == 50
    beside = backed.job("restore", "beside", RUN=run, INTO="24")
    assert beside["ok"], beside
    assert (ask(backed, "get key:7"), ask(backed, "-n 24 get key:7")) == ("spoilt", "value-7")
    for database in ("24", "27"):
        ask(backed, f"-n {database} flushdb")
    over = backed.job("restore", "over", RUN=run, OVERWRITE="1")
    assert over["ok"], over
    assert (ask(backed, "get key:7"), ask(backed, "-n 16 get key:7")) == ("value-7", "spoilt")
    assert over["saved"]


def test_a_frozen_redis_lets_no_application_in_also_after_a_restart(backed: Backed) -> None:
    assert backed.job("freeze", "freezes")["frozen"]
    assert "AUTH failed" in ask(backed, "set key:7 late")
    backed.replace_pods("redis-0", force=True)
    assert "AUTH failed" in ask(backed, "set key:7 late")
    assert backed.job("backup", "frozen")["ok"]
    assert backed.job("freeze", "thaws", THAW="1")["ok"]
    assert ask(backed, "get key:7") == "value-7"
    assert ask(backed, "set key:7 open") == "OK"
