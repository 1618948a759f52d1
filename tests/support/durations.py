"""Where the time of a test run went: by worker, by area and by file, and how much of its budget the area has used."""

from __future__ import annotations

from collections import defaultdict
from pathlib import PurePosixPath
from typing import Protocol

import pytest

SHOWN_FILES = 12
# Seconds on the clock of a run of nothing else: the unit tests are run after every change of a line.
BUDGETS = {"tests/unit": 20.0}


class Report(Protocol):
    """As far as it is needed, pytest's report of one phase of one test. xdist adds ``node``, where it ran."""

    nodeid: str
    duration: float


class Terminal(Protocol):
    """What is needed of pytest's terminal."""

    def section(self, title: str) -> None: ...
    def line(self, text: str) -> None: ...


class Durations:
    """Adds up how long tests take, with what was set up for them. A plugin of pytest."""

    def __init__(self) -> None:
        self.files: defaultdict[str, float] = defaultdict(float)
        self.areas: defaultdict[str, float] = defaultdict(float)
        self.workers: defaultdict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: Report) -> None:
        """One phase of one test; of all workers, where there are several. A subtest is within its test's time."""
        if isinstance(report, pytest.SubtestReport):
            return
        file = report.nodeid.partition("::")[0]
        self.files[file] += report.duration
        self.areas["/".join(PurePosixPath(file).parts[:2])] += report.duration
        node = getattr(report, "node", None)
        self.workers[node.gateway.id if node else "this process"] += report.duration

    def pytest_terminal_summary(self, terminalreporter: Terminal) -> None:
        """Whether the workers had as much to do as each other, the areas, and the files that took longest."""
        terminalreporter.section("where the time went")
        for worker, seconds in sorted(self.workers.items()):
            terminalreporter.line(f"{seconds:7.1f} s  {worker}")
        for area, seconds in _longest(self.areas):
            terminalreporter.line(f"{seconds:7.1f} s  {area}{self._of_its_budget(area, seconds)}")
        files = _longest(self.files)
        for file, seconds in files[:SHOWN_FILES]:
            terminalreporter.line(f"{seconds:7.1f} s  {file}")
        if rest := files[SHOWN_FILES:]:
            terminalreporter.line(f"{sum(seconds for _, seconds in rest):7.1f} s  {len(rest)} other files")

    def _of_its_budget(self, area: str, seconds: float) -> str:
        if area not in BUDGETS or len(self.areas) > 1:
            return ""
        took, budget = seconds / len(self.workers), BUDGETS[area]
        over = f": {took - budget:.1f} s too long" if took > budget else ""
        return f", {took:.1f} s by all workers together, of {budget:.0f} s{over}"


def _longest(seconds: dict[str, float]) -> list[tuple[str, float]]:
    return sorted(seconds.items(), key=lambda entry: -entry[1])
