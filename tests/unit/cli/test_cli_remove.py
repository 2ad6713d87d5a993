import json
import os
import stat
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import pytest
from cli_world import STACK, Answer

from components.catalog import Keeper
from components.store import StoreArgs
from infra import program
from ladder import engine, plan, vaults
from ladder.engine import Snapshot, plain
from ladder.errors import Exit, LadderError
from ladder.remove.leftovers import Volume
from ladder.remove.removal import Consent, Removal, Talk
from ladder.stack import stackfile

Ladder = Callable[..., Answer]
AGREED = Consent(without_backup=True, confirm="postgres")
AGREED_ALL = Consent(without_backup=True, confirm="prod")


class Killed(BaseException):
    """The process ended here."""


class OfflineCli:
    """The CLI, as the offline engine plays it; dies before or after its n-th command."""

    def __init__(self, *, dies_at: int = 0, after: bool = False) -> None:
        self.held = Snapshot.empty()
        self.commands: list[str] = []
        self.dies_at = dies_at
        self.after = after

    def up(self) -> None:
        with_death = self._begins("up")
        file = stackfile.load("prod")
        done = engine.run(
            lambda: program.main(look=False),
            project=file.project,
            stack=file.stack,
            config=file.config,
            before=self.held,
            invokes=vaults.OFFLINE,
            skip_preview=True,  # a preview judges the same, and takes as long again
        )
        self.held = done.after
        if done.error:
            raise LadderError(Exit.FAILED, done.error)
        with_death()

    def destroy(self) -> None:
        with_death = self._begins("destroy")
        assert not any(it.protect for it in self.held.resources), "the engine would refuse"
        self.held = Snapshot.empty()
        with_death()

    def state(self) -> Snapshot:
        return self.held

    def _begins(self, command: str) -> Callable[[], None]:
        self.commands.append(command)
        dies = len(self.commands) == self.dies_at
        if dies and not self.after:
            raise Killed

        def end() -> None:
            if dies:
                raise Killed

        return end


class Retained:
    """A class that keeps its volumes."""

    def before(self, stores: Sequence[StoreArgs]) -> list[Volume]:
        here = [it for it in stores if it.holds_data and it.keeper is Keeper.CLUSTER]
        return [Volume(name=f"pv-{it.name}", claim=f"data-{it.name}-0", size="50Gi") for it in here]

    def after(self, volumes: Sequence[Volume] | None) -> list[str]:
        return [f"{it.name} stays" for it in volumes or ()]


def unproven(store: StoreArgs) -> str:
    raise AssertionError(f"{store.name} was to be proven")


def removal(
    cli: OfflineCli,
    consent: Consent,
    said: list[str] | None = None,
    typed: str | None = None,
    prove: Callable[[StoreArgs], str] = unproven,
) -> Removal:
    file = stackfile.load("prod")
    return Removal(
        file=file,
        wanted=plan.read_settings(file),
        engine=cli,
        leftovers=Retained(),
        prove=prove,
        talk=Talk(say=(said if said is not None else []).append, ask=lambda _: typed),
        consent=consent,
    )


@pytest.fixture
def cli(project: Path) -> OfflineCli:
    """The CLI of a stack that is up."""
    found = OfflineCli()
    found.held = _after_up()
    return found


@cache
def _after_up() -> Snapshot:
    """The state of the stack file as it comes, made once: an `up` costs a fifth of a second."""
    first = OfflineCli()
    first.up()
    return first.held


def holds(cli: OfflineCli, name: str) -> bool:
    return any(urn.endswith(f"::{name}") for urn in cli.held.urns)


def text() -> str:
    return Path("Pulumi.prod.yaml").read_text()


def without_postgres() -> str:
    start, end = STACK.index("  ladder:postgres"), STACK.index("  ladder:app")
    return (STACK[:start] + STACK[end:]).replace("[redis, postgres]", "[redis]")


def test_a_store_goes_in_two_updates_and_leaves_the_rest(cli: OfflineCli) -> None:
    said: list[str] = []
    removal(cli, AGREED, said).store("postgres")
    assert cli.commands == ["up", "up"]
    assert text() == without_postgres()
    assert not holds(cli, "data-postgres-0")
    assert holds(cli, "redis")
    assert said[-1] == "pv-postgres stays"


