"""The monitor that the SDK calls instead of the engine's: same requests, answered in this process.

The names of its methods are the SDK's. It keeps what the SDK's own mocks drop: protect, parent,
retainOnDelete, aliases and the other options.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, NoReturn, TypeAlias, cast

from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import alias_pb2, engine_pb2, resource_pb2

from ladder.engine.builtins import Builtins
from ladder.engine.deployment import Deployment
from ladder.engine.model import Log, Registration, Severity, UnsupportedError
from ladder.engine.properties import UNKNOWN, Properties
from ladder.engine.snapshot import PROVIDER_PREFIX
from ladder.engine.urns import former_urns, urn_of
from ladder.engine.wire import from_struct, to_struct

FlagName: TypeAlias = Literal["protect", "retainOnDelete"]

_FEATURES = (
    resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
)


@dataclass(kw_only=True)
class Monitor:
    """Answers the SDK; `unsupported` tells of the first request that it cannot answer as the engine would."""

    deployment: Deployment
    builtins: Builtins
    project: str
    stack: str
    config: Mapping[str, str]
    unsupported: str | None = None
    _wanted: dict[str, Registration] = field(default_factory=dict[str, Registration])

    def GetDeploymentInfo(self, request: Empty) -> resource_pb2.DeploymentInfo:  # noqa: N802
        """Say what this monitor can do; hooks and transforms, which need a server, it cannot."""
        return resource_pb2.DeploymentInfo(supportedFeatures=_FEATURES)

    def SignalAndWaitForShutdown(self, request: Empty) -> Empty:  # noqa: N802
        """Agree that the program has ended."""
        return Empty()

    def RegisterResource(  # noqa: N802
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        """Register a resource; the answer `FAIL` lets the SDK end the program without a second error."""
        with self._remembering():
            done = self.deployment.register(self._registration(request))
        if done is None:
            return resource_pb2.RegisterResourceResponse(result=resource_pb2.FAIL)
        urns = resource_pb2.RegisterResourceResponse.PropertyDependencies
        return resource_pb2.RegisterResourceResponse(
            urn=done.urn,
            id="" if done.id == UNKNOWN else done.id,
            object=to_struct(done.outputs if done.custom else done.inputs),
            propertyDependencies={key: urns(urns=it) for key, it in done.property_dependencies.items()},
        )

    def RegisterResourceOutputs(  # noqa: N802
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> Empty:
        """Take the outputs of a component or of the stack."""
        self.deployment.register_outputs(request.urn, from_struct(request.outputs))
        return Empty()

    def ReadResource(  # noqa: N802
        self, request: resource_pb2.ReadResourceRequest
    ) -> resource_pb2.ReadResourceResponse:
        """Read a stack reference; nothing else can be read without a cloud."""
        with self._remembering():
            outputs = self.builtins.read(request.type, request.id)
            wanted = self._read_registration(request)
            done = self.deployment.read(wanted, outputs)
        return resource_pb2.ReadResourceResponse(urn=wanted.urn, properties=to_struct(done.outputs if done else {}))

    def Invoke(  # noqa: N802
        self, request: resource_pb2.ResourceInvokeRequest
    ) -> resource_pb2.ResourceInvokeResponse:
        """Call a function of the engine, or one that the caller of the run supplied."""
        with self._remembering():
            if not request.provider:
                self._default_provider(request.tok, request.version)
            result = self.builtins.invoke(request.tok, from_struct(request.args))
        response = resource_pb2.ResourceInvokeResponse()
        # The field is named `return`, which Python does not take as a keyword.
        cast(Struct, getattr(response, "return")).CopyFrom(to_struct(result))
        return response

    def Call(self, request: resource_pb2.ResourceCallRequest) -> NoReturn:  # noqa: N802
        """Refuse: no provider is there to call."""
        with self._remembering():
            raise UnsupportedError(f"{request.tok}: the offline engine cannot call methods of resources")

    @contextmanager
    def _remembering(self) -> Generator[None]:
        try:
            yield
        except UnsupportedError as error:
            self.unsupported = self.unsupported or str(error)
            raise

    def _registration(self, request: resource_pb2.RegisterResourceRequest) -> Registration:
        _refuse_unmodelled(request)
        parent = self._wanted.get(request.parent)
        inherited = parent.deleted_with if parent else ""
        inputs = from_struct(request.object)
        is_provider = request.type.startswith(PROVIDER_PREFIX)
        if is_provider and request.version:
            inputs["version"] = request.version
        provider = request.provider
        if request.custom and not is_provider and not provider:
            provider = self._default_provider(request.type, request.version)
        timeouts = request.customTimeouts
        urn = self._urn(request.parent, request.type, request.name)
        wanted = Registration(
            urn=urn,
            type=request.type,
            name=request.name,
            custom=request.custom,
            parent=request.parent,
            inputs=inputs,
            protect=_flag(request, "protect", parent.protect if parent else None),
            retain_on_delete=_flag(request, "retainOnDelete", parent.retain_on_delete if parent else None),
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies={
                key: tuple(sorted(it.urns)) for key, it in sorted(request.propertyDependencies.items()) if it.urns
            },
            provider=provider,
            aliases=self._aliases(request, urn),
            ignore_changes=tuple(request.ignoreChanges),
            replace_on_changes=tuple(request.replaceOnChanges),
            delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
            custom_timeouts={
                key: text for key in ("create", "update", "delete") if (text := cast(str, getattr(timeouts, key)))
            },
            additional_secret_outputs=tuple(request.additionalSecretOutputs),
            deleted_with=request.deletedWith or inherited,
            version=request.version,
        )
        self._wanted.setdefault(urn, wanted)
        return wanted

    def _read_registration(self, request: resource_pb2.ReadResourceRequest) -> Registration:
        return Registration(
            urn=self._urn(request.parent, request.type, request.name),
            type=request.type,
            name=request.name,
            custom=True,
            parent=request.parent,
            inputs=from_struct(request.properties),
            dependencies=tuple(sorted(request.dependencies)),
            provider=request.provider or self._default_provider(request.type, request.version),
            additional_secret_outputs=tuple(request.additionalSecretOutputs),
            version=request.version,
            external_id=request.id,
        )

    def _default_provider(self, type_: str, version: str) -> str:
        """Return the reference of the provider that the engine registers for who names none."""
        package = type_.split(":")[0]
        token = PROVIDER_PREFIX + package
        name = "default" + ("_" + re.sub(r"[^A-Za-z0-9_]", "_", version) if version else "")
        urn = self._urn("", token, name)
        made = self.deployment.book.news.get(urn)
        if made is None:
            settings = {
                key.removeprefix(f"{package}:"): value
                for key, value in self.config.items()
                # The engine's own settings (`pulumi:disable-default-providers`) are not its provider's.
                if key.startswith(f"{package}:") and package != "pulumi"
            }
            inputs: Properties = {**settings, **({"version": version} if version else {})}
            wanted = Registration(
                urn=urn, type=token, name=name, custom=True, parent="", inputs=inputs, version=version
            )
            made = self.deployment.register(wanted, by_program=False)
        return f"{urn}::{made.id}" if made else ""

    def _urn(self, parent: str, type_: str, name: str) -> str:
        return urn_of(self.stack, self.project, parent, type_, name)

    def _aliases(self, request: resource_pb2.RegisterResourceRequest, urn: str) -> tuple[str, ...]:
        # The SDK's type stubs do not find their own alias module.
        aliases = cast(Iterable[alias_pb2.Alias], request.aliases)  # pyright: ignore[reportUnknownMemberType]
        own = [alias.urn or self._alias(request, alias.spec) for alias in aliases]
        old_parent = self.deployment.book.aliased.get(request.parent, "")
        return former_urns(urn, own, request.parent, old_parent)

    def _alias(self, request: resource_pb2.RegisterResourceRequest, spec: alias_pb2.Alias.Spec) -> str:
        owner = "" if spec.noParent else spec.parentUrn or request.parent
        stack, project = spec.stack or self.stack, spec.project or self.project
        return urn_of(stack, project, owner, spec.type or request.type, spec.name or request.name)


@dataclass(kw_only=True)
class Listener:
    """Takes what the program logs."""

    logs: list[Log] = field(default_factory=list[Log])

    def Log(self, request: engine_pb2.LogRequest) -> Empty:  # noqa: N802
        """Keep a message; the SDK's debug messages are dropped."""
        severities = {
            engine_pb2.INFO: Severity.INFO,
            engine_pb2.WARNING: Severity.WARNING,
            engine_pb2.ERROR: Severity.ERROR,
        }
        severity = severities.get(request.severity)
        if severity is not None:
            self.logs.append(Log(severity=severity, message=request.message, urn=request.urn))
        return Empty()


def _flag(request: resource_pb2.RegisterResourceRequest, name: FlagName, inherited: bool | None) -> bool | None:
    return cast(bool, getattr(request, name)) if request.HasField(name) else inherited


def _refuse_unmodelled(request: resource_pb2.RegisterResourceRequest) -> None:
    used = {
        "import_": request.importId,
        "replace_with": request.replace_with,
        "replacement_trigger": request.HasField("replacement_trigger"),
        "remote components": request.remote,
    }
    for option, value in used.items():
        if value:
            raise UnsupportedError(f"{request.name} ({request.type}): the offline engine does not model {option}")
