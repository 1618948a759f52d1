"""The results that are kept."""

from __future__ import annotations

import pytest

from benchmarks.__main__ import RESULTS
from benchmarks.results import Results, read_results


@pytest.fixture(scope="session")
def kept() -> Results:
    """What results.json has."""
    return read_results(RESULTS.read_text())
