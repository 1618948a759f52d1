"""Where the time goes, when a ratio is not what it should be: imports of a cold start, functions of a warm message."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from benchmarks.packages import SELF_CONTAINED, SNS
from benchmarks.process import running
from benchmarks.tables import table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.packages import Packages

# "import time: self [us] | cumulative | imported package", indented by two spaces for each level.
_IMPORT: Final = re.compile(r"^import time: +(\d+) \| +\d+ \| +(\S+)$", re.MULTILINE)
_OURS: Final = "custom_sender"
_ROWS: Final = 15
_WARM_MESSAGES: Final = 50
_COLD_STARTS: Final = 7


def profile(unpacked: Packages, events: Sequence[Mapping[str, Any]]) -> str:
    """Two tables, with the profilers' own cost: imports by package, own overhead of a warm message by module."""
    start = unpacked.function(SELF_CONTAINED, "self-contained", SNS)
    python, *arguments = start.command
    imports: dict[str, float] = {}
    for _ in range(_COLD_STARTS):
        with running(replace(start, command=(python, "-X", "importtime", *arguments))) as function:
            function.invoke(events[0])
            # On the clock: the least is what other processes have disturbed least.
            for name, milliseconds in by_package(function.output()).items():
                imports[name] = min(milliseconds, imports.get(name, milliseconds))
    probed = unpacked.function(SELF_CONTAINED, "self-contained", SNS, probed=True)
    with running(replace(probed, environment={**probed.environment, "BENCHMARK_PROFILE": "1"})) as function:
        found: Counter[str] = Counter()
        for number in range(2 * _WARM_MESSAGES):
            answer, _ = function.invoke(events[number % len(events)])
            if number >= _WARM_MESSAGES:
                found.update(answer["profile"])
    warm = {name: seconds * 1000 / _WARM_MESSAGES for name, seconds in found.items()}
    return f"{_table('imports of a cold start', imports)}\n\n{_table('own overhead, warm', warm)}"


def by_package(output: str) -> dict[str, float]:
    """What ``-X importtime`` has written → package to milliseconds, each without what it imports; ours by module."""
    spent: Counter[str] = Counter()
    for microseconds, name in _IMPORT.findall(output):
        spent[name if name.startswith(_OURS) else name.partition(".")[0]] += int(microseconds)
    return {name: microseconds / 1000 for name, microseconds in spent.items()}


def _table(title: str, milliseconds: Mapping[str, float]) -> str:
    most = sorted(milliseconds.items(), key=lambda item: -item[1])
    rows = [(name, f"{value:.2f}") for name, value in most[:_ROWS]]
    rows.append((f"{len(most[_ROWS:])} others", f"{sum(value for _, value in most[_ROWS:]):.2f}"))
    rows.append(("together", f"{sum(milliseconds.values()):.2f}"))
    return table((title, "ms"), rows)
