"""Numbers with their spread, and ratios between them. Pure."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Figure:
    """The median of ``runs`` measurements, and the quarter of them that were below ``low`` and above ``high``."""

    median: float
    low: float
    high: float
    runs: int

    @classmethod
    def of(cls, values: Iterable[float], digits: int) -> Figure:
        """Of at least two values, rounded to so many digits after the point."""
        known = list(values)
        low, median, high = statistics.quantiles(known, n=4, method="inclusive")
        return cls(round(median, digits), round(low, digits), round(high, digits), len(known))

    def __str__(self) -> str:
        return f"{self.median:g} ({self.low:g}–{self.high:g})"


def paired_ratio(values: Iterable[float], floors: Iterable[float]) -> Figure:
    """How many times the floor that was measured just before or after: what a busy minute does to both cancels out.

    ``values`` and ``floors`` are measurements in the order of the rounds, one of each in a round.
    """
    return Figure.of((value / floor for value, floor in zip(values, floors, strict=True)), 2)


def more_of_100(values: Sequence[float], others: Sequence[float]) -> int:
    """In how many of a hundred pairs of one of each the value is the greater one. Of equals in 50."""
    return round(100 * sum(value > other for value in values for other in others) / (len(values) * len(others)))


def by_chance(runs: int) -> tuple[int, int]:
    """What ``more_of_100`` is of two equals, so many runs of each: from and to, in 19 of 20 cases.

    It is Mann and Whitney's U by the number of pairs, whose variance is known; close for ten runs and more.
    """
    deviation = math.sqrt((2 * runs + 1) / (12 * runs * runs))
    reach = min(50, round(196 * deviation))
    return 50 - reach, 50 + reach
