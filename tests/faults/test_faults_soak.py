"""Ten thousand events with everything going wrong: nothing lost, nothing twice, nothing written. Proved by counting."""

from __future__ import annotations

import json
from collections import Counter as Tally
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from custom_sender.network.requests import AwsResponse, HttpResponse
from custom_sender.network.transport import NotSent, PerhapsSent
from custom_sender.outcome import POLICY, Outcome
from faults.simulation import Killed
from faults.world import PROVIDER_SECRET, START, Event, Trouble, World, accepts, raises, sender_of, settings
from support.ciphertext import altered
from support.cognito import make_event
from support.dynamodb import conflicts, does_not_connect, loses_the_answer, refuses, times_out
from support.emf import totals
from support.environment import LIMITS

# One world for all of them, in one worker.
pytestmark = [pytest.mark.long, pytest.mark.xdist_group("soak")]

EVENTS = 10_000
HOURS = 3
SEED = 20_241_122
# Every code and password has this in it, and nothing else has: whoever finds it has found a code.
CODE_STEM = "9081726354"
GERMAN = "+4917{0}"
# What Cognito sends, how often of a hundred times, and to which number: with eight digits of chance, and one of four.
KINDS: Mapping[str, tuple[float, str]] = {
    "honest": (59, GERMAN),
    "route of one": (8, "+1201555{0:.4}"),
    "tester": (3, "+155501001{0:.2}"),
    "notice": (4, GERMAN),
    "password": (4, GERMAN),
    "pumping": (12, "+49155500{1}{0:.4}"),
    "one number": (2, "+4915112345678"),
    "other country": (3, "+336{0}"),
    "satellite": (1, "+88161234{0:.4}"),
    "poisoned": (2, GERMAN),
    "no number": (1, "0151 7{0}"),
    "no code": (1, GERMAN),
    "other channel": (1, GERMAN),
}
TRIGGERS = {"notice": "AccountTakeOverNotification", "password": "AdminCreateUser", "no code": "SignUp"}
# When, in seconds. Pumping goes on for a quarter of an hour, over four blocks of numbers.
TIMES = {"pumping": (4000.0, 4900.0), "one number": (7300.0, 10_500.0)}

Faults = Mapping[str, Mapping[str, tuple[float, Trouble | None]]]


def faults(world: World) -> Faults:
    """What happens in each place, and how often of a hundred times."""

    def slow(_: Any, do: Callable[[], Any]) -> Any:
        world.between(1, 20)
        return do()

    def unclear(request: Any, do: Callable[[], Any]) -> Any:
        if sender_of(request) not in {"twilio", "aws"}:
            return do()  # a webhook's success is never unclear
        if world.rng.random() < 0.5:
            do()
        return answers(500, 20500, 200, "InternalError")(request, do)

    throttled: Any = {"Error": {"Code": "ThrottlingException", "Message": "m"}}
    return {
        "kms": {
            "ok": (95, None),
            "unavailable": (3.5, refuses("DisabledException")),
            "slow": (1, slow),
            "killed": (0.5, raises(Killed)),
        },
        "secret": {
            "ok": (88, None),
            "throttled": (8, raises(ClientError(throttled, "GetSecretValue"))),
            "slow": (2, slow),
            "killed": (2, raises(Killed)),
        },
        "table": {
            "ok": (94.6, None),
            "conflict": (2, conflicts()),
            "throttled": (0.5, refuses("ThrottlingException")),
            "failing": (0.5, refuses("InternalServerError", 500)),
            "lost answer": (1, loses_the_answer),
            "lost request": (0.6, times_out),
            "killed before": (0.4, raises(Killed)),
            "killed after": (0.4, raises(Killed, after=True)),
        },
        "provider": {
            "ok": (82, None),
            "not sent": (5, raises(NotSent())),
            "down": (2, answers(503, 20503, 503, "ServiceUnavailable")),
            "throttled": (1, answers(429, 20429, 429, "Throttled")),
            "busy": (1, answers(429, 20429, 429, "Throttled", {"retry-after": "1"})),
            "number": (1, answers(400, 21614, 422, "OptedOut")),
            "stopped": (0.5, answers(400, 21610, 410, "OptedOut")),
            "fraud": (0.5, answers(400, 30450, 400, "FilterPolicyLimitExceeded")),
            "quota": (3, answers(400, 30002, 402, "AuthorizationError")),
            "refused": (1, answers(401, 20003, 401, "AuthorizationError")),
            "unclear": (1, unclear),
            "lost answer": (2, raises(PerhapsSent(), after=True)),
            "lost request": (1, raises(PerhapsSent())),
            "killed before": (1, raises(Killed)),
            "killed after": (1, raises(Killed, after=True)),
        },
        "log": {"ok": (99.7, None), "killed": (0.3, raises(Killed))},
    }


