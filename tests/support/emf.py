"""What CloudWatch would make of what a function has printed: embedded metric format, read back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


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
