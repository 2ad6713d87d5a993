"""A stack whose engine and jobs are played: what is true of both places, and who is killed when."""

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from components import record
from components.catalog import Keeper, Kind
from components.store import Phase, StoreArgs
from infra import guard, ledger
from ladder import plan
from ladder.backups.job import Result
from ladder.backups.started import Clock
from ladder.climb.jobs import Step
from ladder.climb.tools import Talk, Tools
from ladder.engine import Snapshot
from ladder.errors import Exit, LadderError
from ladder.stack import stackfile

PROJECT = "name: ladder\nruntime: python\nconfig:\n  ladder:stage: {type: string}\n"
FILE = """\
# prod
config:
  ladder:stage: bootstrap # for now
  ladder:cloud: aws
  ladder:cluster: {kind: existing, context: prod, identifier: acme, storage_class: gp3, region: eu-central-1}
  ladder:vault: safe
  # the books
  ladder:postgres:
    version: "17" # never 16 again
    storage_gib: 50
    backup: {schedule: "15 * * * *"} # hourly
    to:
      # who runs it gave us this
      external:
        uri: {secure: "v1:aB+/=="}
  ladder:app: {image: "acme/weather:1"} # end
"""
ENDED = """\
# prod
config:
  ladder:stage: bootstrap # for now
  ladder:cloud: aws
  ladder:cluster: {kind: existing, context: prod, identifier: acme, storage_class: gp3, region: eu-central-1}
  ladder:vault: safe
  # the books
  ladder:postgres:
    backend: external
    external: {uri: {secure: "v1:aB+/=="}}
    version: "17" # never 16 again
    storage_gib: 50
  ladder:app: {image: "acme/weather:1"} # end
"""
KEY = "k" * 32


class Killed(BaseException):
    """The process ended here."""


@dataclass
class Place:
    """One of the two places: its rows, whether writers are held there, whether applications may log in."""

    rows: int | None = None
    frozen: bool = False
    open: bool = True


@dataclass
class World:
    """What is true.

    Attributes:
        places: By backend.
        told: Where applications are led.
        steps: What was done, in order.
        dies_at: The number of the step at which the process ends.
        fails: Steps that end badly, with what they say.
        held: The engine's state: the record of what was completed.
        acknowledged: Writes that applications were told of.
    """

    places: dict[str, Place] = field(default_factory=lambda: {"in_cluster": Place(rows=7), "external": Place()})
    told: str = "in_cluster"
    steps: list[str] = field(default_factory=list[str])
    dies_at: int = 0
    fails: dict[str, Result | str] = field(default_factory=dict[str, Result | str])
    held: dict[str, object] = field(default_factory=dict[str, object])
    acknowledged: int = 7
    said: list[str] = field(default_factory=list[str])
    asked: list[str] = field(default_factory=list[str])
    seconds: float = 0.0

    def step(self, what: str, do: Callable[[], None] = lambda: None) -> None:
        """Do a step, unless the process dies first; applications write meanwhile."""
        self.steps.append(what)
        if len(self.steps) == self.dies_at:
            raise Killed
        do()
        self.write()

    def write(self) -> None:
        """An application writes where it was led to, if it is let in; its old pods still write to the other place."""
        for name in (self.told, *(it for it in self.places if it != self.told)):
            place = self.places[name]
            if place.rows is not None and place.open and not place.frozen:
                place.rows += 1
                self.acknowledged += 1
                return

    def now(self) -> float:
        self.seconds += 1
        return self.seconds


def sealed(proves: str, run: str = "-") -> str:
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    said = f"postgres/prod/{proves}/{run}/{moment}"
    return f"{proves}.{run}.{moment}.{hmac.new(KEY.encode(), said.encode(), hashlib.sha256).hexdigest()}"


RUN = "20261127T114000Z-a1b2c3"


@dataclass
class Cli:
    """The engine: the guard as it is, and of the program only what a climb is about."""

    world: World

    def up(self) -> None:
        self.world.step(f"up {self._phase()}", self._apply)

    def destroy(self) -> None:
        raise AssertionError

    def begin_up(self) -> "Going":
        return Going(self)

    def state(self) -> Snapshot:
        return Snapshot.load({"resources": self._resources()})

    def _phase(self) -> str:
        return str(self._store().phase or "none")

    def _store(self) -> StoreArgs:
        return plan.read_settings(stackfile.load("prod")).stores[Kind.POSTGRES]

    def _apply(self) -> None:
        """What the program would do, in its order: the guard, both places, the record, what applications are told."""
        if "up" in self.world.fails:
            raise LadderError(Exit.FAILED, str(self.world.fails["up"]))
        file = stackfile.load("prod")
        settings = plan.read_settings(file)
        held = {str(it["urn"]): {"outputs": it["outputs"]} for it in self._resources()}
        if found := guard.check(ledger.parse(held), settings):
            raise LadderError(Exit.REFUSED, str(guard.Refused(found)))
        store = settings.stores[Kind.POSTGRES]
        places = {str(store.backend): store} | ({str(store.climb.to.backend): store.climb.to} if store.climb else {})
        for name, place in self.world.places.items():
            if name not in places and name == "in_cluster":
                place.rows, place.open, place.frozen = None, True, False
            elif name in places and place.rows is None:
                place.rows = 0
        self.world.held = {name: self._leaves(name, it) for name, it in places.items()}
        said = {"schema": 1, **record.facts(store)}
        if store.climb:
            said["to"] = record.facts(store.climb.to)
        self.world.held["record"] = said
        self.world.told = str(store.serving.backend)

    def _leaves(self, name: str, store: StoreArgs) -> list[dict[str, object]]:
        if store.keeper is Keeper.OTHERS:
            return []
        return [
            {
                "urn": _urn("kubernetes:core/v1:PersistentVolumeClaim", "data-postgres-0"),
                "type": "kubernetes:core/v1:PersistentVolumeClaim",
                "custom": True,
                "outputs": {
                    "metadata": {"name": "data-postgres-0", "annotations": record.annotations(store)},
                    "spec": {
                        "storageClassName": "gp3",
                        "resources": {"requests": {"storage": f"{store.storage_gib}Gi"}},
                    },
                },
            }
        ]

    def _resources(self) -> list[dict[str, object]]:
        found: list[dict[str, object]] = [
            {
                "urn": _urn("random:index/randomPassword:RandomPassword", "postgres-receipt-key"),
                "type": "random:index/randomPassword:RandomPassword",
                "custom": True,
                "outputs": {"result": KEY},
            }
        ]
        for name, it in self.world.held.items():
            if name == "record":
                outputs = {"metadata": {"name": "ladder-postgres"}, "data": {record.KEY: json.dumps(it)}}
                urn = _urn("kubernetes:core/v1:ConfigMap", "ladder-postgres")
                found.append({"urn": urn, "type": "kubernetes:core/v1:ConfigMap", "custom": True, "outputs": outputs})
            else:
                found += it  # type: ignore[operator] (leaves)
        return found


