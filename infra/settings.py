"""The only reader of configuration: from the keys of a stack file to one tree of what is wanted."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi import runtime
from pydantic import TypeAdapter, ValidationError

from components import catalog, naming
from components.app.args import AppArgs, IngressArgs
from components.backups.watchdog import AlertsArgs
from components.catalog import Keeper, Kind
from components.cluster.args import ClusterArgs, ClusterKind
from components.store import Placement, StoreArgs, StoreError
from infra import alerts, backups, climbs, cluster_settings, schema, store_settings
from infra.complaints import Complaint, SettingsError, from_validation, without_unknown
from infra.schema import PREFIX
from infra.store_settings import Ground

_ADAPTER = TypeAdapter(schema.Sections)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a stack wants.

    Attributes:
        project: Pulumi project.
        stack: Its name, without organization.
        organization: Owner of the stack; `organization` on backends without owners.
        placement: Where everything lives.
        cluster: How the cluster is reached.
        stores: By kind, in the catalogue's order; a store that nobody configured is absent.
        app: The application; absent where there is none.
        move: From or to which stack the environment moves; absent where it does not.
        alerts: Whom the watchdog tells.
        vault: Full name of the stack that keeps the backups; absent where none are taken.
        tags: Of everything in a cloud: whose it is, and who pays.
    """

    project: str
    stack: str
    organization: str
    placement: Placement
    cluster: ClusterArgs
    stores: Mapping[Kind, StoreArgs] = field(default_factory=dict[Kind, StoreArgs])
    app: AppArgs | None = None
    move: schema.MoveSection | None = None
    vault: str | None = None
    alerts: AlertsArgs = field(default_factory=AlertsArgs)
    tags: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def owner(self) -> str:
        """`<project>.<stack>`: how this stack signs its namespace."""
        return f"{self.project}.{self.stack}"

    @property
    def namespace(self) -> str:
        """Where its pods run."""
        return self.placement.namespace


def load(
    config: Mapping[str, str], secret: Callable[[str], bool], *, project: str, stack: str, organization: str
) -> Settings:
    """Read the configuration of a stack.

    Args:
        config: Every key of the stack as the engine hands it over: objects as JSON text. Other namespaces than
            `ladder:` are not read.
        secret: Whether a key holds a secret anywhere in it.
        project: Name of the Pulumi project.
        stack: Name of the stack.
        organization: Owner of the stack.

    Raises:
        SettingsError: With every wrong setting.
    """
    values = written(config)
    if values.get("kind") == schema.StackKind.VAULT:
        rule = "a vault has no stores that could be looked at here"
        fix = f"name the stack of an environment; the vault itself:  pulumi preview --stack {stack}"
        raise SettingsError([Complaint(key=f"{PREFIX}kind", value='"vault"', rule=rule, fix=fix)])
    sections, complaints = _validate(values)
    placement = Placement(
        stage=sections.stage,
        cloud=sections.cloud,
        cluster=cluster_settings.identity(sections.cluster, f"{project}-{stack}"),
        namespace=sections.namespace or f"ladder-{stack}",
        region=sections.cluster.region,
        account=sections.cluster.account,
    )
    complaints += namespace_complaints(placement.namespace)
    complaints += backups.complaints(sections, store_settings.configured(sections))
    complaints += backups.move_complaints(sections, stack)
    complaints += alerts.complaints(sections, secret)
    tags = {
        "ladder-stack": f"{project}.{stack}",
        "ladder-cost-centre": sections.providers.cost_centre or project,
        **sections.providers.tags,
    }
    storage_class = cluster_settings.storage_class(sections.cluster)
    ground = Ground(placement=placement, tags=tags, storage_class=storage_class)
    stores: dict[Kind, StoreArgs] = {}
    for kind, section in store_settings.configured(sections).items():
        if (section.external or "external" in (section.to or {})) and not secret(f"{PREFIX}{kind}"):
            complaints.append(_exposed(kind))
        try:
            store = backups.added(store_settings.store(kind, section, ground), section, sections)
        except StoreError as error:
            complaints += [store_settings.complaint(kind, section, problem) for problem in error.problems]
            continue
        stores[kind], wrong = climbs.added(kind, store, values, sections, ground)
        complaints += wrong
    configured = [kind for kind in Kind if kind in values]
    app = _app(sections.app, configured, complaints)
    complaints += _name_complaints(sections)
    about = cluster_settings.About(
        cloud=sections.cloud,
        name=f"{project}-{stack}",
        protect=any(store.protected for store in stores.values()),
        web=app is not None and app.ingress is not None,
        tags=tags,
    )
    cluster = cluster_settings.cluster(sections.cluster, about, complaints)
    complaints += _network_complaints(sections)
    if complaints or cluster is None:
        raise SettingsError(_once(complaints))
    return Settings(
        project=project,
        stack=stack,
        organization=organization,
        placement=placement,
        cluster=cluster,
        stores=stores,
        app=app,
        move=sections.move,
        vault=sections.vault and backups.full_name(sections.vault, organization, project),
        alerts=alerts.read(sections.alerts),
        tags=tags,
    )


def written(config: Mapping[str, str]) -> dict[str, object]:
    """What stands under `ladder:`, by key."""
    return {key.removeprefix(PREFIX): value(text) for key, text in config.items() if key.startswith(PREFIX)}


