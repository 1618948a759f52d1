"""The simulation takes the steps that the real function takes, and its tables are what it finds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from benchmarks import paths, scale
from benchmarks.__main__ import PICTURE
from benchmarks.paths import ways
from benchmarks.results import Load, Results, Way
from benchmarks.scale import Scenario, Simulation, Times, scaled
from faults.world import LATENCY, Event, in_simulated_time, settings
from support.cognito import make_event
from support.environment import LIMITS

TIMES = Times(own=0.02, start=0.4)


@pytest.fixture(scope="module")
def counted() -> Mapping[str, Way]:
    """What the real function asks on each way."""
    return {way.name: way for way in ways()}


class _Met(Simulation):
    """Each message meets other transactions so many times."""

    times_met = 2

    def _is_met(self) -> bool:
        self.times_met -= 1
        return self.times_met >= 0


def one(kind: type[Simulation] = Simulation, times: Times = TIMES, **changes: Any) -> Simulation:
    """A single message, as it ended."""
    scenario = Scenario("one", "", **{"wide": "monitor", "over": False, "rate": 1, **changes})
    simulation = kind(scenario, times, weight=1, seconds=1)
    simulation.run()
    return simulation


def heavy(**changes: Any) -> Load:
    """Ten thousand a second for twelve seconds."""
    return Simulation(Scenario("heavy", "", **changes), TIMES, seconds=12).run()


WAYS: Mapping[str, tuple[type[Simulation], Mapping[str, Any]]] = {
    paths.FIRST: (Simulation, {}),
    paths.OFF: (Simulation, {"wide": "off"}),
    paths.NEXT: (Simulation, {"providers": (0, 1)}),
    paths.OVER: (Simulation, {"over": True}),
    paths.MEETING: (_Met, {}),
    paths.ENFORCED: (_Met, {"wide": "enforce"}),
    paths.UNCOUNTED: (Simulation, {"table": 0}),
    paths.EXPIRED: (Simulation, {"times": Times(0.02, start=200)}),
}


@pytest.mark.parametrize("name", WAYS)
def test_a_simulated_message_asks_what_the_real_function_asks(counted: Mapping[str, Way], name: str) -> None:
    kind, how = WAYS[name]
    found, way = one(kind, **how), counted[name]
    assert (found.units, found.decryptions) == (way.units, way.calls.count("Decrypt"))
    assert list(found.outcomes) == [way.outcome]


def test_a_retry_asks_what_the_real_one_asks(counted: Mapping[str, Way]) -> None:
    found, retried = one(providers=(0, 0)), counted[paths.RETRIED]
    # The second one comes three minutes after the first try.
    assert list(found.outcomes) == ["EXPIRED"]
    # The first one asks a second sender, too, and notes that before.
    assert found.units == counted[paths.REFUSED].units + retried.units + 1


def test_a_message_that_kms_refuses_comes_again(counted: Mapping[str, Way]) -> None:
    # Cognito's request leaves none.
    found = one(kms=1)
    assert list(found.outcomes) == ["SENT"]
    assert found.decryptions == len(counted[paths.SEALED].calls) + 1


@pytest.mark.long
@pytest.mark.parametrize(("mode", "environments"), [("enforce", 64), ("monitor", 64)])
def test_simulated_transactions_meet_as_often_as_real_ones(
    monkeypatch: pytest.MonkeyPatch, mode: str, environments: int
) -> None:
    """A burst on `country` and `overall` through the real ledger, and the same one simulated."""
    messages = 200
    # As long as a transaction of the faults' world is at work in the middle, and nothing beside.
    monkeypatch.setattr(scale, "_HELD_SECONDS", 0.017)
    monkeypatch.setattr(scale, "AWS_WAITS_MS", {"KMS": 10.0, "claim": 0.1, "end": 5.0})
    monkeypatch.setattr(scale, "PROVIDER_WAIT_MS", 20.0)
    for place, seconds in {"kms": 0.01, "table": 0.0, "provider": 0.02, "secret": 0.0}.items():
        monkeypatch.setitem(LATENCY, place, (seconds, seconds))
    scenario = Scenario("burst", "", environments, warm=environments, wide=mode, over=False, rate=1_000_000)
    simulation = Simulation(scenario, Times(0.017, 0), weight=1, seconds=messages / scenario.rate)
    simulation.run()
    assert simulation.units == pytest.approx(_burst(mode, environments, messages), rel=0.25)


def _burst(mode: str, environments: int, messages: int) -> int:
    """The write units that the real function asks for."""
    wide = {"max": 1_000_000, "mode": mode}
    limits = {name: {**limit, **(wide if name in {"country", "overall"} else {})} for name, limit in LIMITS.items()}
    units = 0

    def count(place: str, asked_for: Any) -> None:
        nonlocal units
        if place == "table":
            units += paths.units_of(asked_for)

    with in_simulated_time() as make_world:
        world = make_world()
        world.begin(settings(limits=limits), count, environments=environments)
        for index in range(messages):
            number, code = f"+49151{index:04}0000", f"90817{index:05}"
            raw = make_event(code=world.encrypt(code), attributes={"phone_number": number})
            world.accept(Event(raw, f"event{index:05}", number=number, code=code))
        world.run()
        assert world.conflicts > messages / 20, "or the burst would prove nothing"
    return units


def test_every_message_ends_once() -> None:
    found = heavy(providers=(3_000, 3_000), kms=25_000, wide="monitor")
    assert sum(found.outcomes.values()) == pytest.approx(100, abs=0.5)


def test_more_environments_shorten_the_queue_as_far_as_lambda_starts_them() -> None:
    few, many = heavy(environments=1_000), heavy(environments=5_000)
    assert few.longest_wait > 5 > many.longest_wait > 0
    assert (few.environments, heavy(warm=3_000).longest_wait) == (1_000, 0)


def test_the_same_dice_fall_the_same_way() -> None:
    assert heavy(wide="monitor") == heavy(wide="monitor")


def test_what_the_function_asks_is_what_is_kept(kept: Results, counted: Mapping[str, Way]) -> None:
    assert [(way.name, way.outcome, [*way.calls], way.units) for way in kept.ways] == [
        (way.name, way.outcome, [*way.calls], way.units) for way in counted.values()
    ], "run: make bench ARGS=--scale"


@pytest.mark.long
def test_the_tables_and_the_picture_are_what_the_simulation_finds(kept: Results) -> None:
    found, picture = scaled(kept)
    assert found.json() == kept.json(), "run: make bench ARGS=--scale"
    assert picture == PICTURE.read_text()
