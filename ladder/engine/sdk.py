"""The edge to the SDK's internals: runs a program inside a context and an event loop of its own.

Everything that a run sets (settings, configuration, root stack) lives in context variables, so a copied
context leaves nothing behind. Only this file touches what the SDK keeps private.
"""

from __future__ import annotations

import asyncio
import contextvars
import gc
import traceback
import warnings
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import ParamSpec, TypeVar, cast

from pulumi import ComponentResource, Inputs, Resource
from pulumi.runtime import reset_options, run_in_stack, set_all_config
from pulumi.runtime.rpc_manager import RPCManager
from pulumi.runtime.settings import SETTINGS
from pulumi.runtime.stack import Stack, wait_for_rpcs

from ladder.engine.monitor import Listener, Monitor

_P = ParamSpec("_P")
_R = TypeVar("_R")


@dataclass(frozen=True, kw_only=True)
class Session:
    """What the SDK is told about the stack that runs."""

    project: str
    stack: str
    organization: str
    config: Mapping[str, str]
    secret_keys: frozenset[str]
    preview: bool


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a program ended.

    `error` and `traceback` tell what it raised itself, as text: the exception would keep the SDK's frames alive.
    `late` are the URNs of children made after their parent's outputs.
    """

    error: str | None = None
    traceback: str = ""
    late: tuple[str, ...] = ()
    broken: bool = False


def drive(program: Callable[[], object], session: Session, monitor: Monitor, listener: Listener) -> Ended:
    """Run a program to its end."""
    ended = contextvars.copy_context().run(_drive, program, session, monitor, listener)
    if ended.broken:
        _drop_abandoned()
    return ended


class _Inline(ThreadPoolExecutor):
    """Runs at once, in the caller's thread: the order of requests is the program's own."""

    def submit(self, fn: Callable[_P, _R], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_R]:
        future: Future[_R] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def _drive(program: Callable[[], object], session: Session, monitor: Monitor, listener: Listener) -> Ended:
    reset_options(
        project=session.project,
        stack=session.stack,
        organization=session.organization,
        preview=session.preview,
    )
    SETTINGS.monitor = monitor  # pyright: ignore[reportAttributeAccessIssue] the SDK takes any object with its methods
    SETTINGS.engine = listener  # pyright: ignore[reportAttributeAccessIssue] as above
    set_all_config(dict(session.config), list(session.secret_keys))
    loop = asyncio.new_event_loop()
    loop.set_default_executor(_Inline())
    # What a task raises reaches the caller through the SDK's own bookkeeping; the loop need not log it again.
    loop.set_exception_handler(_ignore)
    try:
        return loop.run_until_complete(_main(program))
    finally:
        _close(loop)


async def _main(program: Callable[[], object]) -> Ended:
    raised: list[BaseException] = []

    def guarded() -> None:
        try:
            program()
        except BaseException as error:
            raised.append(error)
            raise

    with _watching_outputs() as watched:
        try:
            await run_in_stack(guarded)
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:
            await _settle()
            # The program's own exception says more than the requests that died with it.
            return _broken(raised[0] if raised else error)
    late = [child for parent, known in watched for child in _children(parent) if child not in known]
    urns = [await child.urn.future() for child in late]
    return Ended(late=tuple(sorted(urn for urn in urns if urn)))


def _broken(error: BaseException) -> Ended:
    text = "".join(traceback.format_exception(error))
    return Ended(error=str(error) or type(error).__name__, traceback=text, broken=True)


def _drop_abandoned() -> None:
    """Free the coroutines that the SDK abandons after an error, here and now: later each would be a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        gc.collect()


def _ignore(loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """Drop what a loop would log."""


@contextmanager
def _watching_outputs() -> Generator[list[tuple[Resource, list[Resource]]]]:
    """Note which children a component has when it registers its outputs; requests come in another order."""
    watched: list[tuple[Resource, list[Resource]]] = []
    original = ComponentResource.register_outputs

    def noting(self: ComponentResource, outputs: Inputs) -> None:
        if not isinstance(self, Stack):
            watched.append((self, _children(self)))
        original(self, outputs)

    ComponentResource.register_outputs = noting
    try:
        yield watched
    finally:
        ComponentResource.register_outputs = original


def _children(component: Resource) -> list[Resource]:
    return list(component._childResources)  # pyright: ignore[reportPrivateUsage] no public way


async def _settle() -> None:
    """Let the requests finish that the first error left under way, as the engine waits for them too."""
    # The SDK declares these as properties in a way that type checkers do not follow.
    manager = cast(RPCManager, SETTINGS.rpc_manager)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    outputs = cast(set[object], SETTINGS.outputs)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    while cast(list[object], manager.rpcs) or outputs:  # pyright: ignore[reportUnknownMemberType]
        manager.unhandled_exception = None
        with suppress(Exception):
            await wait_for_rpcs()


def _close(loop: asyncio.AbstractEventLoop) -> None:
    pending = asyncio.all_tasks(loop)
    if pending:
        loop.run_until_complete(_cancel(pending))
    loop.close()


async def _cancel(tasks: set[asyncio.Task[object]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
