"""The rules: pure, over what is registered, so that both engines can ask them."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from components import labels, record
from components.catalog import Kind
from ladder.diff import openings
from ladder.engine.properties import UNKNOWN, Properties, Value, mapping
from ladder.plan import bearing, registered
from ladder.policy import demands
from ladder.policy.limits import Limits
from ladder.prices.inputs import at, flag, items, text

_CRON_JOB = "kubernetes:batch/v1:CronJob"
_PROVIDERS = "pulumi:providers:"
_SPEAK_FOR_NOTHING = {"kubernetes:core/v1:Namespace", "aws:kms/key:Key"}
"""May hold a cache, or nothing: what is in them says for itself."""


@dataclass(frozen=True, kw_only=True)
class Held:
    """A resource, as it is wanted.

    Attributes:
        urn: Its own.
        type: Token.
        inputs: Without secret marks.
        protect: By the engine.
    """

    urn: str
    type: str
    inputs: Properties
    protect: bool

    @property
    def noun(self) -> str | None:
        """What people call the holder of data that it is; None for anything else, a copy or a cache among it."""
        return bearing.noun(self.type, self.inputs)

    @property
    def title(self) -> str:
        """For people: what it is, and which."""
        kind = "provider" if self.type.startswith(_PROVIDERS) else registered.short(self.type)
        return f"{kind} {registered.object_name(registered.label(self.urn), self.inputs)}"

    @property
    def stack(self) -> str:
        """Whose it is."""
        return self.urn.removeprefix("urn:pulumi:").partition("::")[0]


Find = Callable[[Held, Sequence[Held], Limits], Iterator[str]]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One thing that a reviewer looks for.

    Attributes:
        name: For the pack, and for people.
        says: The rule itself.
        find: What of a resource breaks it, in words that follow its title. It sees the whole stack where it is asked
            for, else nothing beside the resource.
        whole: Whether it must see the whole stack.
        keeps_data: Whether it is for data that must not be lost, and so not for stacks in which they may.
    """

    name: str
    says: str
    find: Find
    whole: bool = False
    keeps_data: bool = False

    def broken(self, it: Held, stack: Sequence[Held], limits: Limits) -> Iterator[str]:
        """What of a resource breaks the rule, in sentences."""
        if not (self.keeps_data and it.stack in limits.lenient):
            for words in self.find(it, stack, limits):
                yield f"{it.title} {words}"


def _protected(it: Held, _: Sequence[Held], __: Limits) -> Iterator[str]:
    if it.noun and it.type not in _SPEAK_FOR_NOTHING and not it.protect:
        yield "holds data, and the engine would delete it: protect"


def _outlives(it: Held, _: Sequence[Held], __: Limits) -> Iterator[str]:
    if it.type not in record.BEARERS or it.noun:
        yield from demands.unmet(demands.OUTLIVES, it.type, it.inputs)


def _backed_up(it: Held, stack: Sequence[Held], _: Limits) -> Iterator[str]:
    if it.noun is None:
        return
    yield from demands.unmet(demands.BACKUPS, it.type, it.inputs)
    store = text(it.inputs, "metadata", "annotations", f"{record.ANNOTATION}name")
    jobs = {text(other.inputs, "metadata", "name"): other for other in stack if other.type == _CRON_JOB}
    job = jobs.get(f"{store}-backup")
    if store and (job is None or flag(job.inputs, "spec", "suspend")):
        yield "holds data of which no backup is taken: ladder:vault"
    if it.type == "aws:s3/bucket:Bucket" and not any(_keeps_versions(other) for other in stack):
        yield "keeps no older versions"


def _keeps_versions(it: Held) -> bool:
    return registered.token(it.type) == "aws:s3/bucketVersioning" and (
        at(it.inputs, "versioningConfiguration", "status") == "Enabled"
    )


def _closed(it: Held, _: Sequence[Held], __: Limits) -> Iterator[str]:
    """An application may be for everybody, its own objects with it; nothing else."""
    owner = mapping(mapping(it.inputs.get("metadata")).get("labels"))
    tagged = f"{record.TAG}store" in mapping(it.inputs.get("tags"))
    if it.type.startswith("kubernetes:") and owner.get(labels.NAME) not in set(Kind):
        return
    if it.type.startswith("aws:vpc/") and not tagged:
        return
    for whom in sorted(openings.of(it.type, it.inputs)):
        if whom.startswith(openings.EVERYBODY):
            yield f"lets in {whom}"