def _urn(token: str, name: str) -> str:
    return f"urn:pulumi:prod::ladder::ladder:index:Postgres${token}::{name}"


@dataclass
class Going:
    """`up` in the background: what applications are told changes at the first look; its end waits for the gate."""

    cli: Cli
    begun: bool = False
    failed: LadderError | None = None
    cancelled: bool = False

    def look(self) -> None:
        if not self.begun:
            self.begun = True
            try:
                self.cli.up()
            except LadderError as error:
                self.failed = error

    def ended(self) -> bool:
        self.look()
        return self.failed is not None

    def wait(self) -> None:
        self.look()
        if self.failed:
            raise self.failed
        world = self.cli.world
        if "pods" in world.fails:
            raise LadderError(Exit.FAILED, str(world.fails["pods"]))
        assert world.places[world.told].open, "new pods would never become ready"

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class Jobs:
    """The jobs of the climb, by what they promise."""

    world: World

    def there(self) -> bool:
        said = self.world.held["record"]
        assert isinstance(said, dict)
        return said["phase"] is not None

    def told(self, step: Step) -> Result | None:
        return None

    def run(self, step: Step) -> Result:
        found: list[Result] = []
        self.world.step(str(step), lambda: found.append(self._do(step)))
        return found[0]

    def _do(self, step: Step) -> Result:
        world = self.world
        said = world.held["record"]
        assert isinstance(said, dict)
        assert said["phase"], "no jobs without a climb"
        source, target = world.places[str(said["backend"])], world.places[str(said["to"]["backend"])]
        opened = target.open and bool(target.rows)
        if failed := world.fails.get(str(step)):
            if isinstance(failed, str):
                raise LadderError(Exit.FAILED, failed)
            return failed
        match step:
            case Step.CHECK:
                return Result(ok=True, open=opened)
            case Step.COPY:
                assert not opened or said["backend"] == world.told, "overwrites what applications write to"
                target.rows, target.open, target.frozen = source.rows, False, False
                return Result(ok=True, rows=source.rows or 0, bytes=2**20, receipt=sealed("cutover"))
            case Step.GATE:
                if opened:
                    return Result(ok=True, open=True, receipt=sealed("gate"))
                source.frozen = True
                target.rows, target.open = source.rows, True
                return Result(ok=True, open=True, pause_seconds=1.5, rows=target.rows or 0, receipt=sealed("gate"))
            case Step.BACK:
                assert not opened, "the target serves"
                source.frozen = False
                return Result(ok=True, receipt=sealed("back"))
            case Step.END:
                assert source.frozen
                return Result(ok=True)


@dataclass
class Backups:
    """Backups and proofs."""

    world: World

    def backup(self, store: StoreArgs) -> Result:
        self.world.step(f"backup {store.backend}")
        return Result(ok=True, run=RUN)

    def verify(self, store: StoreArgs, run: str = "") -> Result:
        self.world.step(f"verify {store.backend}")
        proves = "retire" if store.arriving else "copy"
        return Result(ok=True, run=RUN, amount=7, lines=3, receipt=sealed(proves, RUN))


def tools(world: World, agree: Callable[[str, str], None] | None = None) -> Tools:
    """What the command would make for itself, killed where the world says."""
    cli = Cli(world)

    def shows(target: StoreArgs) -> bool:
        return world.told == target.backend

    def asked(question: str, _: str) -> None:
        world.asked.append(question)

    made = Tools(
        file=stackfile.load("prod"),
        kind=Kind.POSTGRES,
        engine=cli,
        copier=Jobs(world),
        prover=Backups(world),
        shows=shows,
        talk=Talk(say=world.said.append, agree=agree or asked),
        clock=Clock(now=world.now, sleep=lambda _: None),
    )
    save = made.save

    def counted(held) -> None:
        world.step("save", lambda: save(held))

    object.__setattr__(made, "save", counted)
    return made


def text() -> str:
    return Path("Pulumi.prod.yaml").read_text()


def brought_up() -> World:
    """A stack that is up, in the current folder."""
    Path("Pulumi.yaml").write_text(PROJECT)
    Path("Pulumi.prod.yaml").write_text(FILE)
    world = World()
    Cli(world).up()
    return replace(world, steps=[])


PHASES = (Phase.COPY, Phase.CUTOVER, Phase.RETIRE)
