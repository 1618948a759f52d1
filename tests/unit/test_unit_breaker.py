"""The circuit breaker: it moves senders that fail behind the others, and never takes one away."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from custom_sender.delivery.breaker import FAILURES, Breakers
from custom_sender.outcome import Outcome

# What the README says: "failed three times running", "asked last for 30 s". One failure is anybody's, and a provider
# that was restarted is back within half a minute.
FAILURES_TO_OPEN = 3
COOL_DOWN_SECONDS = 30.0
NEUTRAL = [Outcome.REJECTED_NUMBER, Outcome.OPTED_OUT, Outcome.BLOCKED_BY_PROVIDER]
ROUTE = ("a", "b", "c")


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breakers(clock: Clock) -> Breakers:
    return Breakers(clock)


def ends(breakers: Breakers, name: str, *outcomes: Outcome) -> None:
    for outcome in outcomes:
        breakers.trying(name)
        breakers.tried(name, outcome)


def open_(breakers: Breakers, *names: str) -> None:
    for name in names:
        ends(breakers, name, *[Outcome.PROVIDER_DOWN] * FAILURES_TO_OPEN)


def test_the_failures_are_what_is_the_provider_s_fault_or_ours() -> None:
    assert set(FAILURES) == {outcome for outcome in Outcome if outcome.startswith("PROVIDER_")} | {Outcome.AMBIGUOUS}
    assert FAILURES.isdisjoint(NEUTRAL)


def test_a_sender_that_nobody_knows_keeps_its_place(breakers: Breakers) -> None:
    assert breakers.order(ROUTE) == ROUTE


@pytest.mark.parametrize("failure", sorted(FAILURES))
def test_it_opens_after_so_many_failures_and_not_before(breakers: Breakers, failure: Outcome) -> None:
    ends(breakers, "a", *[failure] * (FAILURES_TO_OPEN - 1))
    assert breakers.order(ROUTE) == ROUTE
    ends(breakers, "a", failure)
    assert breakers.order(ROUTE) == ("b", "c", "a")


def test_only_consecutive_failures_count(breakers: Breakers) -> None:
    for _ in range(3):
        ends(breakers, "a", *[Outcome.PROVIDER_DOWN] * (FAILURES_TO_OPEN - 1), Outcome.SENT)
    assert breakers.order(ROUTE) == ROUTE


@pytest.mark.parametrize("neutral", NEUTRAL)
def test_what_is_a_fact_about_the_number_counts_neither_way(breakers: Breakers, neutral: Outcome) -> None:
    ends(breakers, "a", *[neutral] * 10)
    assert breakers.order(ROUTE) == ROUTE
    ends(breakers, "a", *[Outcome.PROVIDER_DOWN] * (FAILURES_TO_OPEN - 1), neutral, Outcome.PROVIDER_DOWN)
    assert breakers.order(ROUTE) == ("b", "c", "a")


def test_a_breaker_is_one_sender_s(breakers: Breakers) -> None:
    ends(breakers, "a", Outcome.PROVIDER_DOWN)
    ends(breakers, "b", Outcome.PROVIDER_DOWN)
    ends(breakers, "c", Outcome.PROVIDER_DOWN)
    assert breakers.order(ROUTE) == ROUTE


def test_when_all_are_open_the_route_is_as_it_was(breakers: Breakers) -> None:
    open_(breakers, *ROUTE)
    assert breakers.order(ROUTE) == ROUTE


def test_an_open_one_that_has_sent_after_all_is_closed(breakers: Breakers) -> None:
    open_(breakers, "a")
    ends(breakers, "a", Outcome.SENT)
    assert breakers.order(ROUTE) == ROUTE


def test_open_are_those_that_have_failed_whether_their_rest_is_over_or_not(breakers: Breakers, clock: Clock) -> None:
    open_(breakers, "b", "c")
    assert breakers.open(ROUTE) == ("b", "c")
    clock.now += COOL_DOWN_SECONDS
    assert breakers.open(ROUTE) == ("b", "c")
    ends(breakers, "b", Outcome.SENT)
    assert breakers.open(ROUTE) == ("c",)


class TestHalfOpen:
    @pytest.fixture(autouse=True)
    def _rested(self, breakers: Breakers, clock: Clock) -> None:
        open_(breakers, "a")
        clock.now += COOL_DOWN_SECONDS - 0.001
        assert breakers.order(ROUTE) == ("b", "c", "a")
        clock.now += 0.001

    def test_one_message_tries_it_in_its_place(self, breakers: Breakers) -> None:
        assert breakers.order(ROUTE) == ROUTE
        breakers.trying("a")
        assert breakers.order(ROUTE) == ("b", "c", "a"), "the probe is under way"

    def test_that_it_was_only_put_in_its_place_changes_nothing(self, breakers: Breakers) -> None:
        assert [breakers.order(("b", "a")) for _ in range(5)] == [("b", "a")] * 5
        assert breakers.order(ROUTE) == ROUTE

    def test_a_probe_that_succeeds_closes_it(self, breakers: Breakers) -> None:
        ends(breakers, "a", Outcome.SENT, *[Outcome.PROVIDER_DOWN] * (FAILURES_TO_OPEN - 1))
        assert breakers.order(ROUTE) == ROUTE

    @pytest.mark.parametrize("failure", sorted(FAILURES))
    def test_a_probe_that_fails_opens_it_again(self, breakers: Breakers, clock: Clock, failure: Outcome) -> None:
        ends(breakers, "a", failure)
        assert breakers.order(ROUTE) == ("b", "c", "a")
        clock.now += COOL_DOWN_SECONDS
        assert breakers.order(ROUTE) == ROUTE

    @pytest.mark.parametrize("neutral", NEUTRAL)
    def test_a_probe_that_teaches_nothing_is_followed_by_another(self, breakers: Breakers, neutral: Outcome) -> None:
        ends(breakers, "a", neutral)
        assert breakers.order(ROUTE) == ROUTE

    def test_a_probe_whose_end_nobody_saw_is_followed_by_another(self, breakers: Breakers, clock: Clock) -> None:
        breakers.trying("a")
        clock.now += COOL_DOWN_SECONDS
        assert breakers.order(ROUTE) == ROUTE

    def test_a_message_probes_one_sender_only(self, breakers: Breakers, clock: Clock) -> None:
        """With four senders of which three were down, three attempts must not all be probes."""
        open_(breakers, "b", "c")
        clock.now += COOL_DOWN_SECONDS
        assert breakers.order(("a", "b", "c", "d")) == ("a", "d", "b", "c")

    def test_one_that_has_rested_goes_before_one_that_has_not(self, breakers: Breakers) -> None:
        open_(breakers, "b", "c")
        ends(breakers, "c", Outcome.REJECTED_NUMBER)
        assert breakers.order(("a", "b", "c", "d")) == ("a", "d", "c", "b")

    def test_a_clock_that_goes_back_does_not_keep_it_open_for_ever(self, breakers: Breakers, clock: Clock) -> None:
        clock.now -= 86_400
        assert breakers.order(ROUTE) == ROUTE


class BreakerMachine(RuleBasedStateMachine):
    """Any messages at any times: the order is always the whole route, and the healthy come first."""

    @initialize()
    def start(self) -> None:
        self.clock = Clock()
        self.breakers = Breakers(self.clock)
        self.failures = dict.fromkeys(ROUTE, 0)

    @rule(name=st.sampled_from(ROUTE), outcome=st.sampled_from([*sorted(FAILURES), *NEUTRAL, Outcome.SENT]))
    def send(self, name: str, outcome: Outcome) -> None:
        ends(self.breakers, name, outcome)
        if outcome in FAILURES:
            self.failures[name] += 1
        elif outcome is Outcome.SENT:
            self.failures[name] = 0

    @rule(seconds=st.floats(-100, 100))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @precondition(lambda self: max(self.failures.values()) < FAILURES_TO_OPEN)
    @rule()
    def as_long_as_none_is_open_nothing_is_reordered(self) -> None:
        assert self.breakers.order(ROUTE) == ROUTE

    @invariant()
    def the_route_is_whole(self) -> None:
        order = self.breakers.order(ROUTE)
        assert sorted(order) == sorted(ROUTE)
        healthy = [name for name in ROUTE if self.failures[name] < FAILURES_TO_OPEN]
        assert [name for name in order if name in healthy] == healthy, "the healthy keep their order"
        tripped_before_a_healthy_one = [
            name for position, name in enumerate(order) if name not in healthy and set(order[position:]) & set(healthy)
        ]
        assert len(tripped_before_a_healthy_one) <= 1, "at most one probe"


TestBreakerMachine = BreakerMachine.TestCase