def _validate(values: Mapping[str, object]) -> tuple[schema.Sections, list[Complaint]]:
    """The sections that are well formed, and complaints about the others, so that one run shows every mistake.

    A section with an unknown key is read without that key: its other settings may be wrong as well.

    Raises:
        SettingsError: When not even the rest makes a configuration.
    """
    try:
        return _ADAPTER.validate_json(json.dumps(values)), []
    except ValidationError as error:
        complaints = from_validation(error, values)
        rest = without_unknown(error, values)
    try:
        return _ADAPTER.validate_json(json.dumps(rest)), complaints
    except ValidationError as error:
        broken = {str(found["loc"][0]) for found in error.errors(include_url=False, include_input=False)}
    try:
        rest = {key: value for key, value in rest.items() if key not in broken}
        return _ADAPTER.validate_json(json.dumps(rest)), complaints
    except ValidationError:
        raise SettingsError(complaints) from None


def value(text: str) -> object:
    """Objects and lists arrive as JSON; a scalar arrives as its text and stays text."""
    if text[:1] in ("{", "["):
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            return text
    return text


def _once(complaints: Sequence[Complaint]) -> list[Complaint]:
    """Every store and the cluster complain about a wrong region: the shortest list of right ones will do."""
    shared = {f"{PREFIX}cluster.{field}" for field in store_settings.OF_THE_CLUSTER}
    best_last = sorted(complaints, key=lambda it: (it.fix.startswith("one of"), -len(it.fix)))
    told = {complaint.key: complaint for complaint in best_last if complaint.key in shared}
    return [*(complaint for complaint in complaints if complaint.key not in shared), *told.values()]


def _network_complaints(sections: schema.Sections) -> list[Complaint]:
    """A service beside a cluster that Ladder did not make must be told where that is."""
    meant = (
        section.backend or catalog.SUPPORT.get((kind, section.stage or sections.stage, sections.cloud))
        for kind, section in store_settings.configured(sections).items()
    )
    kept = [str(backend) for backend in meant if backend and catalog.keeper(backend) is Keeper.PROVIDER]
    if not kept or sections.cluster.kind is not ClusterKind.EXISTING or sections.cluster.network is not None:
        return []
    return [
        Complaint(
            key=f"{PREFIX}cluster.network",
            value="absent",
            rule=f"{', '.join(kept)} must be reached from this cluster, and nobody else",
            fix=f"set network: {cluster_settings.NETWORKS.get(sections.cloud, '')}",
        )
    ]


def _exposed(kind: Kind) -> Complaint:
    key = f"{PREFIX}{kind}.external.uri"
    return Complaint(
        key=key,
        value="[not shown]",
        rule="holds a password, and stands in the stack file as plain text",
        fix=f"pulumi config set --secret --path '{key}', and change the password: git remembers it",
    )


def _name_complaints(sections: schema.Sections) -> list[Complaint]:
    """Two owners of one name: equal, or one that begins like the other's derived names (`<name>-members`)."""
    taken = [
        (f"{PREFIX}{kind}.name", section.name or kind) for kind, section in store_settings.configured(sections).items()
    ]
    if sections.app:
        taken.append((f"{PREFIX}app", AppArgs.name))
    return [
        Complaint(
            key=key,
            value=name,
            rule=f"collides with {other_key} ({other}): objects are named after their store",
            fix="give each a name that does not begin with the other's",
        )
        for index, (key, name) in enumerate(taken)
        for other_key, other in taken[index + 1 :]
        if f"{name}-".startswith(f"{other}-") or f"{other}-".startswith(f"{name}-")
    ]


def namespace_complaints(namespace: str) -> list[Complaint]:
    """Of a name that Kubernetes would refuse."""
    if naming.is_label(namespace):
        return []
    rule = "must be a DNS label: lowercase letters, digits and inner dashes, at most 63"
    return [Complaint(key=f"{PREFIX}namespace", value=namespace, rule=rule, fix="set ladder:namespace to such a name")]


def _app(section: schema.AppSection | None, stores: Sequence[Kind], complaints: list[Complaint]) -> AppArgs | None:
    if section is None:
        return None
    for kind in section.uses or ():
        if kind not in stores:
            rule = "the application uses a store that this stack does not have"
            fix = f"configure {PREFIX}{kind}, or leave it out"
            complaints.append(Complaint(key=f"{PREFIX}app.uses", value=kind, rule=rule, fix=fix))
    least, most = section.replicas.min, section.replicas.max
    if least > most:
        value = f"{{min: {least}, max: {most}}}"
        complaints.append(
            Complaint(
                key=f"{PREFIX}app.replicas",
                value=value,
                rule="min is above max",
                fix="set max to min or more",
            )
        )
        return None
    return AppArgs(
        image=section.image,
        port=section.port,
        uses=stores if section.uses is None else section.uses,
        least=least,
        most=most,
        cpu=section.cpu,
        memory_mib=section.memory_mib,
        node_port=section.node_port,
        ingress=IngressArgs(host=section.ingress.host, ingress_class=section.ingress.class_)
        if section.ingress
        else None,
    )


def read() -> Settings:
    """Read the configuration of the stack that runs.

    Raises:
        SettingsError: With every wrong setting.
    """
    return load(
        runtime.config.CONFIG.get(),
        runtime.is_config_secret,
        project=pulumi.get_project(),
        stack=pulumi.get_stack(),
        organization=pulumi.get_organization(),
    )
