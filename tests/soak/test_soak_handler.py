"""Ten thousand events with everything going wrong: nothing lost, nothing twice, nothing written. Proved by counting."""

from __future__ import annotations

import json
import re
from collections import Counter as Tally
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import pytest

from custom_sender.outcome import POLICY, Outcome
from custom_sender.settings import load
from soak.world import CODE_STEM, SENDERS, START, Event, Invocation, World, run
from support.emf import totals
from support.environment import LEDGER, environment

# One world for all of them, in one worker.
pytestmark = [pytest.mark.long, pytest.mark.xdist_group("soak")]

EVENTS = 10_000
HOURS = 3
SEED = 20_241_122
# What Cognito sends, and how often of a hundred times.
KINDS: Mapping[str, float] = {
    "honest": 59,
    "route of one": 8,
    "tester": 3,
    "notice": 4,
    "password": 4,
    "pumping": 12,
    "one number": 2,
    "other country": 3,
    "satellite": 1,
    "poisoned": 2,
    "no number": 1,
    "no code": 1,
}

# What happens in each place, and how often of a hundred times.
FAULTS: Mapping[str, Mapping[str, float]] = {
    "decrypt": {"ok": 95, "unavailable": 3.5, "slow": 1, "killed": 0.5},
    "secret": {"ok": 88, "throttled": 8, "slow": 2, "killed": 2},
    "table": {
        "ok": 94.6,
        "conflict": 2,
        "throttled": 0.5,
        "failing": 0.5,
        "lost answer": 1,
        "lost request": 0.6,
        "killed before": 0.4,
        "killed after": 0.4,
    },
    "provider": {
        "ok": 82,
        "not sent": 5,
        "down": 2,
        "throttled": 1,
        "busy": 1,
        "number": 1,
        "stopped": 0.5,
        "fraud": 0.5,
        "quota": 3,
        "refused": 1,
        "unclear": 1,
        "lost answer": 2,
        "lost request": 1,
        "killed before": 1,
        "killed after": 1,
    },
    "log": {"ok": 99.7, "killed": 0.3},
}


def make_world(module: ModuleType, on_ledger_failure: str, faults: Mapping[str, Mapping[str, float]]) -> World:
    settings = load(
        environment(
            {
                "senders": SENDERS,
                "sms": {
                    "routes": {"default": ["twilio", "aws", "backup"], "US": ["twilio"]},
                    "limits": {
                        "number": {"max": 10, "per_seconds": 3600, "mode": "enforce"},
                        "prefix": {"max": 100, "per_seconds": 3600, "mode": "enforce", "without_last_digits": 4},
                        "country": {"max": 2000, "per_seconds": 3600, "mode": "monitor"},
                        "overall": {"max": 10_000, "per_seconds": 3600, "mode": "monitor"},
                    },
                },
                "protection": {
                    "on_ledger_failure": on_ledger_failure,
                    "test_recipients": {"numbers": ["+15550100*"], "sender": "testers"},
                },
            },
            references=LEDGER,
            SENDER_HASH_KEY="00112233445566778899aabbccddeeff",
        )
    )
    return World(module, settings, SEED, faults)


def arrange(world: World, count: int) -> None:
    """What Cognito sends in three hours: honest users, fraud, nonsense; and what Lambda delivers twice."""
    rng = world.rng
    for number in range(count):
        (kind,) = rng.choices([*KINDS], weights=[*KINDS.values()])
        at = rng.uniform(0, HOURS * 3600)
        trigger = rng.choice(["SignUp", "ResendCode", "ForgotPassword", "Authentication", "Authentication"])
        code: str | None = f"{CODE_STEM}{number:05}"
        phone = f"+4917{rng.randrange(10**8):08}"
        if kind == "route of one":
            phone = f"+1201555{rng.randrange(10**4):04}"
        elif kind == "tester":
            phone = f"+155501001{rng.randrange(100):02}"
        elif kind == "notice":
            trigger, code = "AccountTakeOverNotification", None
        elif kind == "password":
            trigger, code = "AdminCreateUser", f"{CODE_STEM}{number:05}&lt;p"
        elif kind == "pumping":
            # Within a quarter of an hour, over four blocks of numbers.
            phone, at = f"+49155500{rng.randrange(4)}{rng.randrange(10**4):04}", rng.uniform(4000, 4900)
        elif kind == "one number":
            phone, at = "+4915112345678", rng.uniform(7300, 10_500)
        elif kind == "other country":
            phone = f"+336{rng.randrange(10**8):08}"
        elif kind == "satellite":
            phone = f"+88161234{rng.randrange(10**4):04}"
        elif kind == "no number":
            phone = "0151 " + phone[5:]
        elif kind == "no code":
            trigger, code = "SignUp", None
        twice = rng.choices([None, rng.uniform(0, 2), rng.uniform(2, 600)], weights=[80, 12, 8])[0]
        world.accept(Event(f"event{number:05}", kind, trigger, phone, code, poisoned=kind == "poisoned"), at, twice)
    # Longer than the breakers' patience, and longer than Lambda's.
    outages = (
        ("twilio", 1800, 600),
        ("aws", 2000, 300),
        ("twilio", 6000, 900),
        ("table", 7500, 30),
        ("table", 9000, 240),
    )
    for place, begins, seconds in outages:
        world.outage(place, begins, seconds)


