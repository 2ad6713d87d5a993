"""Prices in words, the same on every screen: what is not known is said, never left out."""

from collections.abc import Iterator, Sequence

from components.catalog import Keeper, Role
from components.store import StoreArgs
from ladder.plan.estimate import StoreEstimate
from ladder.plan.recovery import NOTHING_TO_GO_BACK_TO
from ladder.prices import Bill, Gap, Reason, Site


def money(usd: float) -> str:
    """Dollars and cents."""
    return f"${usd:,.2f}"


def total(bill: Bill) -> str:
    """A sum a month, and whether it is all."""
    if not bill.at_least:
        return f"{money(bill.usd)} a month" if bill.usd else "0"
    return f"at least {money(bill.usd)} a month" if bill.usd else "unknown"


def of_store(store: StoreArgs, bill: Bill) -> str:
    """What a store costs by itself."""
    return "unknown: somebody else runs it" if store.keeper is Keeper.OTHERS else of_part(bill)


def of_part(bill: Bill) -> str:
    """What is made costs, and what is unknown costs elsewhere."""
    if not bill.lines:
        return "0 (runs on your nodes)"
    if _on_your_nodes(bill):
        return f"0 on your nodes; unknown: {', '.join(map(gap, bill.gaps))}"
    return f"{total(bill)}{elsewhere(bill)}"


def _on_your_nodes(bill: Bill) -> bool:
    return not bill.usd and all(it.reason is Reason.YOURS for it in bill.gaps)


def of_stack(bill: Bill, outside: Sequence[str]) -> str:
    """What everything costs, and what is not in the sum because somebody else runs it."""
    if not outside:
        return of_part(bill)
    unknown = f"unknown for {', '.join(outside)} (external)"
    if bill.lines and _on_your_nodes(bill):
        return f"{of_part(bill)}; {unknown}"
    return f"at least {f'{money(bill.usd)} a month' if bill.usd else 0}, {unknown}"


def change(before: Bill, after: Bill) -> str:
    """What a change does to the bill; empty where it does nothing.

    An amount is told only where what is unknown can but add to it: larger nodes without a price save nothing.
    """
    usd = round(after.usd - before.usd, 2)
    known = f"{'+' if usd > 0 else '-'}{money(abs(usd))} a month"
    if before.gaps == after.gaps:
        return known if usd else ""
    against = _more_unknown(before, after) if usd < 0 else _more_unknown(after, before)
    return f"{known}; what is unknown changes too" if usd and not against else "what is unknown changes"


def _more_unknown(before: Bill, after: Bill) -> bool:
    """Whether anything costs more of what is not known, or for the first time."""
    had = {(it.what, it.reason): it.quantity or 0 for it in before.gaps}
    return any((it.quantity or 0) > had.get((it.what, it.reason), -1) for it in after.gaps)


def provenance(bills: Sequence[Bill], site: Site) -> str:
    """Whose prices, and how old they are."""
    days = sorted(day for bill in bills for day in bill.days or ())
    span = str(days[0]) if days[0] == days[-1] else f"{days[0]} to {days[-1]}"
    where = f"{site.cloud} {site.region}" if site.region else site.cloud
    return f"list prices without tax, {where}, {span}; pages: --json"


def store_lines(it: StoreEstimate) -> Iterator[tuple[str, str]]:
    """What a person wants to know of a store beside what it is."""
    yield "price", of_store(it.store, it.bill)
    yield "lost at worst", it.recovery.lost.text
    yield "back after", it.recovery.back.text
    if it.store.role is not Role.CACHE:
        if it.recovery.undo is not NOTHING_TO_GO_BACK_TO:  # the store's own line says so already
            yield "to undo", it.recovery.undo.text
        yield "to leave", to_leave(it)
    if it.lacks:
        yield "cannot have", f"{'; '.join(it.lacks)} (why: --json)"


def to_leave(it: StoreEstimate) -> str:
    """How its data leaves, and how long that takes at the fastest."""
    full = f"; full: {duration(it.leaving.minutes)} or more" if it.leaving.minutes else ""
    return f"{it.leaving.words}{full}"


def duration(minutes: float) -> str:
    """Minutes, or hours from two on."""
    return f"{minutes / 60:.1f} h" if minutes >= 120 else f"{max(1, round(minutes))} min"


def elsewhere(bill: Bill) -> str:
    """What the unknown part costs in a region whose prices were read, as an idea."""
    found: dict[str, float] = {}
    for it in bill.gaps:
        if it.elsewhere and it.quantity:
            found[it.elsewhere.region] = found.get(it.elsewhere.region, 0) + it.elsewhere.usd * it.quantity
    here = "{usd} in {where}" if bill.usd else "in {where} at least {usd}"
    known = [
        here.format(usd=money(usd), where="its default region" if where == "default" else where)
        for where, usd in found.items()
    ]
    return f" ({'and more: ' if bill.usd else ''}{', '.join(known)})" if known else ""


def gap(it: Gap) -> str:
    """What is not known, and why."""
    match it.reason:
        case Reason.BY_USE:
            return it.what + (f", {money_of_one(it)}" if it.price else "")
        case Reason.YOURS:
            return f"{it.quantity:g} GiB of {it.what.removeprefix('volumes of ')}"
        case Reason.NOT_READ | Reason.CHOSEN_LATER | Reason.NO_METER:
            return it.what


def money_of_one(it: Gap) -> str:
    """The price of one unit."""
    assert it.price  # noqa: S101 (asked only where there is one)
    return f"${it.price.usd:g} a {it.price.unit}"


def gaps(bill: Bill) -> Iterator[tuple[str, str]]:
    """Everything that is not known, by its reason; what the sum says itself is left out."""
    if _on_your_nodes(bill):
        return
    for reason, title in _TITLES.items():
        if found := [gap(it) for it in bill.gaps if it.reason is reason]:
            yield title, ", ".join(found)


_TITLES = {
    Reason.NOT_READ: "no price read",
    Reason.CHOSEN_LATER: "chosen later",
    Reason.BY_USE: "by use",
    Reason.YOURS: "on your bill",
    Reason.NO_METER: "not priced",
}