@pytest.mark.parametrize("dies_at", [1, 2])
@pytest.mark.parametrize("after", [True, False])
def test_a_removal_that_was_killed_goes_on(cli: OfflineCli, dies_at: int, after: bool) -> None:
    cli.dies_at, cli.after = dies_at, after
    with pytest.raises(Killed):
        removal(cli, AGREED).store("postgres")
    assert holds(cli, "data-postgres-0") is not (dies_at == 2 and after)
    removal(cli, AGREED).store("postgres")
    assert text() == without_postgres()
    assert not holds(cli, "data-postgres-0")
    commands = len(cli.commands)
    removal(cli, AGREED).store("postgres")
    assert len(cli.commands) == commands


def test_a_stack_goes_with_everything_and_its_file_is_as_before(cli: OfflineCli) -> None:
    said: list[str] = []
    removal(cli, AGREED_ALL, said).everything()
    assert cli.commands == ["up", "destroy"]
    assert cli.held.resources == ()
    assert text() == STACK
    assert said[-1] == "pv-postgres stays"


@pytest.mark.parametrize("dies_at", [1, 2])
@pytest.mark.parametrize("after", [True, False])
def test_a_stack_that_was_half_gone_goes_on_going(cli: OfflineCli, dies_at: int, after: bool) -> None:
    cli.dies_at, cli.after = dies_at, after
    with pytest.raises(Killed):
        removal(cli, AGREED_ALL).everything()
    assert "phase: remove" in text()
    removal(cli, AGREED_ALL).everything()
    assert cli.held.resources == ()
    assert text() == STACK
    # What a killed destroy left is not built up again.
    assert cli.commands[-1] == "destroy" or dies_at == 2
    assert cli.commands.count("up") == (2 if dies_at == 1 and not after else 1)


@pytest.mark.parametrize(
    ("consent", "typed", "says"),
    [
        (Consent(), "postgres", "there is no backup to fall back on"),
        (Consent(yes=True), "postgres", "there is no backup to fall back on"),
        (Consent(without_backup=True), "postgre", '"postgre" is not "postgres"; nothing was changed'),
        (Consent(without_backup=True), None, "--confirm postgres"),
        (Consent(without_backup=True, yes=True), None, "--confirm postgres"),
        (Consent(without_backup=True, confirm="prod"), "postgres", '"prod" is not "postgres"'),
    ],
)
def test_data_goes_only_with_full_consent(cli: OfflineCli, consent: Consent, typed: str | None, says: str) -> None:
    with pytest.raises(LadderError, match=says) as caught:
        removal(cli, consent, typed=typed).store("postgres")
    assert caught.value.code is Exit.REFUSED
    assert (cli.commands, text()) == ([], STACK)


def test_the_refusal_says_how_to_make_a_dump(cli: OfflineCli) -> None:
    with pytest.raises(LadderError) as caught:
        removal(cli, Consent()).store("postgres")
    said = str(caught.value)
    assert "kubectl --context prod --namespace ladder-prod exec postgres-0 --container postgres -- pg_dump" in said
    assert "ladder remove postgres --stack prod --without-backup" in said
    with pytest.raises(LadderError, match="ladder remove --all --stack prod --without-backup"):
        removal(cli, Consent()).everything()


@pytest.fixture
def backed_up(project: Path, cli: OfflineCli) -> OfflineCli:
    """The stack with a vault."""
    file = project / "Pulumi.prod.yaml"
    file.write_text(STACK.replace("  ladder:cloud: aws\n", "  ladder:cloud: aws\n  ladder:vault: acme/ladder/vault\n"))
    return cli


def test_a_store_with_backups_is_proven_once_more_before_anything_is_touched(backed_up: OfflineCli) -> None:
    proven: list[tuple[str, int]] = []

    def prove(store: StoreArgs) -> str:
        proven.append((store.name, len(backed_up.commands)))
        return f"{store.name} is proven"

    said: list[str] = []
    removal(backed_up, Consent(confirm="postgres"), said, prove=prove).store("postgres")
    assert proven == [("postgres", 0)]
    assert said[:2] == [
        "postgres: 1 volume of 50 GiB will be given up; a last backup is taken and proven first.",
        "postgres is proven",
    ]
    assert not holds(backed_up, "data-postgres-0")


