"""What the tests of faults share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from faults.world import World, in_simulated_time


@pytest.fixture(scope="module", autouse=True)
def make_world() -> Iterator[Callable[[], World]]:
    with in_simulated_time() as make:
        yield make


@pytest.fixture(scope="module")
def world(make_world: Callable[[], World]) -> World:
    """One for all tests of a file, as its clients take longer to make than most examples: each begins it anew."""
    return make_world()
