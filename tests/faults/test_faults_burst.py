"""A burst on one number, block or country, when nothing else goes wrong: the limit holds all the same.

Every message of it adds to the same items of the table, so that most transactions are in each other's way.
"""

from __future__ import annotations

from collections import Counter as Tally

import pytest

from faults.world import Event, World, settings
from support.cognito import make_event
from support.environment import LIMITS as DEFAULTS

LIMITS = {"number": 10, "prefix": 25, "country": 40, "overall": 10_000}
# All of one burst are the same in what is limited, and in nothing that is narrower.
NUMBERS = {"number": "+4915112345678", "prefix": "+491511234{0:04}", "country": "+4915{0:04}{0:04}"}


def burst(world: World, scope: str, seed: int, environments: int = 16, events: int = 500) -> None:
    """So many events at once, for so many execution environments: as many arrive as the one limit that is enforced
    lets through, and every event comes to its end.
    """
    limits = {
        name: {**DEFAULTS[name], "max": most, "per_seconds": 3600, "mode": "enforce" if name == scope else "monitor"}
        for name, most in LIMITS.items()
    }
    world.begin(settings(limits=limits), seed=seed, environments=environments)
    for index in range(events):
        number, code = NUMBERS[scope].format(index), f"9081726{index:05}"
        raw = make_event(code=world.encrypt(code), attributes={"phone_number": number})
        world.accept(Event(raw, f"event{index:05}", number=number, code=code))
    world.run()
    outcomes = Tally(outcome for event in world.events for outcome in event.outcomes)
    print(f"{scope}: {outcomes}, {world.conflicts} conflicts")
    assert world.conflicts > events, "or the burst would prove nothing"
    assert sum(len(event.phones) for event in world.events) == outcomes["SENT"] == LIMITS[scope]
    assert outcomes["BLOCKED_VELOCITY"] == events - LIMITS[scope]


def test_an_enforced_limit_is_exact_in_a_burst(world: World) -> None:
    burst(world, "number", seed=1, events=200)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1, 6))
@pytest.mark.parametrize("scope", NUMBERS)
def test_an_enforced_limit_is_exact_in_many_bursts(world: World, scope: str, seed: int) -> None:
    burst(world, scope, seed)


@pytest.mark.long
@pytest.mark.parametrize("environments", [64, 256])
def test_an_enforced_limit_is_exact_however_many_are_at_it(world: World, environments: int) -> None:
    """Some find no turn in their time: they are left to Lambda's retry, and not sent uncounted."""
    burst(world, "number", 1, environments)
    assert any("LEDGER_UNAVAILABLE" in event.outcomes for event in world.events)