def test_without_a_proof_nothing_is_touched(backed_up: OfflineCli) -> None:
    def prove(store: StoreArgs) -> str:
        raise LadderError(Exit.REFUSED, "it differs")

    before = text()
    with pytest.raises(LadderError, match="it differs"):
        removal(backed_up, Consent(confirm="postgres"), prove=prove).store("postgres")
    assert (backed_up.commands, text()) == ([], before)


def test_a_removal_that_goes_on_proves_again_what_may_have_been_written_since(backed_up: OfflineCli) -> None:
    backed_up.dies_at, backed_up.after = 1, True
    proven: list[str] = []

    def prove(store: StoreArgs) -> str:
        proven.append(store.name)
        return "proven"

    with pytest.raises(Killed):
        removal(backed_up, Consent(confirm="postgres"), prove=prove).store("postgres")
    removal(backed_up, Consent(confirm="postgres"), prove=prove).store("postgres")
    assert proven == ["postgres", "postgres"]
    assert not holds(backed_up, "data-postgres-0")


def test_a_deletion_that_began_is_gone_on_with_although_no_job_can_prove_any_more(backed_up: OfflineCli) -> None:
    """The state here was made without a vault, and so has no jobs."""
    assert not holds(backed_up, "postgres-backup")
    file = Path("Pulumi.prod.yaml")
    file.write_text(file.read_text().replace("  ladder:postgres:\n", "  ladder:postgres:\n    phase: remove\n"))
    removal(backed_up, Consent(confirm="postgres")).store("postgres")
    assert not holds(backed_up, "data-postgres-0")


def test_a_typed_name_is_consent(cli: OfflineCli) -> None:
    removal(cli, Consent(without_backup=True), typed="postgres").store("postgres")
    assert text() == without_postgres()


def test_a_cache_needs_no_backup(cli: OfflineCli) -> None:
    removal(cli, Consent(yes=True)).store("redis")
    assert not holds(cli, "redis")
    assert holds(cli, "data-postgres-0")
    assert "ladder:redis" not in text()


def test_a_store_that_was_never_made_only_leaves_the_file(project: Path) -> None:
    fresh = OfflineCli()
    removal(fresh, Consent()).store("postgres")
    assert (fresh.commands, text()) == ([], without_postgres())


def test_an_unknown_store_is_an_error(cli: OfflineCli) -> None:
    with pytest.raises(LadderError, match="one of: redis, postgres") as caught:
        removal(cli, AGREED).store("kafka")
    assert caught.value.code is Exit.WRONG


FAKE = """\
#!{python}
import json, os, pathlib, sys
here = pathlib.Path(__file__).parent
with (here / "log").open("a") as log:
    print(json.dumps(sys.argv[1:]), file=log)
if sys.argv[1] == "stack":
    print((here / "state.json").read_text())
else:
    print("its own words")
    sys.exit(int(os.environ.get("FAKE_EXIT", "0")))
"""