def answers(status: int, code: int, webhook: int, word: str, headers: Mapping[str, str] | None = None) -> Trouble:
    """Twilio's status and code, the webhook's status, SNS's code: as documented, with all of the request repeated."""

    def trouble(request: Any, _: object) -> Any:
        sender = sender_of(request)
        if sender == "aws":
            return AwsResponse(400, {"Error": {"Code": word, "Message": json.dumps(request.parameters)}}, word, None)
        if sender == "twilio":
            answer = json.loads(accepts(request).body) | {"code": code}
            return HttpResponse(status, headers or {}, json.dumps(answer).encode())
        return HttpResponse(webhook, headers or {}, request.body)

    return trouble


# Longer than the breakers' patience, and longer than Lambda's: who is away, and from when to when.
OUTAGES = (
    ("twilio", 1800, 2400),
    ("aws", 2000, 2300),
    ("twilio", 6000, 6900),
    ("table", 7500, 7530),
    ("table", 9000, 9240),
)


class Chance:
    """What happens to each call, by weights; ``tally`` counts that. ``outages`` are as ``OUTAGES``."""

    def __init__(self, world: World, faults: Faults, outages: Sequence[tuple[str, float, float]] = OUTAGES) -> None:
        self.tally: Tally[str] = Tally()
        self.faults = faults
        self._world, self._outages = world, outages

    def __call__(self, place: str, asked: Any) -> Trouble | None:
        known = self.faults[place]
        (chosen,) = self._world.rng.choices([*known], weights=[weight for weight, _ in known.values()])
        self.tally[f"{place}: {chosen}"] += 1
        trouble = known[chosen][1]
        who = sender_of(asked) if place == "provider" else place
        seconds = self._world.clock() - START
        if any(name == who and begins <= seconds < ends for name, begins, ends in self._outages):
            chosen, trouble = "out", does_not_connect if place == "table" else raises(NotSent())
        self._world.running.troubles.append(f"{place}: {chosen}")
        return trouble


def live_through(world: World, count: int, chance: Chance, on_ledger_failure: str) -> None:
    """Three hours of honest users, fraud and nonsense, some of it delivered twice by Lambda."""
    limits = {**LIMITS, "country": {"max": 2000, "per_seconds": 3600, "mode": "monitor"}}
    routes = {"default": ["twilio", "aws", "backup"], "US": ["twilio"]}
    world.begin(settings(on_ledger_failure, routes=routes, limits=limits), chance, seed=SEED)
    rng = world.rng
    for index in range(count):
        (kind,) = rng.choices([*KINDS], weights=[weight for weight, _ in KINDS.values()])
        trigger = rng.choice(["SignUp", "ResendCode", "ForgotPassword", "Authentication", "Authentication"])
        number = KINDS[kind][1].format(f"{rng.randrange(10**8):08}", rng.randrange(4))
        code = "" if kind in {"notice", "no code"} else f"{CODE_STEM}{index:05}"
        encrypted = world.encrypt(f"{code}&lt;p" if kind == "password" else code) if code else None
        if encrypted and kind == "poisoned":
            encrypted = altered(encrypted, -1)
        raw = make_event(TRIGGERS.get(kind, trigger), code=encrypted, attributes={"phone_number": number})
        if kind == "other channel":
            raw["request"]["type"] = "customEmailSenderRequestV1"
        at = rng.uniform(*TIMES.get(kind, (0, HOURS * 3600)))
        twice = rng.choices([None, rng.uniform(0, 2), rng.uniform(2, 600)], weights=[80, 12, 8])[0]
        trace = f"Root=1-{int(START + at):08x}-{'0' * 24};Sampled=0"
        world.accept(Event(raw, f"event{index:05}", kind, number, code, trace), at, twice)
    world.run()


