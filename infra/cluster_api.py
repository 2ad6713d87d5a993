"""A connection to the one cluster that a stack names, and what can go wrong with it.

The program is handed a `Reader` of it; only `ladder` sends anything else.
"""
# The official client declares itself typed, but leaves half of its functions without annotations.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar, cast

from pydantic import AliasPath, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo

from components.cluster import ClusterArgs, ClusterKind
from infra.complaints import Complaint

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

TIMEOUT_SECONDS = 5
CONTEXT = "ladder:cluster.context"


class Severity(StrEnum):
    """Whether a finding stops `pulumi up`."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True)
class Finding(Complaint):
    """Something about the cluster that does not fit what a stack asks for."""

    severity: Severity = Severity.ERROR


class ClusterError(Exception):
    """The cluster could not be asked."""

    def __init__(self, finding: Finding) -> None:
        """Say why."""
        super().__init__(str(finding))
        self.finding = finding


class Forbidden(Exception):  # noqa: N818 (what the cluster said)
    """The cluster knows who asks, and does not let them."""


class Shape(BaseModel):
    """The part of a Kubernetes object that is read: fields in snake case, whatever else it holds left out."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, extra="ignore")

    @field_validator("*", mode="before")
    @classmethod
    def _absent(cls, value: object, info: ValidationInfo) -> object:
        """Kubernetes writes an empty list now and then as null: that is the field's default."""
        field = cls.model_fields[str(info.field_name)]
        return field.get_default(call_default_factory=True) if value is None and not field.is_required() else value


S = TypeVar("S", bound=Shape)


class Items(Shape, Generic[S]):
    """A list of objects."""

    items: list[S]


class Words(Shape):
    """The explanation in a `Status`."""

    message: str = ""


def at(path: str) -> FieldInfo:
    """Where in an object a field of its shape is found, for example `status/phase` or `spec/ports/0/port`."""
    first, *rest = path.split("/")
    steps = [int(step) if step.isdigit() else step for step in rest]
    return cast("FieldInfo", Field(validation_alias=AliasPath(first, *steps)))


class Reader(Protocol):
    """Reads objects of one cluster."""

    def get(self, path: str, shape: type[S], **query: str) -> S | None:
        """The object at `path`, or None where there is none.

        Raises:
            ClusterError: The cluster does not answer, or not to these credentials.
            Forbidden: These credentials may not read it.
        """
        ...


class ClusterApi:
    """The cluster behind one named context; the current context of a kubeconfig is never looked at."""

    def __init__(self, cluster: ClusterArgs) -> None:
        """Read the kubeconfig; nothing is sent yet.

        Raises:
            ClusterError: It is missing, cannot be read, or does not hold the context.
        """
        self.context = cluster.context
        self._client = _client(cluster)
        self.server = str(self._client.configuration.host)

    def get(self, path: str, shape: type[S], **query: str) -> S | None:
        """The object at `path`, or None where there is none."""
        status, body = self.send("GET", path, query)
        return shape.model_validate_json(body) if status == 200 else None

    def text(self, path: str, **query: str) -> str | None:
        """What `path` holds as text (a log), or None where there is none, or none yet."""
        status, body = self.send("GET", path, query)
        return body.decode(errors="replace") if status == 200 else None

    def send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Mapping[str, object] | None = None,
        content_type: str = "application/json",
    ) -> tuple[int, bytes]:
        """Ask once and return status and body; a refusal that callers tell apart (404, 4xx of a write) is no error.

        Raises:
            ClusterError: The cluster does not answer, or not to these credentials.
            Forbidden: These credentials may not do it, and no rule of the cluster's own is behind that.
        """
        from kubernetes.client import ApiException
        from urllib3.exceptions import HTTPError

        request = self._client.param_serialize(
            method,
            path,
            query_params=list(query.items()),
            header_params={"Accept": "application/json, */*", "Content-Type": content_type},
            body=body,
            auth_settings=["BearerToken"],
        )
        try:
            response = self._client.call_api(*request, _request_timeout=TIMEOUT_SECONDS)
            status, content = int(response.status), cast("bytes", response.read())
        except (ApiException, HTTPError) as error:
            raise self._unreachable(" ".join(str(error).split())) from None
        if status == 401:
            rule = f"{self.server} does not accept these credentials (401)"
            raise self._error(rule, "log in to the cluster again, or ask its owner for a new kubeconfig")
        if status == 403 and not _by_admission(content):
            raise Forbidden(f"{method} {path}")
        if status >= 500:
            raise self._error(f"{self.server} answered {status} to {method} {path}", "see what ails the cluster")
        return status, content

    def _unreachable(self, words: str) -> ClusterError:
        if "ssl" in words.lower() or "certificate" in words.lower():
            rule = f"{self.server} shows a certificate that the kubeconfig does not trust"
            fix = "get a fresh kubeconfig of this cluster: its authority may have been replaced"
        else:
            rule = f"the cluster at {self.server} does not answer"
            fix = f"see that it runs and can be reached from here: kubectl --context {self.context} version"
        return self._error(f"{rule} ({words})", fix)

    def _error(self, rule: str, fix: str) -> ClusterError:
        return ClusterError(Finding(key=CONTEXT, value=self.context, rule=rule, fix=fix))


