"""What the tests of faults share: nobody waits in real time, and the function's entry module, which makes its handler
while it is imported.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator

import pytest

from faults.simulation import waits_by
from faults.world import World
from support.cognito import REGION
from support.dynamodb import every_try_is_made
from support.environment import environment


@pytest.fixture(scope="module", autouse=True)
def make_world() -> Iterator[Callable[[], World]]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(AWS_DEFAULT_REGION=REGION).items():
            patch.setenv(name, value)
        handler = importlib.import_module("custom_sender.handler").Handler
        every_try_is_made(patch)
        waits_by(patch, lambda seconds, work, _=None: work())
        yield lambda: World(handler)


@pytest.fixture(scope="module")
def world(make_world: Callable[[], World]) -> World:
    """One for all tests of a file, as its clients take longer to make than most examples: each begins it anew."""
    return make_world()
