"""With several workers (`pytest -n 2 --dist loadgroup`), tests that share something dear run in one of them.

Property tests draw the same few examples in every run, and no slow machine fails them: a failure is a fault that the
next run shows again. ``HYPOTHESIS_PROFILE=search`` looks for new ones, and longer.
"""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes, or the drawing of examples, says something about the machine and nothing about the product.
settings.register_profile("search", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", settings.get_profile("search"), derandomize=True, max_examples=40)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

# Made once, in the worker that gets everything that uses it: each is a plan, an apply or a server of its own.
DEAR = ("accepted_root", "examples_root", "refusals", "stack", "aws")
TESTS = Path(__file__).parent
SHOWN_FILES = 12


# First, because xdist's own hook reads the marks.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what shares something dear into one group; what a file of Terraform tests makes, it makes for itself."""
    for item in items:
        area, *_ = item.path.relative_to(TESTS).parts
        shared = [name for name in DEAR if name in getattr(item, "fixturenames", ())]
        if shared:
            item.add_marker(pytest.mark.xdist_group(f"{area} {shared[0]}"))
        elif area in {"e2e", "plan"} and not item.get_closest_marker("long"):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


class Durations:
    """Adds up how long tests take, with what was set up for them, by file and by worker."""

    def __init__(self) -> None:
        self.files: defaultdict[str, float] = defaultdict(float)
        self.workers: defaultdict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One phase of one test; of all workers, where there are several."""
        self.files[report.nodeid.partition("::")[0]] += report.duration
        node = getattr(report, "node", None)
        self.workers[node.gateway.id if node else "this process"] += report.duration

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """The files that took longest, and whether the workers had as much to do as each other."""
        terminalreporter.section("where the time went")
        for worker, seconds in sorted(self.workers.items()):
            terminalreporter.line(f"{seconds:7.1f} s  {worker}")
        longest = sorted(self.files.items(), key=lambda file: -file[1])
        for file, seconds in longest[:SHOWN_FILES]:
            terminalreporter.line(f"{seconds:7.1f} s  {file}")
        if rest := longest[SHOWN_FILES:]:
            terminalreporter.line(f"{sum(seconds for _, seconds in rest):7.1f} s  {len(rest)} other files")


def pytest_configure(config: pytest.Config) -> None:
    """The sums are the controller's: a worker knows only its own tests."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Durations())