def message(body: bytes) -> str:
    """What the cluster says in an answer that is no object."""
    try:
        return Words.model_validate_json(body).message
    except ValidationError:
        return ""


def _by_admission(body: bytes) -> bool:
    """Whether a 403 comes from a rule about the object itself (Pod Security, a quota) and not from missing rights."""
    words = message(body)
    return bool(words) and not ('User "' in words and '" cannot ' in words)


def _client(cluster: ClusterArgs) -> "ApiClient":
    from kubernetes.client import Configuration
    from kubernetes.config import ConfigException, new_client_from_config
    from yaml import YAMLError

    path, key = _kubeconfig(cluster)
    try:
        contexts = _contexts(path)
        if contexts and cluster.context not in contexts:
            raise ClusterError(
                Finding(
                    key=CONTEXT,
                    value=cluster.context,
                    rule=f"{path} holds no context of this name",
                    fix=_how_to_reach(cluster) or f"set one of: {', '.join(contexts)}",
                )
            )
        configuration = Configuration()
        configuration.retries = False
        # Not kept: a token that was refreshed is the kubeconfig owner's business.
        return new_client_from_config(path, cluster.context, persist_config=False, client_configuration=configuration)
    except (ConfigException, YAMLError, OSError, ValueError, TypeError, KeyError) as error:
        rule = " ".join(str(error).split())
        raise ClusterError(
            Finding(
                key=key,
                value=path,
                rule=f"the kubeconfig is missing or cannot be read ({rule})",
                fix=_how_to_reach(cluster) or "set KUBECONFIG or ladder:cluster.kubeconfig to a file that can",
            )
        ) from None


def _how_to_reach(cluster: ClusterArgs) -> str | None:
    """Where the kubeconfig of a cluster is that the stack made itself; None where somebody else made it."""
    if cluster.kind is ClusterKind.EXISTING:
        return None
    command = f"pulumi stack output kubeconfig --show-secrets > {cluster.identifier}.kubeconfig"
    return f"after its first `up`: {command}, then KUBECONFIG={cluster.identifier}.kubeconfig"


def _kubeconfig(cluster: ClusterArgs) -> tuple[str, str]:
    """Path of the kubeconfig (several with the system's separator in between), and the setting that named it."""
    if cluster.kubeconfig:
        return str(Path(cluster.kubeconfig).expanduser()), "ladder:cluster.kubeconfig"
    if named := os.environ.get("KUBECONFIG"):
        return named, "KUBECONFIG"
    return str(Path.home() / ".kube" / "config"), "~/.kube/config"


def _contexts(path: str) -> list[str]:
    from kubernetes.config.kube_config import KubeConfigMerger

    merged = KubeConfigMerger(path).config
    entries = cast("list[Mapping[str, object]]", (merged.value.get("contexts") if merged else None) or [])
    return [str(entry["name"]) for entry in entries]
