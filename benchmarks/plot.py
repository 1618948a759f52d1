"""One picture as SVG: lines over time, readable on light and dark pages and in black and white. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WIDTH, _HEIGHT = 860, 440
_LEFT, _TOP, _RIGHT, _BOTTOM = 64, 56, 836, 336
_COLORS: Final = ("#3b82f6", "#ea7317", "#16a34a", "#c026d3", "#64748b")
_DASHES: Final = ("", "10 4", "3 3", "12 3 3 3", "2 6")
_STYLE: Final = (
    "rect{fill:#fff}text{fill:#1f2328;font:13px sans-serif}.axis{stroke:#8b949e;stroke-width:1}"
    "@media(prefers-color-scheme:dark){rect{fill:#0d1117}text{fill:#e6edf3}}"
)


def lines(
    title: str, x: str, y: str, series: Mapping[str, Sequence[tuple[float, float]]], marks: Mapping[str, float]
) -> str:
    """Each series with its name below; ``marks`` are levels with their names. Both axes begin at 0."""
    points = [point for line in series.values() for point in line]
    widest = max(column for column, _ in points)
    highest = max(*(value for _, value in points), *marks.values()) * 1.05

    def place(column: float, value: float) -> tuple[float, float]:
        return (
            round(_LEFT + (_RIGHT - _LEFT) * column / widest, 1),
            round(_BOTTOM - (_BOTTOM - _TOP) * value / highest, 1),
        )

    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        f"<title>{escape(title)}</title>",
        f'<style>{_STYLE}</style><rect width="{_WIDTH}" height="{_HEIGHT}"/>',
        _text(_LEFT, 24, title, weight="bold"),
        _text(_LEFT, 46, y),
        _text(_RIGHT, _BOTTOM + 36, x, anchor="end"),
        f'<path class="axis" fill="none" d="M{_LEFT} {_TOP}V{_BOTTOM}H{_RIGHT}"/>',
        *(_text(place(column, 0)[0], _BOTTOM + 18, f"{column}", anchor="middle") for column in _ticks(widest)),
        *(_text(_LEFT - 8, place(0, value)[1] + 4, f"{value}", anchor="end") for value in _ticks(highest)),
    ]
    for name, level in marks.items():
        height = place(0, level)[1]
        drawn.append(f'<path class="axis" stroke-dasharray="4 4" d="M{_LEFT} {height}H{_RIGHT}"/>')
        drawn.append(_text(_LEFT + 8, height - 6, name))
    for index, (name, line) in enumerate(series.items()):
        look = f'fill="none" stroke="{_COLORS[index]}" stroke-width="2.5" stroke-dasharray="{_DASHES[index]}"'
        path = " ".join("{},{}".format(*place(*point)) for point in line)
        left, height = _LEFT + 400 * (index % 2), _BOTTOM + 62 + 22 * (index // 2)
        drawn.append(f'<polyline {look} points="{path}"/>')
        drawn.append(f'<path {look} d="M{left} {height - 4}h36"/>{_text(left + 44, height, name)}')
    return "\n".join([*drawn, "</svg>\n"])


def _ticks(most: float) -> range:
    return range(0, int(most) + 1, next(step for step in (1, 5, 10, 20, 50, 100, 200, 500) if most / step <= 10))


def _text(left: float, top: float, text: str, *, anchor: str = "start", weight: str = "normal") -> str:
    return f'<text x="{left}" y="{top}" text-anchor="{anchor}" font-weight="{weight}">{escape(text)}</text>'
