"""What CloudWatch would make of what a function has printed: embedded metric format, read back.

The README's table of metrics stands between two tests: what the function emits is what is in the table (unit), and what
alarms and the dashboard name is in the table (plan).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from custom_sender.outcome import Outcome
from custom_sender.record.record import UNEXPECTED

_README = Path(__file__).resolve().parents[2] / "README.md"
_EVERY_OUTCOME = "every outcome"


@dataclass(frozen=True)
class Metric:
    """One metric as CloudWatch keeps and bills it: a name and the values of its dimensions."""

    namespace: str
    name: str
    unit: str
    dimensions: tuple[tuple[str, str], ...]

    @property
    def by(self) -> tuple[str, ...]:
        """The names of its dimensions."""
        return tuple(name for name, _ in self.dimensions)


def blobs(output: str) -> list[dict[str, Any]]:
    """The lines of standard output that CloudWatch makes metrics of."""
    lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return [line for line in lines if "_aws" in line]


def read(output: str) -> Iterator[tuple[Metric, list[float]]]:
    """Every metric in ``output`` with its values, each under each set of dimensions that its line names."""
    for blob in blobs(output):
        for directive in blob["_aws"]["CloudWatchMetrics"]:
            for names in directive["Dimensions"]:
                dimensions = tuple((name, blob[name]) for name in names)
                for definition in directive["Metrics"]:
                    metric = Metric(directive["Namespace"], definition["Name"], definition["Unit"], dimensions)
                    yield metric, blob[definition["Name"]]


def totals(output: str) -> dict[tuple[str, ...], float]:
    """The sum of each metric by name and the values of its dimensions but ``service``."""
    sums: dict[tuple[str, ...], float] = {}
    for metric, values in read(output):
        key = (metric.name, *(value for name, value in metric.dimensions if name != "service"))
        sums[key] = sums.get(key, 0) + sum(values)
    return sums


def documented() -> set[tuple[str, str, tuple[str, ...]]]:
    """Name, unit and names of the dimensions of every row of the README's table of metrics."""
    section = _README.read_text().split("\n### Metrics\n")[1].split("\n### ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")][1:]
    return {
        (_EVERY_OUTCOME if names.startswith("every [outcome]") else names.strip("`"), unit, ("service", *by))
        for names, unit, dimensions, _meaning in rows
        for by in [() if part == "none" else (part.strip("`"),) for part in dimensions.split(", ")]
    }


def documented_name(name: str) -> str:
    """A metric's name as ``documented`` has it: all outcomes have one row."""
    return _EVERY_OUTCOME if name in {*Outcome, UNEXPECTED} else name
