"""The results that are kept, and what a test makes of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from benchmarks.__main__ import RESULTS
from benchmarks.packages import DEFAULT, SELF_CONTAINED
from benchmarks.reach import MOST_DEFAULT_BYTES, MOST_SELF_CONTAINED_BYTES
from benchmarks.results import read_results

if TYPE_CHECKING:
    from benchmarks.results import Results


@pytest.fixture(scope="session")
def kept() -> Results:
    """What results.json has."""
    return read_results((RESULTS / "results.json").read_text())


@pytest.fixture(scope="session")
def good(kept: Results) -> Results:
    """The same with packages that are just small enough."""
    return replace(kept, sizes={DEFAULT: MOST_DEFAULT_BYTES, SELF_CONTAINED: MOST_SELF_CONTAINED_BYTES})
