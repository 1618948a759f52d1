"""A burst on one number, block or country, while a ledger that fails is done without: the limit holds all the same.

Every message of it adds to the same items of the table, so that most transactions are in each other's way.
"""

from __future__ import annotations

from collections import Counter as Tally
from types import ModuleType

import pytest

from custom_sender.settings import load
from soak.world import CODE_STEM, SENDERS, Event, World, run
from support.environment import LEDGER, environment
from support.environment import LIMITS as DEFAULTS

EVENTS = 500
ENVIRONMENTS = 16
LIMITS = {"number": 10, "prefix": 25, "country": 40, "overall": 10_000}
# Nothing goes wrong.
WELL = {place: {"ok": 1.0} for place in ("decrypt", "secret", "table", "provider", "log")}


def number(scope: str, index: int) -> str:
    """All of one burst are the same in what is limited, and in nothing that is narrower."""
    return {
        "number": "+4915112345678",
        "prefix": f"+491511234{index:04}",
        "country": f"+4915{index:04}{index:04}",
    }[scope]


def burst(module: ModuleType, scope: str, seed: int, environments: int = ENVIRONMENTS) -> World:
    """So many events at once, for so many execution environments, with one limit enforced."""
    limits = {
        name: {**DEFAULTS[name], "max": most, "per_seconds": 3600, "mode": "enforce" if name == scope else "monitor"}
        for name, most in LIMITS.items()
    }
    settings = load(
        environment(
            {
                "senders": SENDERS,
                "sms": {"limits": limits},
            },
            references=LEDGER,
            SENDER_HASH_KEY="00112233445566778899aabbccddeeff",
        )
    )
    world = World(module, settings, seed, WELL, environments)
    for index in range(EVENTS):
        event = Event(f"event{index:05}", "burst", "SignUp", number(scope, index), f"{CODE_STEM}{index:05}")
        world.accept(event, 0.0)
    run(world)
    return world


def check(world: World, scope: str) -> None:
    """As many arrive as the limit lets through, and every event comes to its end."""
    outcomes = Tally(outcome for event in world.events for outcome in event.outcomes())
    print(f"{scope}: {outcomes}, {world.table.conflicts} conflicts")
    assert world.table.conflicts > EVENTS, "or the burst would prove nothing"
    assert sum(len(event.phones) for event in world.events) == outcomes["SENT"] == LIMITS[scope]
    assert outcomes["BLOCKED_VELOCITY"] == EVENTS - LIMITS[scope]


def test_an_enforced_limit_is_exact_in_a_burst(module: ModuleType) -> None:
    check(burst(module, "number", seed=1), "number")


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1, 6))
@pytest.mark.parametrize("scope", ["number", "prefix", "country"])
def test_an_enforced_limit_is_exact_in_many_bursts(module: ModuleType, scope: str, seed: int) -> None:
    check(burst(module, scope, seed), scope)


@pytest.mark.long
@pytest.mark.parametrize("environments", [64, 256])
def test_an_enforced_limit_is_exact_however_many_are_at_it(module: ModuleType, environments: int) -> None:
    """Some find no turn in their time: they are left to Lambda's retry, and not sent uncounted."""
    world = burst(module, "number", 1, environments)
    check(world, "number")
    assert any("LEDGER_UNAVAILABLE" in event.outcomes() for event in world.events)
