"""What `pulumi up` runs: read what is wanted, refuse what would lose data, look before the leap, build."""

from collections.abc import Iterable
from dataclasses import replace

import pulumi

from components.app import App, Connections, ConnectionsArgs
from components.app.component import DeployedApp
from components.backups import repository
from components.backups.repository import VaultAccess
from components.backups.schedule import Received, Schedule, ScheduleArgs
from components.backups.watchdog import Watchdog, WatchdogArgs, Watched
from components.catalog import Keeper, Kind
from components.climb.component import Climb, ClimbArgs
from components.cluster.network import AwsNetwork, GcpNetwork
from components.endpoint import Endpoint
from components.facade import Store
from components.kubernetes.certificates import Authority, AuthorityArgs
from components.kubernetes.namespace import Namespace, NamespaceArgs
from components.mongodb import Mongodb, MongodbArgs
from components.mysql import Mysql, MysqlArgs
from components.postgres import Postgres, PostgresArgs
from components.redis import Redis, RedisArgs
from components.store import Issuer, StoreArgs
from infra import (
    backups,
    guard,
    ledger,
    outputs,
    preflight,
    providers,
    settings,
    vault,
    vault_settings,
    workload_identity,
)
from infra.complaints import SettingsError
from infra.settings import Settings


def main(*, look: bool = True) -> None:
    """Build the stack that is selected.

    Args:
        look: Whether the cluster is looked at before anything is registered; off where there is none to look at.

    Raises:
        pulumi.RunError: When the settings are wrong, data would be lost, or the cluster is not fit. Nothing was
            registered then.
    """
    try:
        if of_vault := vault_settings.read():
            _warn(map(str, preflight.enforce(of_vault) if look else ()))
            vault.build(of_vault)
            return
        wanted = settings.read()
        guard.enforce(ledger.read(wanted), wanted)
        keeper = vault.read(wanted.vault)
        workload_identity.check(wanted, keeper)
        warnings = [
            *backups.warnings(wanted.vault, wanted.stores),
            *backups.move_warnings(wanted.move),
            *map(str, preflight.enforce(wanted) if look else ()),
        ]
    except (SettingsError, guard.Refused, preflight.NotFit, vault.VaultError) as error:
        raise pulumi.RunError(str(error)) from None
    _warn(warnings)
    build(wanted, keeper)


def _warn(warnings: Iterable[str]) -> None:
    for warning in warnings:
        pulumi.log.warn(warning)


def build(wanted: Settings, keeper: VaultAccess | None) -> None:
    """Register everything that `wanted` names.

    Args:
        wanted: The settings.
        keeper: The vault; absent where no backups are taken.
    """
    ground = providers.make(wanted)
    options = ground.options
    guarded = any(store.protected for store in wanted.stores.values())
    namespace = Namespace(
        "namespace",
        NamespaceArgs(name=wanted.placement.namespace, owner=wanted.owner, protect=guarded),
        options,
    )
    inside = pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(depends_on=[namespace]))
    authority = Authority("authority", AuthorityArgs(common_name=wanted.placement.namespace, protect=guarded), options)
    endpoints: dict[Kind, Endpoint] = {}
    records: list[pulumi.Resource] = []
    watched: list[Watched] = []
    schedules: list[pulumi.Resource] = []
    for kind, store in wanted.stores.items():
        signed = _grounded(store, authority.issuer, ground.cluster.network)
        made = _store(signed, inside)
        endpoints[kind] = made.endpoint
        records.append(made.record)
        if made.target:
            climb = ClimbArgs(store=signed, stack=wanted.stack, source=made.source, target=made.target)
            after = pulumi.ResourceOptions(depends_on=[made])
            Climb(f"{store.name}-climb", climb, pulumi.ResourceOptions.merge(inside, after))
        serving = signed.serving
        where = repository.of(keeper, wanted.owner, kind) if keeper and made.backup else None
        if serving.holds_data and (where or serving.keeper is Keeper.CLUSTER):
            watched.append(Watched(store=serving, repository=where))
        if where and made.backup:
            log = repository.log_of(keeper, wanted.owner, kind) if keeper and made.backup.ship else None
            asked = ScheduleArgs(
                store=serving,
                stack=wanted.stack,
                access=made.backup,
                repository=where,
                log=log,
                received=_received(keeper, wanted, kind),
            )
            schedules.append(Schedule(f"{store.name}-backups", asked, inside))
    if keeper and watched:
        place = wanted.placement.namespace
        watchdog = WatchdogArgs(stack=wanted.stack, namespace=place, stores=watched, alerts=wanted.alerts)
        after = pulumi.ResourceOptions(depends_on=schedules)
        Watchdog("watchdog", watchdog, pulumi.ResourceOptions.merge(inside, after))
    if keeper:
        workload_identity.bind(wanted, keeper, [it.store.name for it in watched if it.repository], inside)
    # An application learns of another backend only when the record says that it may use it.
    climbs = any(store.climb for store in wanted.stores.values())
    last = pulumi.ResourceOptions.merge(inside, pulumi.ResourceOptions(depends_on=records if climbs else []))
    connections = Connections(
        "connections", ConnectionsArgs(namespace=wanted.placement.namespace, endpoints=endpoints), last
    )
    # Where an environment is on the move, nothing may write: not yet here, or here no more.
    if wanted.app and not wanted.move:
        deployed = DeployedApp(app=wanted.app, namespace=wanted.placement.namespace, checksum=connections.checksum)
        App(
            "app",
            deployed,
            pulumi.ResourceOptions.merge(inside, pulumi.ResourceOptions(depends_on=[connections])),
        )
    outputs.export(wanted, endpoints, ground.cluster.kubeconfig)


def _grounded(store: StoreArgs, issuer: Issuer, network: AwsNetwork | GcpNetwork | None) -> StoreArgs:
    """The store with what the cluster and its authority say, on both of its backends."""
    climb = replace(store.climb, to=_grounded(store.climb.to, issuer, network)) if store.climb else None
    return replace(store, pods=replace(store.pods, issuer=issuer), network=network, climb=climb)


def _received(keeper: VaultAccess | None, wanted: Settings, kind: Kind) -> Received | None:
    """The runs that a store is filled from, where its environment comes from another stack."""
    source = wanted.move.from_ if wanted.move else None
    if keeper is None or source is None:
        return None
    return Received(stack=source, repository=repository.of(keeper, f"{wanted.project}.{source}", kind))


def _store(args: StoreArgs, options: pulumi.ResourceOptions) -> Store:
    match args:
        case MongodbArgs():
            return Mongodb(args.name, args, options)
        case RedisArgs():
            return Redis(args.name, args, options)
        case PostgresArgs():
            return Postgres(args.name, args, options)
        case MysqlArgs():
            return Mysql(args.name, args, options)
        case _:
            raise TypeError(f"no facade for {type(args).__name__}")