def _tls(it: Held, _: Sequence[Held], __: Limits) -> Iterator[str]:
    yield from demands.unmet(demands.TLS, it.type, it.inputs)
    if it.type == "kubernetes:apps/v1:StatefulSet":
        for container in items(at(it.inputs, "spec", "template", "spec", "containers")):
            if any(env.get("name") == "TLS" and env.get("value") != "on" for env in items(container.get("env"))):
                yield "serves without TLS"
    if it.type == "aws:rds/parameterGroup:ParameterGroup" and text(it.inputs, "family").startswith("postgres"):
        forced = [p for p in items(it.inputs.get("parameters")) if p.get("name") == "rds.force_ssl"]
        if not any(p.get("value") == "1" for p in forced):
            yield "lets clients in without TLS: rds.force_ssl"


def _encrypted(it: Held, _: Sequence[Held], __: Limits) -> Iterator[str]:
    # A copy is encrypted as what it copies is.
    if not it.inputs.get("replicateSourceDb"):
        yield from demands.unmet(demands.ENCRYPTION, it.type, it.inputs)
    of_ebs = it.type.endswith(":StorageClass") and "ebs" in text(it.inputs, "provisioner")
    if of_ebs and at(it.inputs, "parameters", "encrypted") != "true":
        yield "makes disks that are not encrypted"


def _placed(it: Held, _: Sequence[Held], limits: Limits) -> Iterator[str]:
    match it.type.removeprefix(_PROVIDERS):
        case "aws":
            accounts = _decoded(it.inputs.get("allowedAccountIds"))
            yield from _within("account", accounts if isinstance(accounts, list) else [accounts], limits.accounts)
            yield from _within("region", [it.inputs.get("region")], limits.regions)
        case "gcp":
            yield from _within("project", [it.inputs.get("project")], limits.accounts)
            yield from _within("region", [it.inputs.get("region")], limits.regions)
        case _:
            return


def _within(what: str, named: Sequence[object], allowed: Sequence[str]) -> Iterator[str]:
    found = [it for it in named if it]
    if not found:
        yield f"names no {what}: it would work in whichever one the credentials are for"
    for it in found:
        if allowed and it not in (*allowed, UNKNOWN):
            yield f"works in {what} {it}, which is none of {', '.join(allowed)}"


def _tagged(it: Held, _: Sequence[Held], limits: Limits) -> Iterator[str]:
    match it.type.removeprefix(_PROVIDERS):
        case "aws":
            tags = _decoded(it.inputs.get("defaultTags"))
            given = mapping(tags).get("tags") if isinstance(tags, dict) else tags
        case "gcp":
            given = _decoded(it.inputs.get("defaultLabels"))
        case _:
            return
    if given == UNKNOWN:
        return
    for tag in ("ladder-stack", *limits.tags):
        if not isinstance(given, Mapping) or not given.get(tag):
            yield f"does not tag what it makes: {tag}"


def _decoded(value: object) -> Value:
    """What the inputs of a provider hold beside texts comes as JSON."""
    return cast(Value, json.loads(value) if isinstance(value, str) and value != UNKNOWN else value)


RULES: Sequence[Rule] = (
    Rule(
        name="data-is-protected", says="The engine deletes nothing that holds data.", find=_protected, keeps_data=True
    ),
    Rule(
        name="data-outlives-its-server",
        says="What deletes a server, or a claim, leaves its data, or a last snapshot of them.",
        find=_outlives,
        keeps_data=True,
    ),
    Rule(
        name="backups-are-taken",
        says="Of all data there are backups, and what is in a bucket is kept when it is overwritten.",
        find=_backed_up,
        whole=True,
        keeps_data=True,
    ),
    Rule(name="data-is-not-public", says="Nobody outside reaches a store, a bucket or a cluster's API.", find=_closed),
    Rule(name="tls-is-on", says="Stores serve with TLS, and with nothing else.", find=_tls),
    Rule(name="data-is-encrypted", says="Disks are encrypted.", find=_encrypted),
    Rule(name="places-are-allowed", says="Everything is made in a place that is named, and allowed.", find=_placed),
    Rule(name="tags-are-set", says="Everything in a cloud tells whose it is.", find=_tagged),
)
"""All of them. To add one, add it here, with a test that a stack breaks it."""