@pytest.fixture(scope="module")
def soak(make_world: Callable[[], World]) -> World:
    """The world after all of it. ``on_ledger_failure = "refuse"``: the ledger has to hold."""
    world = make_world()
    live_through(world, EVENTS, Chance(world, faults(world)), "refuse")
    return world


def of_kind(world: World, kind: str) -> list[Event]:
    return [event for event in world.events if event.kind == kind]


def attempts(invocation: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (invocation.line or {}).get("attempts", [])
    return found


def is_clear(event: Event) -> bool:
    """Nothing that happened to it left anybody in doubt: no process died, the ledger answered, every provider did."""
    harmless = {"table: ok", "table: conflict"}
    return all(
        invocation.result != "killed"
        and not {trouble for trouble in invocation.troubles if trouble.startswith("table")} - harmless
        and not (invocation.line or {}).get("unsure")
        and all(attempt["outcome"] != Outcome.AMBIGUOUS for attempt in attempts(invocation))
        for invocation in event.invocations
    )


def finals(event: Event) -> list[str]:
    """The final outcomes of an event but ``DUPLICATE``, which says that there was another."""
    return [name for name in event.outcomes if POLICY[Outcome(name)].final and name != Outcome.DUPLICATE]


def test_everything_that_can_happen_happened(soak: World) -> None:
    """Or the rest would prove less than it says."""
    assert len(soak.events) == EVENTS
    chance = cast("Chance", soak.troubles)
    for place, known in chance.faults.items():
        for fault in known:
            assert chance.tally[f"{place}: {fault}"] >= 5, f"{place}: {fault}"
    outcomes = Tally(line["outcome"] for event in soak.events for line in event.lines)
    print(sorted(outcomes.items()), chance.tally)
    # With wrong settings nothing else can happen, so that outcome has tests of its own. Mails are off here.
    of_mails = {Outcome.BLOCKED_DOMAIN, Outcome.NO_ADDRESS, Outcome.REJECTED_ADDRESS}
    assert outcomes.keys() == {*Outcome} - {Outcome.BAD_CONFIGURATION} - of_mails, "every one, and no unexpected error"
    assert sum(is_clear(event) for event in soak.events) > 0.75 * EVENTS
    ledgers = Tally(line.get("ledger") for event in soak.events for line in event.lines)
    assert all(ledgers[state] > 50 for state in ("claimed", "taken_over", "unavailable"))


def test_every_invocation_says_how_it_ended_once_and_raises_only_what_a_retry_can_cure(soak: World) -> None:
    for event in soak.events:
        for invocation in event.invocations:
            if invocation.result != "killed":
                invocation.require_an_ending()


def test_what_an_attempt_says_is_what_happened(soak: World) -> None:
    """SENT: it arrived, once. AMBIGUOUS: perhaps. Anything else: it did not."""
    for event in soak.events:
        for invocation in event.invocations:
            if invocation.result == "killed" and invocation.line is None:
                continue
            asked = [attempt for attempt in attempts(invocation) if was_asked(attempt)]
            assert [attempt["sender"] for attempt in asked] == [sender for sender, _ in invocation.sendings]
            for attempt, (_, arrived) in zip(asked, invocation.sendings, strict=True):
                if attempt["outcome"] != Outcome.AMBIGUOUS:
                    assert arrived == (attempt["outcome"] == Outcome.SENT), attempt


def was_asked(attempt: Mapping[str, Any]) -> bool:
    return attempt.get("provider_code") not in {"credentials-unavailable", "credentials-invalid", "no-time-left"}


def test_messages_on_phones_are_those_that_were_sent_and_at_most_the_ambiguous(soak: World) -> None:
    invocations = [invocation for event in soak.events for invocation in event.invocations]
    arrived = sum(len(event.phones) for event in soak.events)
    sent = sum(line["outcome"] == Outcome.SENT for event in soak.events for line in event.lines)
    # Of a process that was killed, nobody knows what it had sent.
    ambiguous = sum(attempt["outcome"] == Outcome.AMBIGUOUS for each in invocations for attempt in attempts(each))
    ambiguous += sum(len(invocation.sendings) for invocation in invocations if invocation.line is None)
    print(f"{arrived} messages on phones: {sent} SENT and {arrived - sent} of {ambiguous} ambiguous attempts")
    assert 0 < arrived - sent < ambiguous
    assert sent > 0.6 * EVENTS


def test_nobody_gets_two_through_one_sender(soak: World) -> None:
    for event in soak.events:
        assert len(set(event.phones)) == len(event.phones), event


def test_nobody_gets_two_at_all_where_nothing_was_ambiguous(soak: World) -> None:
    for event in soak.events:
        if is_clear(event):
            assert len(event.phones) == (Outcome.SENT in event.outcomes), event


def test_every_event_has_exactly_one_final_outcome(soak: World) -> None:
    items = soak.table.items()
    given_up = 0
    for event in soak.events:
        ends = finals(event)
        if not ends and Outcome.DUPLICATE in event.outcomes:
            # The process died between the ledger's last word and the log's.
            assert not is_clear(event)
            ends = [items[name]["outcome"]["S"] for name in event.items]
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


def test_nobody_waits_in_vain_when_nothing_goes_wrong_for_long(soak: World) -> None:
    """Of the honest, all get their message but those whose number or text a provider refused, or whose time was up."""
    honest = of_kind(soak, "honest")
    without = [event for event in honest if not event.phones]
    reasons = Tally(finals(event)[-1] if finals(event) else "given up" for event in without)
    print(f"{len(without)} of {len(honest)} honest events without a message: {reasons}")
    assert len(without) < 0.06 * len(honest)
    assert reasons[Outcome.BLOCKED_VELOCITY] == reasons[Outcome.BLOCKED_COUNTRY] == 0


def test_spend_stops_at_the_limits(soak: World) -> None:
    pumped = of_kind(soak, "pumping")
    blocks = Tally(event.number[:-4] for event in pumped if event.phones)
    print(f"{len(pumped)} pumped events, messages by block: {blocks}")
    assert len(blocks) == 4
    assert all(0.9 * 100 <= count <= 100 for count in blocks.values())
    one_number = of_kind(soak, "one number")
    assert len(one_number) > 0.01 * EVENTS
    assert sum(bool(event.phones) for event in one_number) <= 10
    for name, item in soak.table.items().items():
        if name[0] in "np":
            assert int(item["n"]["N"]) <= {"n": 10, "p": 100}[name[0]]


def test_testers_get_theirs_from_their_sender_and_from_no_other(soak: World) -> None:
    for event in soak.events:
        assert set(event.phones) <= (
            {"testers"} if event.number.startswith("+15550100") else {"twilio", "aws", "backup"}
        )


def test_no_code_and_no_number_is_anywhere_but_in_requests_to_providers(soak: World) -> None:
    assert soak.written.tell() > 10_000_000
    numbers = {event.number.removeprefix("+") for event in soak.events if event.number.startswith("+")}
    assert soak.told(CODE_STEM, PROVIDER_SECRET, numbers=numbers) == set()


def test_the_metrics_count_what_the_log_says(soak: World) -> None:
    counted = totals(soak.printed)
    said = Tally(outcome for event in soak.events for outcome in event.outcomes)
    assert {name: counted[name,] for name in said} == said


def test_every_item_will_go_within_a_day(soak: World) -> None:
    for item in soak.table.items().values():
        assert START < int(item["expires_at"]["N"]) <= soak.simulation.now + 24 * 3600


def test_a_ledger_that_is_away_costs_no_message_when_it_may_be_done_without(world: World) -> None:
    """``on_ledger_failure = "send"``: for an hour there is no table, and codes go out all the same."""
    known: dict[str, Any] = {place: {"ok": (1, None)} for place in ("kms", "secret", "table", "log")}
    known["provider"] = {"ok": (95, None), "not sent": (5, raises(NotSent()))}
    live_through(world, 1_000, Chance(world, known, [("table", 3600, 7200)]), "send")
    assert all(event.phones for event in of_kind(world, "honest"))
    twice = [event for event in world.events if len(event.phones) > 1]
    assert twice, "two deliveries of one event, and nobody to tell them of each other"
    for event in world.events:
        assert len(event.phones) <= event.deliveries
        told = [line["ledger"] for line in event.lines if "ledger" in line]
        if "unavailable" not in told:
            assert len(event.phones) <= 1
