"""Gives up a store, or a whole stack, with its data: the only way in which Ladder ever deletes any.

The stack file is the memory: a run that was killed goes on from what it finds there and in the state.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from components import catalog
from components.catalog import Keeper, Kind
from components.store import Phase, StoreArgs
from infra.settings import PREFIX, Settings
from ladder.engine import Snapshot
from ladder.errors import Exit, LadderError
from ladder.remove import snapshots
from ladder.remove.leftovers import Leftovers, Volume
from ladder.stack import edits
from ladder.stack.document import Document
from ladder.stack.pulumi_cli import Engine
from ladder.stack.stackfile import StackFile
from ladder.terminal import agreed


@dataclass(frozen=True, kw_only=True)
class Consent:
    """What the user agreed to on the command line.

    Attributes:
        without_backup: Nothing is to fall back on, and the user knows.
        yes: Do not ask before what holds no data goes.
        confirm: The typed name, given beforehand.
    """

    without_backup: bool = False
    yes: bool = False
    confirm: str | None = None


@dataclass(frozen=True, kw_only=True)
class Talk:
    """How the user is told and asked.

    Attributes:
        say: Print a line.
        ask: Ask a question and return what was typed; None where nobody can answer.
    """

    say: Callable[[str], None]
    ask: Callable[[str], str | None]


@dataclass(frozen=True, kw_only=True)
class Removal:
    """Everything that a removal works with; `prove` takes a backup of a store, proves it, and says so."""

    file: StackFile
    wanted: Settings
    engine: Engine
    leftovers: Leftovers
    prove: Callable[[StoreArgs], str]
    talk: Talk
    consent: Consent

    def store(self, name: str) -> None:
        """Remove one store.

        Args:
            name: Its kind, or its name.

        Raises:
            LadderError: When it is refused, or a step fails.
        """
        kind = self._kind(name)
        store = self.wanted.stores.get(kind)
        if store is None:
            self._finish(kind)
            return
        if not _holds(self.engine.state(), kind):
            self.talk.say(
                f"{store.name} was never made: its section in {self.file.path.name} is all there is to delete"
            )
            self._save(edits.without_store(self.file.document, f"{PREFIX}{kind}"))
            return
        self._agree(store.name, [store])
        self._unprotect([store])
        kept, last = self.leftovers.before([store]), self._last_snapshots([store])
        self.talk.say(f"3/4 delete {PREFIX}{kind} from {self.file.path.name}")
        self._save(edits.without_store(self.file.reread().document, f"{PREFIX}{kind}"))
        self.talk.say("4/4 pulumi up: delete the store")
        self.engine.up()
        self.talk.say(f"{store.name} is gone from the stack {self.file.stack}.")
        committed = self.file.root / f"Pulumi.{self.file.stack}.yaml"
        if committed.is_file() and not committed.samefile(self.file.path):
            self.talk.say(f"Take {PREFIX}{kind} out of {committed.name} too, or `make up` makes it again, empty.")
        self._say_what_stays(kept, last)

    def everything(self) -> None:
        """Remove every store and all that is left of the stack.

        Raises:
            LadderError: When it is refused, or a step fails.
        """
        stores = list(self.wanted.stores.values())
        state = self.engine.state()
        if not state.resources:
            self._forget_phases(stores)
            return
        self._agree(self.file.stack, stores)
        kept = self.leftovers.before(stores)
        if any(it.protect for it in state.resources) or not all(map(_is_marked, stores)):
            self._unprotect(stores)
        last = self._last_snapshots(stores)
        self.talk.say("3/4 pulumi destroy: delete the stack")
        self.engine.destroy()
        self._forget_phases(stores)
        self._say_what_stays(kept, last)

    def _forget_phases(self, stores: Sequence[StoreArgs]) -> None:
        """So that the file says again what `up` would make: an empty environment, protected as before."""
        self.talk.say(f"4/4 take the phases out of {self.file.path.name}; the stack {self.file.stack} holds nothing")
        file = self.file.reread().document
        for store in stores:
            if ("config", f"{PREFIX}{store.kind}", "phase") in file.nodes:
                file = edits.without_phase(file, f"{PREFIX}{store.kind}")
        self._save(file)
        self.talk.say(f"To give up its name too:  pulumi stack rm {self.file.full_name}")

    def _kind(self, name: str) -> Kind:
        for kind, store in self.wanted.stores.items():
            if name in (kind, store.name):
                return kind
        if name in list(Kind):
            return Kind(name)
        held = ", ".join(self.wanted.stores) or "none"
        raise LadderError(Exit.WRONG, f"{name}: {self.file.stack} has no such store\n    fix: one of: {held}")

    def _finish(self, kind: Kind) -> None:
        """The section is gone: either nothing was ever there, or an earlier run was killed before its last step."""
        state = self.engine.state()
        if not _holds(state, kind):
            self.talk.say(f"There is no {kind} in {self.file.stack}, neither in its file nor in its state.")
            return
        self.talk.say(f"4/4 pulumi up: {kind} is out of {self.file.path.name} already; delete what is left of it")
        self.engine.up()
        self.talk.say(f"{kind} is gone from the stack {self.file.stack}.")
        self._say_what_stays([], snapshots.taken(state, frozenset([kind])))

    def _unprotect(self, stores: Sequence[StoreArgs]) -> None:
        names = ", ".join(store.name for store in stores)
        document = self.file.document
        for store in stores:
            if not _is_marked(store):
                document = edits.with_phase(document, f"{PREFIX}{store.kind}", Phase.REMOVE)
        if stores:
            self.talk.say(f"1/4 phase: {Phase.REMOVE} for {names} in {self.file.path.name}")
            self._save(document)
        self.talk.say("2/4 pulumi up: lift the protection; nothing is deleted yet")
        self.engine.up()

    def _save(self, document: Document) -> None:
        edits.save(self.file.path, document)

    def _agree(self, name: str, stores: Sequence[StoreArgs]) -> None:
        """Ask once more; where data would go, for its name, and then take a last backup and prove it.

        Raises:
            LadderError: When the user does not agree, or there is no proof.
        """
        holding = [store for store in stores if store.holds_data]
        bare = [store for store in holding if store.backup is None]
        if bare and not self.consent.without_backup:
            raise LadderError(Exit.REFUSED, _no_backup(name, bare, self.file, self.wanted))
        if not holding and self.consent.yes:
            return
        before = "no backup is taken" if self.consent.without_backup else "a last backup is taken and proven first"
        for store in holding:
            self.talk.say(f"{store.name}: {_bearer(store)} will be given up; {before}.")
            if store.keeper is Keeper.PROVIDER:
                self.talk.say(f"    {snapshots.promise(store)}")
        question = f'Type "{name}" to give up {"its data" if holding else "what is in it"}'
        typed = self.consent.confirm if self.consent.confirm is not None else self.talk.ask(question)
        agreed(name, typed)
        for store in () if self.consent.without_backup else holding:
            # What is marked was proven before, and its deletion may have begun: its jobs go first.
            if not _is_marked(store) or _has_jobs(self.engine.state(), store):
                self.talk.say(self.prove(store))

    def _last_snapshots(self, stores: Sequence[StoreArgs]) -> list[str]:
        kinds = frozenset(store.kind for store in stores if store.keeper is Keeper.PROVIDER)
        return snapshots.taken(self.engine.state(), kinds) if kinds else []

    def _say_what_stays(self, kept: Sequence[Volume] | None, last: Sequence[str]) -> None:
        for line in (*last, *self.leftovers.after(kept)):
            self.talk.say(line)


def _is_marked(store: StoreArgs) -> bool:
    return store.phase is Phase.REMOVE


def _holds(state: Snapshot, kind: Kind) -> bool:
    """Whether anything of a store is left: its facade goes last."""
    token = f"ladder:index:{kind.capitalize()}"
    return any(it.urn.split("::")[2].split("$")[0] == token for it in state.resources)


def _has_jobs(state: Snapshot, store: StoreArgs) -> bool:
    return any(it.urn.endswith(f"CronJob::{store.name}-backup") for it in state.resources)


def _bearer(store: StoreArgs) -> str:
    """What its data lies in."""
    size = f" of {store.storage_gib} GiB" if catalog.has_disk(store.backend) else ""
    if store.keeper is Keeper.PROVIDER:
        return f"what {store.backend} keeps{size}"
    return f"{store.replicas} volume{'' if store.replicas == 1 else 's'}{size}"


def _no_backup(name: str, holding: Sequence[StoreArgs], file: StackFile, wanted: Settings) -> str:
    held = "\n".join(f"  {store.name:<10} {_bearer(store)} in {wanted.placement.namespace}" for store in holding)
    dumps = "\n".join(f"      {dump(store, wanted)}" for store in holding if store.keeper is Keeper.CLUSTER)
    by_hand = (
        f"; or make a dump by hand, and restore it somewhere to see that it is one:\n\n{dumps}\n" if dumps else "."
    )
    promises = "".join(
        f"\n  {store.name} at its service, {snapshots.promise(store)}"
        for store in holding
        if store.keeper is Keeper.PROVIDER
    )
    what = "--all" if name == file.stack and name not in wanted.stores else name
    return (
        f"{name}: there is no backup to fall back on: ladder:vault is not set, or nothing backs this kind up\n\n"
        f"{held}\n\n  Nothing was changed. Name a vault{by_hand}{promises}\n"
        f"  Then go on, and type the name when asked:\n\n"
        f"      ladder remove {what} --stack {file.full_name} --without-backup"
    )


def dump(store: StoreArgs, wanted: Settings) -> str:
    """A command that writes all data of a store into a file; passwords stay off its command line."""
    kubectl = f"kubectl --context {wanted.cluster.context} --namespace {wanted.placement.namespace}"
    run = f"exec {store.name}-0 --container {store.kind} --"
    match store.kind:
        case Kind.POSTGRES:
            return f"{kubectl} {run} pg_dump -h /var/run/postgresql -U postgres -Fc app >{store.name}.dump"
        case Kind.MYSQL:
            return (
                f"{kubectl} {run} mysqldump --no-defaults --socket=/var/run/mysqld/mysqld.sock --user=root "
                f"--single-transaction --set-gtid-purged=OFF --routines --events --hex-blob app >{store.name}.sql"
            )
        case Kind.REDIS:
            return f"{kubectl} {run} bash /etc/ladder/client.sh --rdb - >{store.name}.rdb"
        case Kind.MONGODB:
            read = f"{kubectl} get secret {store.name}-auth -o jsonpath='{{.data.app-password}}' | base64 -d"
            tls = " --ssl --sslCAFile /run/ladder/tls/ca.crt" if store.pods.tls else ""
            return (
                f"{read} | sed 's/^/password: /' | {kubectl} {run.replace('exec', 'exec -i', 1)} mongodump "
                f"--config /dev/stdin --host localhost --username app --authenticationDatabase admin --db app{tls} "
                f"--archive >{store.name}.archive"
            )