@pytest.fixture(scope="module")
def soak(module: ModuleType) -> tuple[World, str]:
    """The world after all of it, and what was printed. ``on_ledger_failure = "refuse"``: the ledger has to hold."""
    world = make_world(module, "refuse", FAULTS)
    arrange(world, EVENTS)
    return world, run(world)


def of_kind(world: World, kind: str) -> list[Event]:
    return [event for event in world.events if event.kind == kind]


def lines(event: Event) -> list[dict[str, Any]]:
    return [invocation.line for invocation in event.invocations if invocation.line is not None]


def attempts(invocation: Invocation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (invocation.line or {}).get("attempts", [])
    return found


def is_clear(event: Event) -> bool:
    """Nothing that happened to it left anybody in doubt: no process died, the ledger answered, every provider did."""
    return all(
        invocation.result != "killed"
        and not invocation.in_trouble
        and not (invocation.line or {}).get("unsure")
        and all(attempt["outcome"] != Outcome.AMBIGUOUS for attempt in attempts(invocation))
        for invocation in event.invocations
    )


def finals(event: Event) -> list[str]:
    """The final outcomes of an event but ``DUPLICATE``, which says that there was another."""
    return [name for name in event.outcomes() if POLICY[Outcome(name)].final and name != Outcome.DUPLICATE]


def test_everything_that_can_happen_happened(soak: tuple[World, str]) -> None:
    """Or the rest would prove less than it says."""
    world, _ = soak
    assert len(world.events) == EVENTS
    for place, faults in FAULTS.items():
        for fault in faults:
            assert world.chance.tally[f"{place}: {fault}"] >= 5, f"{place}: {fault}"
    outcomes = Tally(line["outcome"] for event in world.events for line in lines(event))
    print(sorted(outcomes.items()), world.chance.tally)
    # With wrong settings nothing else can happen, so that outcome has tests of its own.
    assert outcomes.keys() == {*Outcome} - {Outcome.BAD_CONFIGURATION}, "every outcome, and no unexpected error"
    assert sum(is_clear(event) for event in world.events) > 0.75 * EVENTS
    ledgers = Tally(line.get("ledger") for event in world.events for line in lines(event))
    assert all(ledgers[state] > 50 for state in ("claimed", "taken_over", "unavailable"))


def test_every_invocation_says_how_it_ended_once_and_raises_only_what_a_retry_can_cure(
    soak: tuple[World, str],
) -> None:
    world, _ = soak
    for event in world.events:
        for invocation in event.invocations:
            if invocation.result != "killed":
                assert invocation.line is not None
                assert POLICY[Outcome(invocation.line["outcome"])].retry == (invocation.result == "raised")


def test_what_an_attempt_says_is_what_happened(soak: tuple[World, str]) -> None:
    """SENT: it arrived, once. AMBIGUOUS: perhaps. Anything else: it did not."""
    world, _ = soak
    for event in world.events:
        for invocation in event.invocations:
            if invocation.result == "killed" and invocation.line is None:
                continue
            asked = [attempt for attempt in attempts(invocation) if was_asked(attempt)]
            assert [attempt["sender"] for attempt in asked] == [sending.sender for sending in invocation.sendings]
            for attempt, sending in zip(asked, invocation.sendings, strict=True):
                if attempt["outcome"] != Outcome.AMBIGUOUS:
                    assert sending.arrived == (attempt["outcome"] == Outcome.SENT), attempt


def was_asked(attempt: Mapping[str, Any]) -> bool:
    return attempt.get("provider_code") not in {"credentials-unavailable", "credentials-invalid", "no-time-left"}


def test_messages_on_phones_are_those_that_were_sent_and_at_most_the_ambiguous(soak: tuple[World, str]) -> None:
    world, _ = soak
    invocations = [invocation for event in world.events for invocation in event.invocations]
    arrived = sum(len(event.phones) for event in world.events)
    sent = sum(line["outcome"] == Outcome.SENT for event in world.events for line in lines(event))
    # Of a process that was killed, nobody knows what it had sent.
    ambiguous = sum(attempt["outcome"] == Outcome.AMBIGUOUS for each in invocations for attempt in attempts(each))
    ambiguous += sum(len(invocation.sendings) for invocation in invocations if invocation.line is None)
    print(f"{arrived} messages on phones: {sent} SENT and {arrived - sent} of {ambiguous} ambiguous attempts")
    assert 0 < arrived - sent < ambiguous
    assert sent > 0.6 * EVENTS


def test_never_two_through_one_sender(soak: tuple[World, str]) -> None:
    world, _ = soak
    for event in world.events:
        assert len(set(event.phones)) == len(event.phones), event


def test_never_two_at_all_where_nothing_was_ambiguous(soak: tuple[World, str]) -> None:
    world, _ = soak
    for event in world.events:
        if is_clear(event):
            assert len(event.phones) == (Outcome.SENT in event.outcomes()), event


def test_every_event_has_exactly_one_final_outcome(soak: tuple[World, str]) -> None:
    world, _ = soak
    items = world.table.items()
    given_up = 0
    for event in world.events:
        ends = finals(event)
        if not ends and Outcome.DUPLICATE in event.outcomes():
            # The process died between the ledger's last word and the log's.
            assert not is_clear(event)
            ends = [items[f"m#{event.message_id}"]["outcome"]["S"]]
        if not ends:
            # Every delivery used up its retries: the event is in the failure queue.
            assert event.given_up == event.deliveries, event
            given_up += 1
        elif is_clear(event):
            assert len(ends) == 1 or allowed_beside(event, ends), (event, ends)
    print(f"{given_up} events were given up")
    assert 0 < given_up < 0.05 * EVENTS


def allowed_beside(event: Event, ends: list[str]) -> bool:
    """Of an event that Lambda has delivered twice, both deliveries are judged: as the same, or one of them later, when
    it is too old or another window has begun. Never are both sent.
    """
    return (
        (len(ends), event.deliveries) == (2, 2)
        and ends.count(Outcome.SENT) <= 1
        and (ends[0] == ends[1] or bool({Outcome.EXPIRED, Outcome.BLOCKED_VELOCITY} & {*ends}))
    )


def test_nobody_waits_in_vain_when_nothing_goes_wrong_for_long(soak: tuple[World, str]) -> None:
    """Of the honest, all get their message but those whose number or text a provider refused, or whose time was up."""
    world, _ = soak
    honest = of_kind(world, "honest")
    without = [event for event in honest if not event.phones]
    reasons = Tally(finals(event)[-1] if finals(event) else "given up" for event in without)
    print(f"{len(without)} of {len(honest)} honest events without a message: {reasons}")
    assert len(without) < 0.06 * len(honest)
    assert reasons[Outcome.BLOCKED_VELOCITY] == reasons[Outcome.BLOCKED_COUNTRY] == 0


def test_spend_stops_at_the_limits(soak: tuple[World, str]) -> None:
    world, _ = soak
    pumped = of_kind(world, "pumping")
    blocks = Tally(event.number[:-4] for event in pumped if event.phones)
    print(f"{len(pumped)} pumped events, messages by block: {blocks}")
    assert len(blocks) == 4
    assert all(0.9 * 100 <= count <= 100 for count in blocks.values())
    one_number = of_kind(world, "one number")
    assert len(one_number) > 0.01 * EVENTS
    assert sum(bool(event.phones) for event in one_number) <= 10
    for name, item in world.table.items().items():
        if name[0] in "np":
            assert int(item["n"]["N"]) <= {"n": 10, "p": 100}[name[0]]


def test_testers_get_theirs_from_their_sender_and_from_no_other(soak: tuple[World, str]) -> None:
    world, _ = soak
    for event in world.events:
        assert set(event.phones) <= (
            {"testers"} if event.number.startswith("+15550100") else {"twilio", "aws", "backup"}
        )


def test_no_code_and_no_number_is_anywhere_but_in_requests_to_providers(soak: tuple[World, str]) -> None:
    world, printed = soak
    written = "".join(
        (
            world.log.getvalue(),
            printed,
            world.raised.getvalue(),
            world.table.seen.getvalue(),
            json.dumps(world.table.items()),
        )
    )
    assert len(written) > 10_000_000
    assert CODE_STEM not in written
    numbers = {event.number.removeprefix("+") for event in world.events if event.number.startswith("+")}
    assert not numbers & set(re.findall(r"(?<!\d)\d{9,15}(?!\d)", written))
    assert "hunter2" not in written


def test_the_metrics_count_what_the_log_says(soak: tuple[World, str]) -> None:
    world, printed = soak
    counted = totals(printed)
    said = Tally(outcome for event in world.events for outcome in event.outcomes())
    assert {name: counted[name,] for name in said} == said


def test_every_item_will_go_within_a_day(soak: tuple[World, str]) -> None:
    world, _ = soak
    for item in world.table.items().values():
        assert START < int(item["expires_at"]["N"]) <= world.simulation.now + 24 * 3600


def test_a_ledger_that_is_away_costs_no_message_when_it_may_be_done_without(module: ModuleType) -> None:
    """``on_ledger_failure = "send"``: for an hour there is no table, and codes go out all the same."""
    faults = {place: {"ok": 1.0, "killed": 0.0} for place in ("decrypt", "secret", "log")}
    world = make_world(module, "send", faults | {"table": {"ok": 1}, "provider": {"ok": 95, "not sent": 5}})
    arrange(world, 1_000)
    world.outage("table", 3600, 3600)
    run(world)
    honest = of_kind(world, "honest")
    assert all(event.phones for event in honest)
    twice = [event for event in world.events if len(event.phones) > 1]
    assert twice, "two deliveries of one event, and nobody to tell them of each other"
    for event in world.events:
        assert len(event.phones) <= event.deliveries
        told = [line["ledger"] for line in lines(event) if "ledger" in line]
        if "unavailable" not in told:
            assert len(event.phones) <= 1
