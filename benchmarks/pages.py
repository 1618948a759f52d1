"""The figures of the README and of docs: generated between markers, from results.json and the default size alone."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from benchmarks.nodejs import NODE
from benchmarks.packages import DEFAULT, NO_LEDGER, SELF_CONTAINED
from benchmarks.process import BenchmarkError
from benchmarks.results import MB_PER_VCPU
from localaws import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from benchmarks.results import Results, Row, Size, Way


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


# Assumed, not measured: the function's log line says what yours are (decrypt_milliseconds and the like).
AWS_WAITS_MS: Final[Mapping[str, float]] = {"KMS": 10.0, "claim": 15.0, "end": 5.0}
PROVIDER_WAIT_MS: Final = 150.0
WAITS_MS: Final = sum(AWS_WAITS_MS.values())
# Prices: docs/cost.md names the pages.
_GB_SECOND_USD: Final = 0.0000133334
_DEFAULT_MB: Final = re.compile(r"^ +memory_size += optional\(number, (\d+)\)$", re.MULTILINE)


def default_mb() -> int:
    """``function.memory_size`` of a caller who sets none."""
    found = _DEFAULT_MB.search((REPOSITORY / "variables.tf").read_text())
    assert found is not None
    return int(found[1])


def size_of(results: Results, package: str, memory_mb: int) -> Size:
    """What was measured of a package at one memory size."""
    return next(size for size in results.memory if (size.package, size.memory_mb) == (package, memory_mb))


def lone_ms(size: Size) -> tuple[float, float]:
    """Our part of a lone sign-in: with a whole processor while it initializes, and without."""
    return size.initialization + size.first + WAITS_MS, size.held + WAITS_MS


def billed_ms(size: Size) -> tuple[int, int]:
    """Of a warm message, and of a cold start with its message."""
    warm = size.warm + WAITS_MS + PROVIDER_WAIT_MS
    return math.ceil(warm), math.ceil(size.initialization + size.first + WAITS_MS + PROVIDER_WAIT_MS)


def _usd(memory_mb: int, milliseconds: int) -> float:
    return memory_mb / 1024 * milliseconds / 1000 * 1_000_000 * _GB_SECOND_USD


def sizes(results: Results) -> str:
    """What a lone sign-in waits for and what a million cost, for each memory size."""
    rows = []
    for memory_mb in sorted({size.memory_mb for size in results.memory}):
        usual, contained = (size_of(results, package, memory_mb) for package in (DEFAULT, SELF_CONTAINED))
        warm_ms, cold_ms = billed_ms(usual)
        waits = [f"{lone:.0f}" for pair in zip(lone_ms(usual), lone_ms(contained), strict=True) for lone in pair]
        prices = [f"{_usd(memory_mb, milliseconds):.2f}" for milliseconds in (warm_ms, cold_ms)]
        name = f"**{memory_mb}**" if memory_mb == default_mb() else f"{memory_mb}"
        rows.append((name, f"{memory_mb / MB_PER_VCPU:.2f}", *waits, f"{warm_ms}", *prices))
    head = ("memory, MB", "vCPU", "lone, ms", "self-contained", "never more than the share", "self-contained")
    return table((*head, "warm, ms", "USD a million warm", "USD a million cold"), rows)


def bill(results: Results) -> str:
    """What AWS takes for a million messages with the defaults."""
    memory_mb = default_mb()
    warm_ms, _ = billed_ms(size_of(results, DEFAULT, memory_mb))
    gb_seconds = f"{memory_mb} ÷ 1024 × {warm_ms} ms = {memory_mb / 1024 * warm_ms * 1000:,.0f} GB-s"
    rows = [
        ("Lambda, requests", "1 × 0.20", 0.2),
        (
            f"Lambda, {memory_mb} MB for [{warm_ms} ms](performance.md#memory)",
            f"{gb_seconds} × {_GB_SECOND_USD:.10f}",
            _usd(memory_mb, warm_ms),
        ),
        ("KMS: Cognito's request and ours", "2 × 3.00", 6.0),
        ("DynamoDB: claim, four counters, end", "(2 × 5 + 1) × 0.625", 11 * 0.625),
        ("logs and metrics, taken in", "3,179 bytes = 3.18 GB × 0.50", 1.59),
        ("SQS: only what Lambda gives up on goes there", "0 × 0.40", 0.0),
    ]
    together = ("**together**", "", f"**{sum(usd for *_, usd in rows):.2f}**")
    shown = [(what, arithmetic, f"{usd:.2f}") for what, arithmetic, usd in rows]
    return table(("a million messages", "arithmetic", "USD"), [*shown, together])


def ways(results: Results) -> str:
    """What each way of a message asks."""
    rows = [
        (way.name, f"`{way.outcome}`", f"{way.calls.count('Decrypt')}", f"{_asked(way)}", f"{way.units}")
        for way in results.ways
    ]
    return table(("way of a message", "outcome", "KMS", "table", "write units"), rows)


def _asked(way: Way) -> int:
    return sum(way.calls.count(call) for call in ("TransactWriteItems", "UpdateItem"))


def loads(results: Results) -> str:
    """What becomes of the messages of each scenario."""
    rows = []
    for load in results.loads:
        others = sum(share for outcome, share in load.outcomes.items() if outcome not in {"SENT", "EXPIRED"})
        waits = f"{load.wait:g} / {load.longest_wait:g}"
        shares = (f"{share:.1f}" for share in (load.in_time, load.outcomes.get("EXPIRED", 0.0), others))
        rows.append((load.name, waits, *shares, f"{load.units:g}", f"{load.environments:,}", load.turn))
    head = ("10,000 codes a second, unless named", "queue, s: median / most", "in 5 s, %", "expired, %", "else lost, %")
    return table((*head, "write units a code", "environments", "turn first"), rows)


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
    REPOSITORY / "docs" / "performance.md": (cold, warm, sizes),
    REPOSITORY / "docs" / "cost.md": (bill,),
    REPOSITORY / "docs" / "scale.md": (loads, ways),
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