@pytest.fixture
def fake_pulumi(project: Path, cli: OfflineCli, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `pulumi` on PATH that writes down how it was called."""
    folder = project / "bin"
    folder.mkdir()
    program_file = folder / "pulumi"
    program_file.write_text(FAKE.format(python=sys.executable))
    program_file.chmod(program_file.stat().st_mode | stat.S_IXUSR)
    (folder / "state.json").write_text(json.dumps({"version": 3, "deployment": cli.held.dump()}))
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    # There is no cluster to look at here.
    monkeypatch.setenv("KUBECONFIG", str(project / "no-kubeconfig"))
    return folder


def calls(folder: Path) -> list[list[str]]:
    return [json.loads(line) for line in (folder / "log").read_text().splitlines()]


def test_the_cli_is_called_without_ways_around_protection(project: Path, ladder: Ladder, fake_pulumi: Path) -> None:
    answer = ladder("remove", "postgres", "-s", "prod", "--without-backup", "--confirm", "postgres")
    assert answer.code is Exit.OK, answer.err
    where = ["--stack", "prod", "--config-file", str(project / "Pulumi.prod.yaml")]
    up = ["up", "--yes", "--non-interactive", *where]
    assert calls(fake_pulumi) == [["stack", "export", "--stack", "prod", "--non-interactive"], up, up]
    assert "Whether its volumes stay depends on their class" in answer.out


def test_a_failing_update_stops_the_removal_where_it_can_go_on(
    ladder: Ladder, fake_pulumi: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_EXIT", "7")
    answer = ladder("remove", "postgres", "-s", "prod", "--without-backup", "--confirm", "postgres")
    assert answer.code is Exit.FAILED
    assert "pulumi up ended with 7" in answer.err
    assert "    phase: remove\n" in text()


def test_without_a_cli_nothing_is_touched(project: Path, ladder: Ladder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(project))
    answer = ladder("remove", "postgres", "-s", "prod", "--without-backup", "--confirm", "postgres")
    assert answer.code is Exit.MISSING
    assert "the Pulumi CLI is not on PATH" in answer.err
    assert text() == STACK


FUNDED = """\
config:
  ladder:stage: funded
  ladder:cloud: aws
  ladder:cluster:
    kind: existing
    context: prod
    storage_class: gp3
    region: eu-central-1
    account: "123456789012"
    network: {vpc: vpc-1, subnets: [subnet-a, subnet-b], security_group: sg-1}
  ladder:redis: {}
  ladder:postgres: {storage_gib: 50}
  ladder:mongodb: {atlas: {project: 5f0e9d8c7b6a59483726150f}}
"""
SNAPSHOT = "ladder-prod-{}-final-generated:{}-final.hex"
KEEPS = "Its service keeps a last snapshot of {}, and charges for it, until somebody"
AT_RDS = "deletes it:  aws rds describe-db-snapshots --region eu-central-1 --db-snapshot-identifier "
AT_ELASTICACHE = "deletes it:  aws elasticache describe-snapshots --region eu-central-1 --snapshot-name "


@pytest.fixture
def funded(project: Path) -> OfflineCli:
    """The CLI of a stack whose stores are services', and up."""
    (project / "Pulumi.prod.yaml").write_text(FUNDED)
    found = OfflineCli()
    found.up()
    found.commands.clear()
    return found


def test_what_a_service_keeps_of_a_store_is_said_before_and_named_after(funded: OfflineCli) -> None:
    said: list[str] = []
    removal(funded, AGREED, said).store("postgres")
    assert said[:2] == [
        "postgres: what aws_rds keeps of 50 GiB will be given up; no backup is taken.",
        "    last snapshot: <identifier>-final-<random>; its automated backups stay for their days too",
    ]
    assert said[-2:] == [KEEPS.format("postgres"), AT_RDS + SNAPSHOT.format("postgres", "postgres")]
    assert not holds(funded, "postgres-instance")


def test_the_deletion_of_an_instance_is_let_go_and_its_snapshot_named_before_it_begins(funded: OfflineCli) -> None:
    funded.dies_at = 2
    with pytest.raises(Killed):
        removal(funded, AGREED).store("postgres")
    (instance,) = (it for it in funded.held.resources if it.urn.endswith("::postgres-instance"))
    lifted = {"deletionProtection": False, "skipFinalSnapshot": False}
    assert instance.protect is False
    assert {key: plain(instance.inputs)[key] for key in lifted} == lifted
    assert plain(instance.outputs)["finalSnapshotIdentifier"] == SNAPSHOT.format("postgres", "postgres")
    said: list[str] = []
    removal(funded, AGREED, said).store("postgres")
    assert said[-2:] == [KEEPS.format("postgres"), AT_RDS + SNAPSHOT.format("postgres", "postgres")]


def test_a_stack_of_services_goes_with_everything_that_they_keep_named(funded: OfflineCli) -> None:
    said: list[str] = []
    removal(funded, AGREED_ALL, said).everything()
    assert said[-4:] == [
        KEEPS.format("postgres"),
        AT_RDS + SNAPSHOT.format("postgres", "postgres"),
        KEEPS.format("redis"),
        AT_ELASTICACHE + SNAPSHOT.format("redis", "redis"),
    ]
    assert "    no last snapshot: Atlas takes none when a cluster goes" in "\n".join(said)


def test_without_a_vault_the_refusal_counts_on_no_pod_that_a_service_does_not_have(funded: OfflineCli) -> None:
    with pytest.raises(LadderError) as caught:
        removal(funded, Consent()).everything()
    said = str(caught.value)
    assert "kubectl" not in said
    assert "redis      what aws_elasticache keeps in ladder-prod" in said
    assert "mongodb at its service, no last snapshot: Atlas takes none" in said
    assert "Nothing was changed. Name a vault.\n" in said
