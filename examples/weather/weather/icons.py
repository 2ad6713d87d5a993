"""Weather drawings as inline SVG: no fonts, no files, no other host."""

from weather.html import Html
from weather.report import Sky

_CLOUD = '<path d="M18 46h28a11 11 0 0 0 1-21.9A16 16 0 0 0 16.5 26 10.2 10.2 0 0 0 18 46z" fill="#fff"/>'
_FAINT = _CLOUD.replace("#fff", "#ffffff8c")
_RAY = '<path d="M32 6v7" transform="rotate({} 32 32)"/>'
_RAYS = "".join(_RAY.format(45 * turn) for turn in range(8))
_SUN = (
    f'<g stroke="#ffd764" stroke-width="3.5" stroke-linecap="round">{_RAYS}</g>'
    '<circle cx="32" cy="32" r="12.5" fill="#ffd764"/>'
)
_MOON = '<path d="M41 44.5A17 17 0 0 1 28 15a19 19 0 1 0 22 24 17 17 0 0 1-9 5.5z" fill="#ffe9a8"/>'


def _at(drawing: str, transform: str) -> str:
    return f'<g transform="{transform}">{drawing}</g>'


def _strokes(path: str, colour: str, width: int) -> str:
    return f'<path d="{path}" stroke="{colour}" stroke-width="{width}" stroke-linecap="round" fill="none"/>'


def icon(sky: Sky, *, is_day: bool) -> Html:
    """The drawing for a sky; decoration only, the words stand beside it."""
    light = _SUN if is_day else _MOON
    high = _at(_CLOUD, "translate(0 -7)")
    drawing = {
        Sky.CLEAR: light,
        Sky.PARTLY: _at(light, "translate(18 -4) scale(.72)") + _at(_CLOUD, "translate(-3 8)"),
        Sky.CLOUDY: _at(_FAINT, "translate(22 -4) scale(.7)") + _at(_CLOUD, "translate(-3 6)"),
        Sky.FOG: high + _strokes("M14 46h36M20 53h24", "#fff", 3),
        Sky.RAIN: high + _strokes("M22 45l-3 9M33 45l-3 9M44 45l-3 9", "#9fd2ff", 3),
        Sky.SNOW: high + _strokes("M20 48v.01M32 46v.01M44 48v.01M26 55v.01M38 55v.01", "#fff", 5),
        Sky.STORM: high + '<path d="M34 41l-8 11h6l-3 9 10-13h-6l4-7z" fill="#ffd764"/>',
    }[sky]
    return Html(f'<svg viewBox="0 0 64 64" aria-hidden="true">{drawing}</svg>')


def curve(hours: tuple[float, ...]) -> Html:
    """The next day's temperatures as a filled line, stretched to the width of the card."""
    if len(hours) < 2:
        return Html("")
    low, span = min(hours), max(max(hours) - min(hours), 1.0)
    step = 1000 / (len(hours) - 1)
    line = " ".join(f"{index * step:.1f},{78 - (value - low) / span * 60:.1f}" for index, value in enumerate(hours))
    return Html(
        '<svg class="day" viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true">'
        f'<polygon points="0,100 {line} 1000,100" fill="#000" fill-opacity=".18"/>'
        f'<polyline points="{line}" fill="none" stroke="#fff" stroke-width="2.5" stroke-linejoin="round"'
        ' vector-effect="non-scaling-stroke"/></svg>'
    )
