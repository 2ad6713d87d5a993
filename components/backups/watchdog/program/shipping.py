"""The shipping of every write: whether its pod does its work, and what can be had to the moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from . import times
from .model import Finding, LogFact, Severity, ShipperFact, Store
from .part import Part, worst_first

PATIENCE = timedelta(minutes=5)
"""A pod that starts anew is given so long to catch up."""
LONG = timedelta(minutes=30)
BEHIND = timedelta(minutes=20)
"""Without a write, five minutes go by until the repository is told of it, and five until it is looked at."""
BASE_AFTER = timedelta(hours=3)
"""A base is looked for every hour, and taken within a few."""
BASE_OLD = timedelta(days=2)
RUNBOOK = "docs/runbooks/dead-shipper.md"


@dataclass(frozen=True, kw_only=True)
class ShippingArgs:
    """What is seen of a store's shipping.

    Attributes:
        store: Whose.
        shipper: Its pod; None where there is none.
        log: What its repository tells.
        absent: Since when there is no pod.
        watched: Since when writes are to be shipped, as far as the watchdog knows.
        now: The time.
    """

    store: Store
    shipper: ShipperFact | None
    log: LogFact
    absent: datetime
    watched: datetime
    now: datetime


def shipping(args: ShippingArgs) -> Finding | None:
    """What is to be said of it: one finding, however much is wrong."""
    parts = worst_first((_stands(args), _behind(args), _gap(args), _baseless(args)))
    if not parts:
        return None
    worst, *rest = parts
    return Finding(
        store=args.store.kind,
        subject="ship",
        severity=worst.severity,
        title=worst.title,
        why="; ".join(filter(None, [worst.why, *(part.title for part in rest)])),
        fix=worst.fix,
        since=min(part.since for part in parts),
        runbook=RUNBOOK,
    )


def _stands(args: ShippingArgs) -> Part | None:
    """The pod is not there, or says itself that it is behind."""
    held, pod = args.shipper, f"{args.store.name}-ship"
    if held and held.ready:
        return None
    since = held.since if held else args.absent
    age = args.now - since
    if age < PATIENCE:
        return None
    last = f" since {times.clock(args.log.until, args.now)} UTC" if args.log.until else ""
    return Part(
        severity=Severity.CRITICAL if age >= LONG else Severity.WARNING,
        title=f"what is written is not shipped{last}",
        why=(held.why if held else f"there is no pod of {pod}"),
        fix=(held.fix if held else "") or f"kubectl logs deployment/{pod}  tells why",
        since=since,
    )


def _behind(args: ShippingArgs) -> Part | None:
    """The pod says that it ships, and nothing arrives."""
    until = args.log.until
    if not args.shipper or not args.shipper.ready or until is None or args.now - until < BEHIND:
        return None
    age = args.now - until
    title = f"nothing has been shipped for {times.duration(age)}"
    return Part(severity=Severity.CRITICAL if age >= 2 * LONG else Severity.WARNING, title=title, since=until)


def _gap(args: ShippingArgs) -> Part | None:
    """The server dropped what was not shipped, and no base was taken since."""
    lost = args.log.lost
    if lost is None or (args.log.base and args.log.base > lost):
        return None
    return Part(
        severity=Severity.CRITICAL,
        title="the server dropped writes before they were shipped: until the next base no new moment can be had",
        fix=f"kubectl create job base-now --from=cronjob/{args.store.name}-base",
        since=lost,
    )


def _baseless(args: ShippingArgs) -> Part | None:
    """Without a base the log is worth nothing; upon an old one it is replayed for long."""
    if args.log.until is None or args.log.lost:
        return None
    base = args.log.base
    if args.now - (base or args.watched) < (BASE_OLD if base else BASE_AFTER):
        return None
    title = f"the newest base is {times.duration(args.now - base)} old" if base else "no base has been taken"
    fix = f"kubectl describe cronjob {args.store.name}-base  shows its events"
    return Part(severity=Severity.WARNING, title=title, fix=fix, since=base or args.watched)
