"""HTML that cannot be built without escaping."""

from collections.abc import Iterable
from html import escape
from string import Template


class Html(str):
    """Text that is markup already. Only `fill` and `join` should make it, from templates in the source."""

    __slots__ = ()


def fill(template: str, **values: str | float | Html) -> Html:
    """Put values into `$names` of a template; whatever is not Html is escaped, quotes too."""
    safe = {name: value if isinstance(value, Html) else escape(str(value)) for name, value in values.items()}
    return Html(Template(template).substitute(safe))


def join(parts: Iterable[Html]) -> Html:
    """One piece out of many."""
    return Html("".join(parts))
