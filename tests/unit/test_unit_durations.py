"""The last lines of a test run: where its time went, and whether the unit tests have kept their budget."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from support.durations import SHOWN_FILES, Durations


@dataclass
class Report:
    """One phase of one test, of a worker or of the only process."""

    nodeid: str
    duration: float
    node: SimpleNamespace | None = None


@dataclass
class Terminal:
    lines: list[str] = field(default_factory=list)

    def section(self, title: str) -> None:
        self.lines.append(title)

    def line(self, text: str) -> None:
        self.lines.append(text.strip())


def shown(*reports: Report) -> list[str]:
    durations, terminal = Durations(), Terminal()
    for report in reports:
        durations.pytest_runtest_logreport(report)
    durations.pytest_terminal_summary(terminal)
    return terminal.lines


def worker(name: str) -> SimpleNamespace:
    return SimpleNamespace(gateway=SimpleNamespace(id=name))


def test_all_phases_of_all_workers_are_added_up() -> None:
    assert shown(
        Report("tests/plan/test_plan_a.py::TestA::test_b[tests/unit/x]", 4.0, worker("gw1")),
        Report("tests/plan/test_plan_a.py::TestA::test_c", 1.0, worker("gw0")),
        Report("tests/plan/test_plan_c.py::test_c", 7.0, worker("gw0")),
        Report("localaws/tests/test_localaws_d.py::test_d", 0.5, worker("gw1")),
    ) == [
        "where the time went",
        "8.0 s  gw0",
        "4.5 s  gw1",
        "12.0 s  tests/plan",
        "0.5 s  localaws/tests",
        "7.0 s  tests/plan/test_plan_c.py",
        "5.0 s  tests/plan/test_plan_a.py",
        "0.5 s  localaws/tests/test_localaws_d.py",
    ]


def test_a_row_of_a_test_is_not_counted_beside_its_test() -> None:
    durations, terminal = Durations(), Terminal()
    row = pytest.SubtestReport("tests/plan/a.py::test_a", ("", None, ""), {}, "passed", None, "call", duration=3.0)
    for report in (row, row, Report(row.nodeid, 7.0)):
        durations.pytest_runtest_logreport(report)
    durations.pytest_terminal_summary(terminal)
    assert terminal.lines[-1] == "7.0 s  tests/plan/a.py"


@pytest.mark.parametrize(("seconds", "says"), [(-10.0, ""), (0.0, ""), (2.5, ": 2.5 s too long")])
def test_the_unit_tests_are_held_against_their_budget(seconds: float, says: str) -> None:
    took = 20 + seconds
    reports = [Report("tests/unit/test_unit_a.py::test_a", took, worker(name)) for name in ("gw0", "gw1")]
    line = shown(*reports)[3]
    assert line == f"{2 * took:.1f} s  tests/unit, {took:.1f} s by all workers together, of 20 s{says}"


def test_beside_others_that_take_the_processor_there_is_no_budget() -> None:
    reports = [Report("tests/unit/test_unit_a.py::test_a", 99.0), Report("tests/plan/test_plan_b.py::test_b", 1.0)]
    assert "99.0 s  tests/unit" in shown(*reports)


def test_the_short_files_are_one_line() -> None:
    lines = shown(*(Report(f"tests/plan/test_plan_{n}.py::test", 10.0 + n) for n in range(SHOWN_FILES + 3)))
    assert lines[-2:] == ["13.0 s  tests/plan/test_plan_3.py", "33.0 s  3 other files"]
