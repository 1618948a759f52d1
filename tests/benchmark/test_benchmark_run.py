"""The benchmark itself, small: ratios to floors of the same run may not get much worse than those that are kept."""

from __future__ import annotations

import pytest

from benchmarks.__main__ import measure
from benchmarks.packages import DEFAULT, DEFAULT_COMPILED
from benchmarks.results import Results, regressions

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("benchmark")]


@pytest.fixture(scope="module")
def now() -> Results:
    """A run with few rounds."""
    return measure(cold=7, warm=60)


def test_nothing_has_become_worse(now: Results, kept: Results) -> None:
    suspected = regressions(now, kept)
    if suspected:
        # A busy machine makes one run worse; what has become worse is so in a longer one, too.
        suspected = regressions(measure(cold=20, warm=200), kept)
    assert suspected == []


def test_the_measure_tells_byte_code_from_none(now: Results) -> None:
    assert now.cold[DEFAULT_COMPILED].cpu_ratio.median < now.cold[DEFAULT].cpu_ratio.median
