"""With several workers (`pytest -n 2 --dist loadgroup`), tests that share something dear run in one of them.

Property tests draw the same few examples in every run, and no slow machine fails them: a failure is a fault that the
next run shows again. ``HYPOTHESIS_PROFILE=search`` looks for new ones, and longer.
"""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import HealthCheck, settings

from support.durations import Durations

# How long an example takes, or the drawing of examples, says something about the machine and nothing about the product.
settings.register_profile("search", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", settings.get_profile("search"), derandomize=True, max_examples=40)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

# Made once, in the worker that gets everything that uses it: each is a plan, an apply or a server of its own. What
# takes longest is first: begun last, it would keep all other workers waiting.
DEAR = ("stack", "refusals", "accepted_root", "aws", "places", "examples_root")


# These wait for providers that do not answer. As a few groups, between the dear ones, they cost no time: all at once,
# they would leave the processors without work.
WAITING, GROUPS_OF_WAITING = "contract", 4


# First, because xdist's own hook reads the marks.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what shares something dear into one group, and each other file's tests, for they share what that file makes.

    What takes long comes first.
    """
    turns: dict[pytest.Item, float] = {}
    for number, item in enumerate(items):
        area = item.path.parent.name
        shared = [name for name in DEAR if name in getattr(item, "fixturenames", ())]
        if shared:
            item.add_marker(pytest.mark.xdist_group(f"{area} {shared[0]}"))
            turns[item] = DEAR.index(shared[0])
        elif area == WAITING:
            group = number % GROUPS_OF_WAITING
            item.add_marker(pytest.mark.xdist_group(f"{area} {group}"))
            turns[item] = group + 0.5
        elif not item.get_closest_marker("long"):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
            turns[item] = len(DEAR) + (0 if area in {"e2e", "plan"} else 1)
    items.sort(key=lambda item: turns.get(item, len(DEAR) + 1))


def pytest_collection_finish() -> None:
    """What is there before the first test stays: nobody need look through it for garbage again, as pytest does."""
    gc.freeze()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Whoever has the longest work gets more of a processor: all others are a little nice, and so is what they start.

    No more than that: tests that wait for an answer in time get one.
    """
    if hasattr(item.config, "workerinput") and DEAR[0] not in getattr(item, "fixturenames", ()) and os.nice(0) == 0:
        os.nice(3)


def pytest_configure(config: pytest.Config) -> None:
    """The collector runs less often: at its usual pace it takes a tenth of the tests' time, and finds little.

    Where several workers keep all processors busy, Terraform and its provider get one each: the second would be taken
    from another test, and to share memory between two costs a tenth more. The sums are the controller's: a worker knows
    only its own tests.
    """
    gc.set_threshold(100_000, 50, 100)
    if hasattr(config, "workerinput"):
        os.environ.setdefault("GOMAXPROCS", "1")
    else:
        config.pluginmanager.register(Durations())
