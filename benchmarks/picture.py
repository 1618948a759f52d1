"""Cold starts and warm messages as one SVG: no script, no font and no image of its own, readable on light and dark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from benchmarks.packages import FLOOR_COLD, SELF_CONTAINED
from benchmarks.results import PARTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.figures import Figure
    from benchmarks.results import Results

_WIDTH: Final = 860
_LEFT: Final = 250
_BAR: Final = 22
_ROW: Final = 32
_RIGHT: Final = 190
_ROOM: Final = _WIDTH - _LEFT - _RIGHT

# Colours that have a contrast of three to one with white and with GitHub's dark background; text takes the theme's.
_STYLE: Final = """
text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-weight:600;font-size:15px}.quiet{fill:#656d76}
.floor{fill:#6e7781}.ours{fill:#0969da}.other{fill:#bc6c00}.spread{stroke:#1f2328;stroke-width:1.5}
.decrypt{fill:#6e7781}.ledger{fill:#0969da}.compose{fill:#1a7f37}.send{fill:#bc6c00}.rest{fill:#bf3989}
.screen{fill:#8250df}.record{fill:#cf222e}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.quiet{fill:#8d96a0}.spread{stroke:#e6edf3}.ours,.ledger{fill:#4493f8}
.floor,.decrypt{fill:#8d96a0}.other,.send{fill:#d29922}.compose{fill:#3fb950}.rest{fill:#db61a2}
.screen{fill:#a371f7}.record{fill:#f85149}}
"""


@dataclass(frozen=True, slots=True)
class _Bar:
    name: str
    note: str
    pieces: tuple[tuple[str, float], ...]
    spread: Figure


def draw(results: Results) -> str:
    """The picture, as a whole SVG document."""
    cold = [
        _Bar(
            result.name,
            f"{result.milliseconds.median:.0f} ms, {result.ratio.median:.2f} × floor",
            ((_kind(result.name), result.milliseconds.median),),
            result.milliseconds,
        )
        for result in results.cold
    ]
    warm = [
        _Bar(
            result.name,
            f"{result.parts['total'].cpu_milliseconds.median:.1f} ms",
            tuple((name, result.parts[name].cpu_milliseconds.median) for name in PARTS if name in result.parts)
            or ((_kind(result.name), result.parts["total"].cpu_milliseconds.median),),
            result.parts["total"].cpu_milliseconds,
        )
        for result in results.warm
    ]
    body: list[str] = []
    y = _chart(body, 30, "Cold start: from the start of the process to the first result", cold)
    y = _chart(body, y + 26, "A warm message: milliseconds of processor", warm)
    y = _legend(body, y + 8)
    machine = results.machine
    where = f"{machine.cpu}, {machine.cores} cores, {results.measured}; medians, and the middle half of the runs"
    body.append(f'<text class="quiet" x="16" y="{y + 22}">{escape(where)}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y + 38}" role="img" '
        f'aria-label="Cold starts and warm messages of the function and of what it is compared with">'
        f"<style>{_STYLE}</style>{''.join(body)}</svg>\n"
    )


def _kind(name: str) -> str:
    if name == FLOOR_COLD or name.startswith("floor"):
        return "floor"
    return "ours" if name.startswith((SELF_CONTAINED, "default")) else "other"


def _chart(body: list[str], y: int, title: str, bars: Sequence[_Bar]) -> int:
    body.append(f'<text class="title" x="16" y="{y}">{escape(title)}</text>')
    longest = max(max(bar.spread.high, sum(value for _, value in bar.pieces)) for bar in bars)
    scale = _ROOM / longest
    y += 14
    for bar in bars:
        middle = y + _BAR // 2
        body.append(f'<text x="{_LEFT - 10}" y="{middle + 5}" text-anchor="end">{escape(bar.name)}</text>')
        x = float(_LEFT)
        for kind, value in bar.pieces:
            width = max(0.0, value * scale)
            body.append(f'<rect class="{kind}" x="{x:.1f}" y="{y}" width="{width:.1f}" height="{_BAR}"/>')
            x += width
        low, high = (_LEFT + edge * scale for edge in (bar.spread.low, bar.spread.high))
        body.append(f'<path class="spread" d="M{low:.1f} {middle}H{high:.1f}"/>')
        end = max(x, high) + 8
        body.append(f'<text x="{end:.1f}" y="{middle + 5}">{escape(bar.note)}</text>')
        y += _ROW
    return y


def _legend(body: list[str], y: int) -> int:
    x = _LEFT
    for name in PARTS:
        body.append(f'<rect class="{name}" x="{x}" y="{y}" width="12" height="12"/>')
        body.append(f'<text x="{x + 18}" y="{y + 11}">{name}</text>')
        x += 34 + 8 * len(name)
    return y + 12
