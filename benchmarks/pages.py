"""The figures of the README and of docs/performance.md: generated between markers, from results.json alone. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from benchmarks.nodejs import NODE
from benchmarks.packages import DEFAULT, NO_LEDGER, SELF_CONTAINED
from benchmarks.process import BenchmarkError
from localaws import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from benchmarks.results import Results, Row


def start(results: Results) -> str:
    """What one decides by, for the README."""
    rows = []
    for name in (DEFAULT, SELF_CONTAINED, SELF_CONTAINED + NO_LEDGER, NODE):
        row, size = results.cold[name], results.sizes.get(name.removesuffix(NO_LEDGER))
        rows.append((name, str(row.ratio.median), str(row.peak_mb), f"{size / 1e6:.2f}" if size else "–"))
    return table(("cold start to the first message", "× floor", "peak, MB", "zipped, MB"), rows)


def cold(results: Results) -> str:
    """Where it was measured, and the cold starts."""
    versions = ", ".join(f"{name} {version}" for name, version in results.versions.items())
    times = ("ms", "× floor", "processor, ms", "× floor")
    rows = [
        (name, *map(str, (row.milliseconds, row.ratio, row.cpu_milliseconds, row.cpu_ratio, *_others(row))))
        for name, row in results.cold.items()
    ]
    return (
        f"Measured {results.measured} on {results.machine}; {versions}. Public Powertools layer: {results.layer}. "
        "Medians, with the middle half of the runs in brackets.\n\n"
        f"{table(('cold start to the first result', *times, *_OTHERS), rows)}\n\n{_runs(results.cold)}"
    )


def warm(results: Results) -> str:
    """The warm messages."""
    times = ("ms", "processor, ms", "own overhead, × decrypt")
    rows = [
        (name, *map(str, (row.milliseconds, row.cpu_milliseconds, row.own or "–", *_others(row))))
        for name, row in results.warm.items()
    ]
    return f"{table(('warm message', *times, *_OTHERS), rows)}\n\n{_runs(results.warm)}"


_OTHERS: Final = ("peak, MB", "calls", "connections")


def _others(row: Row) -> tuple[object, ...]:
    return row.peak_mb, len(row.calls), row.connections


def _runs(rows: Mapping[str, Row]) -> str:
    return f"{next(iter(rows.values())).milliseconds.runs} runs of each, in turn."


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


PAGES: Final[Mapping[Path, tuple[Callable[[Results], str], ...]]] = {
    REPOSITORY / "README.md": (start,),
    REPOSITORY / "docs" / "performance.md": (cold, warm),
}
_BLOCK: Final = re.compile(r"(<!-- benchmark: (?P<name>\w+) -->\n).*?(\n<!-- benchmark: end -->)", re.DOTALL)


def rewritten(text: str, blocks: Sequence[Callable[[Results], str]], results: Results) -> str:
    """``text`` with these results between its markers. Raises ``BenchmarkError``."""
    texts = {block.__name__: block(results) for block in blocks}
    found = [match["name"] for match in _BLOCK.finditer(text)]
    if sorted(found) != sorted(texts):
        raise BenchmarkError(
            f"a page has the blocks {', '.join(found) or 'none'}; it must have {', '.join(texts)}, each once, "
            "between '<!-- benchmark: NAME -->' and '<!-- benchmark: end -->'"
        )
    return _BLOCK.sub(lambda match: f"{match[1]}\n{texts[match['name']]}\n{match[3]}", text)
