"""An estimate for programs; the keys never change their meaning."""

from ladder.plan.estimate import StoreEstimate
from ladder.plan.leaving import Leaving
from ladder.plan.recovery import Fact, Recovery
from ladder.prices import Bill, Gap, Line


def bill(it: Bill, *, more: bool = False) -> dict[str, object]:
    """A bill; `more` says that something outside the stack costs, too."""
    days = it.days
    return {
        "amount": round(it.usd, 2),
        "currency": "USD",
        "at_least": it.at_least or more,
        "prices_from": days[0] if days else None,
        "prices_to": days[1] if days else None,
        "lines": [_line(line) for line in it.lines if line.row],
        "unknown": [_gap(gap) for gap in it.gaps],
    }


def change(before: Bill | None, after: Bill) -> dict[str, object] | None:
    """What a change does to the bill; None where there is nothing to compare with."""
    if before is None:
        return None
    return {"amount": round(after.usd - before.usd, 2), "unknown_changes": before.gaps != after.gaps}


def _line(line: Line) -> dict[str, object]:
    assert line.row  # noqa: S101 (asked only where there is one)
    row = line.row
    return {
        "part": line.part,
        "resource": line.resource,
        "item": f"{row.service} {row.item}",
        "region": row.region,
        "unit": row.unit,
        "quantity": round(line.quantity, 3),
        "usd_per_unit": row.usd,
        "usd": round(line.usd, 2),
        "from": row.floor,
        "source": row.source,
        "read": row.read,
        "of": row.of,
    }


def _gap(gap: Gap) -> dict[str, object]:
    other = gap.elsewhere
    return {
        "what": gap.what,
        "reason": gap.reason.name.lower(),
        "quantity": gap.quantity,
        "usd_per_unit": gap.price.usd if gap.price else None,
        "elsewhere": {"region": other.region, "usd_per_unit": other.usd, "source": other.source} if other else None,
    }


def of_store(it: StoreEstimate) -> dict[str, object]:
    """What an estimate adds to a store."""
    return {
        "is": it.words,
        "cost_per_month": bill(it.bill),
        "asks": {"cpu": round(it.asks.cpu, 3), "memory_mib": round(it.asks.memory_mib)},
        "recovery": _recovery(it.recovery),
        "leaving": _leaving(it.leaving),
        "kept_by": list(it.kept),
        "lacks": {name: {"reason": found.reason, "source": found.source} for name, found in it.lacks.items()},
    }


def _recovery(it: Recovery) -> dict[str, object]:
    return {"lost_at_worst": _fact(it.lost), "back_after": _fact(it.back), "undo": _fact(it.undo)}


def _fact(it: Fact) -> dict[str, object]:
    return {"text": it.text, "source": it.source}


def _leaving(it: Leaving) -> dict[str, object]:
    return {
        "protocol": it.protocol,
        "dump": it.dump or None,
        "tools": it.tools,
        "into": it.into or None,
        "stays": it.stays,
        "minutes_at_the_fastest": round(it.minutes, 1) if it.minutes else None,
        "source": it.source,
    }
