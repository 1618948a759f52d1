"""Delivery: which sender is tried, when it stops, and what the message's outcome is then."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Mapping
from typing import Any, ClassVar, cast

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_sender.delivery.breaker import COOL_DOWN_SECONDS, FAILURES_TO_OPEN, Breakers
from custom_sender.delivery.failover import (
    LONGEST_ATTEMPT_SECONDS,
    MOST_ATTEMPTS,
    SHORTEST_ATTEMPT_SECONDS,
    Attempts,
    Delivery,
    NamedSender,
    Plan,
    overall,
    plan,
)
from custom_sender.message import Carries, Message
from custom_sender.network.provider_secrets import Credentials, CredentialsInvalid, CredentialsUnavailable
from custom_sender.network.requests import AwsRequest, AwsResponse, HttpRequest, RequestRefused
from custom_sender.network.transport import NotSent, PerhapsSent, Transport
from custom_sender.outcome import POLICY, Outcome
from custom_sender.pipeline import RESERVE_SECONDS
from custom_sender.secret import Secret
from custom_sender.senders.base import SendResult
from support import pages
from support.senders import MESSAGE, MESSAGES

ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:x-AbCdEf"
# What an attempt may end as; the other outcomes are decided before delivery.
OF_ATTEMPTS = (
    Outcome.SENT,
    Outcome.BLOCKED_BY_PROVIDER,
    Outcome.REJECTED_NUMBER,
    Outcome.OPTED_OUT,
    Outcome.PROVIDER_CONFIG,
    Outcome.PROVIDER_QUOTA,
    Outcome.PROVIDER_THROTTLED,
    Outcome.PROVIDER_DOWN,
    Outcome.AMBIGUOUS,
)

# A temporary password or a notice.
TEXT_ONLY = {Carries.TEXT: MESSAGE}


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


class FakeSender:
    """Its attempts end as told, one after the other; the last one stays. An exception is the transport's.

    The end travels through request and answer, so the transport needs to know nothing about senders.
    """

    kind: ClassVar[str] = "fake"
    carries: ClassVar[frozenset[Carries]] = frozenset({Carries.TEXT})

    def __init__(self, *ends: SendResult | Exception, secret_arn: str | None = None) -> None:
        self.ends = list(ends)
        self.secret_arn = secret_arn
        self.built: list[tuple[Mapping[str, Any], float]] = []

    def build(self, message: Message[Any], credentials: Mapping[str, Any], *, now: float) -> AwsRequest:
        self.built.append((credentials, now))
        end = self.ends.pop(0) if len(self.ends) > 1 else self.ends[0]
        if isinstance(end, CredentialsInvalid):
            raise end
        return AwsRequest("fake", "send", {"end": end}, None)

    def parse(self, response: AwsResponse) -> SendResult:
        end = response.result["end"]
        assert isinstance(end, SendResult)
        return end


class CodesOnly(FakeSender):
    carries: ClassVar[frozenset[Carries]] = frozenset({Carries.CODE})


class FakeTransport:
    """Takes ``seconds`` for each request, or the time-out if that is less."""

    def __init__(self, clock: Clock, seconds: float = 0.0) -> None:
        self.clock = clock
        self.seconds = seconds
        self.timeouts: list[float] = []

    def send(self, request: HttpRequest | AwsRequest, timeout_seconds: float) -> AwsResponse:
        self.timeouts.append(timeout_seconds)
        self.clock.now += min(self.seconds, timeout_seconds)
        assert isinstance(request, AwsRequest)
        end = request.parameters["end"]
        if isinstance(end, Exception):
            raise end
        return AwsResponse(200, request.parameters, None, None)


class FakeCredentials:
    def __init__(self, *answers: Mapping[str, Any] | Exception) -> None:
        self.answers = list(answers) or [{}]
        self.refreshes: list[bool] = []
        self.seconds: list[float] = []

    def get(self, arn: str, *, refresh: bool = False, seconds: float = 0.0) -> Mapping[str, Any]:
        assert arn == ARN
        self.refreshes.append(refresh)
        self.seconds.append(seconds)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class World:
    """A clock, a transport, the senders and their breakers.

    ``waits`` are the pauses that were made, ``notes`` what ``asking`` was called with and ``answers`` what it said;
    ``allowed`` are those to come, the last of which stays. ``unsure`` is what delivery left of the set.
    """

    def __init__(self, *senders: FakeSender, seconds: float = 0.0, credentials: FakeCredentials | None = None) -> None:
        self.clock = Clock()
        self.transport = FakeTransport(self.clock, seconds)
        self.credentials = credentials or FakeCredentials()
        self.route = [NamedSender(f"sender_{number}", sender) for number, sender in enumerate(senders)]
        self.breakers = Breakers(self.clock)
        self.waits: list[float] = []
        self.notes: list[frozenset[str]] = []
        self.allowed = [True]
        self.answers: list[bool] = []
        self.unsure: set[str] = set()

    def plan(self, carried: Collection[Carries] = MESSAGES) -> Plan:
        return plan(self.route, self.breakers, carried)

    def asking(self, names: frozenset[str]) -> bool:
        self.notes.append(names)
        self.answers.append(self.allowed.pop(0) if len(self.allowed) > 1 else self.allowed[0])
        return self.answers[-1]

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.waits.append(seconds)
        self.clock.now += seconds

    def deliver(
        self,
        seconds_left: float = 30.0,
        *,
        unsure: tuple[str, ...] = (),
        messages: Mapping[Carries, Message[Any]] = MESSAGES,
    ) -> Delivery:
        self.unsure = set(unsure)
        attempts = Attempts(
            messages,
            cast("Transport", self.transport),
            cast("Credentials", self.credentials),
            end=self.clock.now + seconds_left - RESERVE_SECONDS,
            clock=self.clock,
            breakers=self.breakers,
            unsure=self.unsure,
            asking=self.asking,
            sleep=self.sleep,
        )
        return attempts.deliver(self.plan(messages).order)


def result(outcome: Outcome, **fields: Any) -> SendResult:
    return SendResult(outcome, **fields)


def tried(delivery: Delivery) -> list[str]:
    return [attempt.sender_name for attempt in delivery.attempts]


def test_the_first_sender_that_sends_ends_it() -> None:
    world = World(FakeSender(result(Outcome.SENT, message_id="m-1")), FakeSender(result(Outcome.SENT)))
    delivery = world.deliver()
    assert (delivery.outcome, delivery.sender_name, tried(delivery)) == (Outcome.SENT, "sender_0", ["sender_0"])
    assert delivery.attempts[0].message_id == "m-1"
    assert delivery.attempts[0].kind == "fake"


@pytest.mark.parametrize("first", [outcome for outcome in OF_ATTEMPTS if outcome is not Outcome.SENT])
def test_the_policy_decides_whether_the_next_sender_is_tried(first: Outcome) -> None:
    world = World(FakeSender(result(first)), FakeSender(result(Outcome.SENT)))
    delivery = world.deliver()
    if POLICY[first].failover:
        assert (delivery.outcome, delivery.sender_name) == (Outcome.SENT, "sender_1")
    else:
        assert (delivery.outcome, delivery.sender_name, tried(delivery)) == (first, None, ["sender_0"])


def test_at_most_three_attempts_are_made() -> None:
    world = World(*(FakeSender(result(Outcome.PROVIDER_DOWN)) for _ in range(5)))
    assert len(world.deliver().attempts) == MOST_ATTEMPTS == 3


def test_the_second_try_with_fresh_credentials_is_one_of_them() -> None:
    refusal = result(Outcome.PROVIDER_CONFIG, credentials_refused=True)
    world = World(
        *(FakeSender(refusal, secret_arn=ARN) for _ in range(3)),
        credentials=FakeCredentials(*({"t": number} for number in range(9))),
    )
    assert tried(world.deliver()) == ["sender_0", "sender_0", "sender_1"]


@pytest.mark.parametrize(
    ("message_id", "kept"),
    [("SM0123", "SM0123"), ("a1-4915112345678-b", None), ("00ff2718280a", None), (None, None)],
)
def test_an_id_with_the_code_or_the_number_in_it_is_not_kept(message_id: str | None, kept: str | None) -> None:
    """Written by the provider, logged by us."""
    delivery = World(FakeSender(result(Outcome.SENT, message_id=message_id))).deliver()
    assert delivery.attempts[0].message_id == kept


def test_a_sender_that_was_not_asked_for_want_of_attempts_keeps_the_message_alive() -> None:
    """Bad credentials, rotated to other bad ones, take two of the three attempts: the third sender may be well."""
    refusal = result(Outcome.PROVIDER_CONFIG, credentials_refused=True)
    world = World(
        FakeSender(refusal, secret_arn=ARN),
        FakeSender(result(Outcome.PROVIDER_QUOTA)),
        FakeSender(result(Outcome.SENT)),
        credentials=FakeCredentials({"t": "old"}, {"t": "new"}),
    )
    delivery = world.deliver()
    assert tried(delivery) == ["sender_0", "sender_0", "sender_1"]
    assert POLICY[delivery.outcome].retry
    assert "a retry goes on" in str(delivery.detail)


def test_not_so_after_an_attempt_that_is_perhaps_sent() -> None:
    world = World(*(FakeSender(PerhapsSent()) for _ in range(4)))
    assert world.deliver().outcome is Outcome.AMBIGUOUS


@pytest.mark.parametrize(
    ("failure", "outcome", "code"),
    [
        (NotSent(), Outcome.PROVIDER_DOWN, "not-sent"),
        (PerhapsSent(), Outcome.AMBIGUOUS, "perhaps-sent"),
        (RequestRefused("no"), Outcome.PROVIDER_CONFIG, "request-refused"),
    ],
)
def test_a_failure_of_the_transport_is_an_outcome_and_the_next_sender_is_tried(
    failure: Exception, outcome: Outcome, code: str
) -> None:
    world = World(FakeSender(failure), FakeSender(result(Outcome.SENT)))
    delivery = world.deliver()
    assert delivery.outcome is Outcome.SENT
    assert (delivery.attempts[0].outcome, delivery.attempts[0].provider_code) == (outcome, code)


def test_an_ambiguous_attempt_is_never_repeated_on_the_same_sender() -> None:
    world = World(FakeSender(PerhapsSent()))
    assert len(world.deliver().attempts) == 1


# --- the outcome of the whole ---


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ((), Outcome.PROVIDER_DOWN),
        ((Outcome.PROVIDER_DOWN, Outcome.SENT), Outcome.SENT),
        ((Outcome.AMBIGUOUS, Outcome.SENT), Outcome.SENT),
        ((Outcome.AMBIGUOUS, Outcome.PROVIDER_DOWN), Outcome.AMBIGUOUS),
        ((Outcome.PROVIDER_DOWN, Outcome.AMBIGUOUS), Outcome.AMBIGUOUS),
        ((Outcome.AMBIGUOUS, Outcome.REJECTED_NUMBER), Outcome.AMBIGUOUS),
        ((Outcome.PROVIDER_DOWN, Outcome.REJECTED_NUMBER), Outcome.REJECTED_NUMBER),
        ((Outcome.PROVIDER_CONFIG, Outcome.PROVIDER_DOWN), Outcome.PROVIDER_DOWN),
        ((Outcome.PROVIDER_DOWN, Outcome.PROVIDER_CONFIG), Outcome.PROVIDER_DOWN),
        ((Outcome.PROVIDER_QUOTA, Outcome.PROVIDER_THROTTLED, Outcome.PROVIDER_DOWN), Outcome.PROVIDER_THROTTLED),
        ((Outcome.PROVIDER_CONFIG, Outcome.PROVIDER_QUOTA), Outcome.PROVIDER_CONFIG),
    ],
)
def test_the_outcome_of_the_message(outcomes: tuple[Outcome, ...], expected: Outcome) -> None:
    assert overall(outcomes) is expected


def courses() -> list[tuple[Outcome, ...]]:
    """Every course that up to three attempts can take: after the first that may not fail over, nothing follows."""
    return [
        outcomes
        for length in (1, 2, 3)
        for outcomes in itertools.product(OF_ATTEMPTS, repeat=length)
        if all(POLICY[outcome].failover for outcome in outcomes[:-1])
    ]


def test_in_every_course_a_retry_is_asked_for_exactly_when_it_is_safe_and_can_help() -> None:
    assert len(courses()) > 250
    for outcomes in courses():
        final = World(*(FakeSender(result(outcome)) for outcome in outcomes)).deliver().outcome
        perhaps_sent = Outcome.AMBIGUOUS in outcomes or Outcome.SENT in outcomes
        about_the_number = not POLICY[outcomes[-1]].failover
        can_help = any(POLICY[outcome].retry for outcome in outcomes)
        assert POLICY[final].retry == (can_help and not perhaps_sent and not about_the_number), outcomes
        assert final in outcomes


# --- credentials ---


def test_refused_credentials_are_read_again_and_tried_once_more_on_the_same_sender() -> None:
    refusal = result(Outcome.PROVIDER_CONFIG, provider_code="20003", credentials_refused=True)
    sender = FakeSender(refusal, result(Outcome.SENT), secret_arn=ARN)
    world = World(sender, credentials=FakeCredentials({"t": Secret("old")}, {"t": Secret("new")}))
    delivery = world.deliver()
    assert (delivery.outcome, delivery.sender_name) == (Outcome.SENT, "sender_0")
    assert [attempt.refreshed for attempt in delivery.attempts] == [False, True]
    assert [credentials for credentials, _ in sender.built] == [{"t": Secret("old")}, {"t": Secret("new")}]
    assert world.credentials.refreshes == [False, True]


def test_there_is_only_one_refresh() -> None:
    refusal = result(Outcome.PROVIDER_CONFIG, credentials_refused=True)
    sender = FakeSender(refusal, secret_arn=ARN)
    world = World(sender, credentials=FakeCredentials({"t": "1"}, {"t": "2"}, {"t": "3"}))
    assert world.deliver().outcome is Outcome.PROVIDER_CONFIG
    assert world.credentials.refreshes == [False, True]
    assert len(sender.built) == 2


def test_a_refusal_that_may_have_sent_the_message_is_not_followed_by_a_second_try_of_that_sender() -> None:
    """A description of a user's own can say both of one answer."""
    both = result(Outcome.AMBIGUOUS, credentials_refused=True)
    sender = FakeSender(both, result(Outcome.SENT), secret_arn=ARN)
    world = World(sender, credentials=FakeCredentials({"t": "old"}, {"t": "new"}))
    assert world.deliver().outcome is Outcome.AMBIGUOUS
    assert len(sender.built) == 1


def test_unchanged_credentials_are_not_tried_again() -> None:
    sender = FakeSender(result(Outcome.PROVIDER_CONFIG, credentials_refused=True), secret_arn=ARN)
    world = World(sender, FakeSender(result(Outcome.SENT)), credentials=FakeCredentials({"t": "same"}))
    delivery = world.deliver()
    assert len(sender.built) == 1
    assert delivery.sender_name == "sender_1"


def test_a_secret_that_lacks_something_is_read_again_too() -> None:
    sender = FakeSender(CredentialsInvalid("the secret must have auth_token"), result(Outcome.SENT), secret_arn=ARN)
    world = World(sender, credentials=FakeCredentials({}, {"auth_token": "new"}))
    delivery = world.deliver()
    assert delivery.outcome is Outcome.SENT
    assert delivery.attempts[0].problem == f"{ARN}: the secret must have auth_token"


@pytest.mark.parametrize(
    ("error", "outcome", "code"),
    [
        (CredentialsUnavailable("x could not be read"), Outcome.PROVIDER_DOWN, "credentials-unavailable"),
        (CredentialsInvalid("x may not be read"), Outcome.PROVIDER_CONFIG, "credentials-invalid"),
    ],
)
def test_credentials_that_cannot_be_had_fail_over_without_a_request(
    error: Exception, outcome: Outcome, code: str
) -> None:
    world = World(
        FakeSender(result(Outcome.SENT), secret_arn=ARN),
        FakeSender(result(Outcome.SENT)),
        credentials=FakeCredentials(error),
    )
    delivery = world.deliver()
    first = delivery.attempts[0]
    assert (first.outcome, first.provider_code, first.problem) == (outcome, code, str(error))
    assert delivery.sender_name == "sender_1"
    assert len(world.transport.timeouts) == 1


@pytest.mark.parametrize(
    ("fresh", "outcome"),
    [
        ({"t": "new"}, Outcome.PROVIDER_DOWN),
        (CredentialsUnavailable("x could not be read"), Outcome.PROVIDER_DOWN),
        ({"t": "old"}, Outcome.PROVIDER_CONFIG),
        (CredentialsInvalid("x may not be read"), Outcome.PROVIDER_CONFIG),
    ],
    ids=["rotated", "unreadable for now", "unchanged", "unreadable"],
)
def test_a_rotation_that_the_last_attempt_meets_is_left_to_a_retry(
    fresh: Mapping[str, Any] | Exception, outcome: Outcome
) -> None:
    """There is no fourth attempt, but what new credentials can cure must not be final."""
    refusal = result(Outcome.PROVIDER_CONFIG, provider_code="20003", credentials_refused=True)
    others = [FakeSender(result(Outcome.PROVIDER_QUOTA)) for _ in range(2)]
    last = FakeSender(refusal, secret_arn=ARN)
    world = World(*others, last, credentials=FakeCredentials({"t": "old"}, fresh))
    delivery = world.deliver()
    assert [attempt.provider_code for attempt in delivery.attempts] == [None, None, "20003"]
    assert delivery.attempts[-1].outcome is outcome
    assert POLICY[delivery.outcome].retry == (outcome is Outcome.PROVIDER_DOWN)
    assert len(last.built) == 1


def test_a_refresh_that_fails_for_now_leaves_the_message_to_a_retry() -> None:
    """The secret may have been rotated while it cannot be read: a later invocation finds the new one."""
    sender = FakeSender(result(Outcome.PROVIDER_CONFIG, credentials_refused=True), secret_arn=ARN)
    world = World(sender, credentials=FakeCredentials({"t": "old"}, CredentialsUnavailable("x could not be read")))
    delivery = world.deliver()
    assert delivery.outcome is Outcome.PROVIDER_DOWN
    assert POLICY[delivery.outcome].retry


# --- time ---


@pytest.mark.parametrize(
    ("senders", "seconds_left", "timeouts"),
    [
        (1, 30.0, [5.0]),
        (3, 30.0, [5.0, 5.0, 5.0]),
        (1, 4.5, [3.0]),
        (2, 7.5, [3.0, 3.0]),
        (3, 4.5, [1.0, 1.0, 1.0]),
    ],
)
def test_what_is_left_is_shared_by_the_senders_that_are_left(
    senders: int, seconds_left: float, timeouts: list[float]
) -> None:
    world = World(*(FakeSender(PerhapsSent()) for _ in range(senders)), seconds=99.0)
    world.deliver(seconds_left)
    assert world.transport.timeouts == pytest.approx(timeouts)
    assert LONGEST_ATTEMPT_SECONDS == 5.0


def test_a_quick_first_sender_leaves_more_to_the_second() -> None:
    world = World(FakeSender(NotSent()), FakeSender(result(Outcome.SENT)), seconds=0.1)
    world.deliver(7.5)
    assert world.transport.timeouts == pytest.approx([3.0, 5.0])


@pytest.mark.parametrize("senders", [1, 2, 3])
@pytest.mark.parametrize("seconds_left", [0.5, 1.4, 2.0, 2.2, 3.1, 8.0, 20.0])
def test_delivery_ends_before_the_reserve_whatever_the_senders_do(senders: int, seconds_left: float) -> None:
    world = World(*(FakeSender(PerhapsSent()) for _ in range(senders)), seconds=99.0)
    began = world.clock.now
    world.deliver(seconds_left)
    assert world.clock.now - began <= max(0.0, seconds_left - RESERVE_SECONDS) + 1e-6
    assert all(timeout >= SHORTEST_ATTEMPT_SECONDS - 1e-6 for timeout in world.transport.timeouts)


def test_without_time_nothing_is_tried_and_a_retry_is_asked_for() -> None:
    world = World(FakeSender(result(Outcome.SENT)))
    delivery = world.deliver(1.0)
    assert (delivery.outcome, delivery.attempts) == (Outcome.PROVIDER_DOWN, ())
    assert POLICY[delivery.outcome].retry


def test_reading_a_secret_gets_what_is_left_and_no_more() -> None:
    refusal = result(Outcome.PROVIDER_CONFIG, credentials_refused=True)
    sender = FakeSender(refusal, result(Outcome.SENT), secret_arn=ARN)
    world = World(sender, seconds=2.0, credentials=FakeCredentials({"t": "old"}, {"t": "new"}))
    world.deliver(seconds_left=4.0)
    assert world.credentials.seconds == [2.5, 0.5]


def test_a_secret_that_took_all_the_time_leaves_none_for_the_request() -> None:
    class Slow(FakeCredentials):
        def get(self, arn: str, *, refresh: bool = False, seconds: float = 0.0) -> Mapping[str, Any]:
            world.clock.now += 6.0
            return super().get(arn, refresh=refresh)

    world = World(FakeSender(result(Outcome.SENT), secret_arn=ARN), credentials=Slow())
    delivery = world.deliver(7.0)
    assert delivery.attempts[0].provider_code == "no-time-left"
    assert world.transport.timeouts == []


def test_an_attempt_says_how_long_it_took_and_is_built_with_its_own_time() -> None:
    second = FakeSender(result(Outcome.SENT))
    world = World(FakeSender(NotSent()), second, seconds=0.75)
    began = world.clock.now
    delivery = world.deliver()
    assert [attempt.seconds for attempt in delivery.attempts] == pytest.approx([0.75, 0.75])
    assert second.built[0][1] == pytest.approx(began + 0.75)


@pytest.mark.parametrize("senders", [1, 2, 3, 5])
def test_every_attempt_gets_its_share_of_what_is_left(senders: int) -> None:
    """min(5 s, what is left / attempts that may still come): five senders are three attempts."""
    world = World(*(FakeSender(NotSent()) for _ in range(senders)), seconds=99.0)
    world.deliver(RESERVE_SECONDS + 6.0)
    assert world.transport.timeouts == pytest.approx({1: [5.0], 2: [3.0, 3.0], 3: [2.0] * 3, 5: [2.0] * 3}[senders])


def test_an_empty_route_is_no_sent_message() -> None:
    assert World().deliver().outcome is Outcome.PROVIDER_DOWN


# --- Retry-After ---


def pause(seconds: float | None, outcome: Outcome = Outcome.PROVIDER_THROTTLED) -> SendResult:
    return result(outcome, provider_code="20429", retry_after_seconds=seconds)


@pytest.mark.parametrize("outcome", [Outcome.PROVIDER_THROTTLED, Outcome.PROVIDER_DOWN])
def test_a_pause_that_fits_is_made_and_the_sender_asked_once_more(outcome: Outcome) -> None:
    world = World(FakeSender(pause(7.0, outcome), result(Outcome.SENT)))
    delivery = world.deliver()
    assert (delivery.outcome, tried(delivery), world.waits) == (Outcome.SENT, ["sender_0"] * 2, [7.0])
    assert [attempt.retry_after_seconds for attempt in delivery.attempts] == [7.0, None]
    assert [attempt.waited_seconds for attempt in delivery.attempts] == [None, 7.0]


def test_another_sender_is_asked_before_anything_is_waited_for() -> None:
    world = World(FakeSender(pause(0.0)), FakeSender(result(Outcome.SENT)))
    delivery = world.deliver()
    assert (tried(delivery), world.waits) == (["sender_0", "sender_1"], [])


def test_of_two_pauses_the_shorter_one_is_made() -> None:
    world = World(FakeSender(pause(9.0), result(Outcome.SENT)), FakeSender(pause(3.0), result(Outcome.SENT)))
    assert tried(world.deliver()) == ["sender_0", "sender_1", "sender_1"]
    assert world.waits == [3.0]


def test_what_has_passed_of_a_pause_meanwhile_is_not_waited_for_again() -> None:
    world = World(FakeSender(pause(2.0), result(Outcome.SENT)), FakeSender(NotSent()), seconds=1.5)
    world.deliver()
    assert world.waits == pytest.approx([0.5])
    late = World(FakeSender(pause(1.0), result(Outcome.SENT)), FakeSender(NotSent()), seconds=1.5)
    late.deliver()
    assert late.waits == [0.0]


def test_a_sender_is_asked_once_more_and_not_twice() -> None:
    world = World(FakeSender(pause(1.0)))
    delivery = world.deliver()
    assert (delivery.outcome, len(delivery.attempts), world.waits) == (Outcome.PROVIDER_THROTTLED, 2, [1.0])


@pytest.mark.parametrize(("seconds_left", "waits"), [(RESERVE_SECONDS + 15.0, [10.0]), (RESERVE_SECONDS + 14.9, [])])
def test_a_pause_fits_when_a_whole_attempt_fits_behind_it(seconds_left: float, waits: list[float]) -> None:
    """A hurried attempt may end as perhaps sent, which is final; without it, Lambda's retry can deliver."""
    world = World(FakeSender(pause(10.0), result(Outcome.SENT)))
    delivery = world.deliver(seconds_left)
    assert world.waits == waits
    assert delivery.outcome is (Outcome.SENT if waits else Outcome.PROVIDER_THROTTLED)
    assert waits == [] or world.transport.timeouts[-1] == LONGEST_ATTEMPT_SECONDS


def test_without_a_pause_that_the_provider_named_nothing_is_repeated() -> None:
    world = World(FakeSender(pause(None)))
    assert (len(world.deliver().attempts), world.waits) == (1, [])


@pytest.mark.parametrize("outcome", [Outcome.PROVIDER_CONFIG, Outcome.PROVIDER_QUOTA, Outcome.AMBIGUOUS])
def test_what_time_does_not_cure_or_what_may_have_been_sent_is_not_repeated(outcome: Outcome) -> None:
    world = World(FakeSender(pause(1.0, outcome)))
    assert (len(world.deliver().attempts), world.waits) == (1, [])


def test_after_an_ambiguous_attempt_of_anybody_nothing_is_repeated() -> None:
    world = World(FakeSender(pause(1.0)), FakeSender(PerhapsSent()))
    delivery = world.deliver()
    assert (delivery.outcome, tried(delivery), world.waits) == (Outcome.AMBIGUOUS, ["sender_0", "sender_1"], [])


def test_a_repetition_is_one_of_the_three_attempts() -> None:
    world = World(*(FakeSender(pause(1.0)) for _ in range(3)))
    assert (tried(world.deliver()), world.waits) == (["sender_0", "sender_1", "sender_2"], [])


# --- senders that carry codes only ---


def test_a_message_that_is_no_code_skips_those_that_carry_nothing_else() -> None:
    codes_only = CodesOnly(result(Outcome.SENT))
    world = World(codes_only, FakeSender(result(Outcome.SENT)))
    planned, delivery = world.plan(TEXT_ONLY), world.deliver(messages=TEXT_ONLY)
    assert (delivery.outcome, delivery.sender_name, planned.skipped) == (Outcome.SENT, "sender_1", ("sender_0",))
    assert (codes_only.built, tried(delivery), planned.reordered) == ([], ["sender_1"], False)


def test_with_none_left_nobody_is_to_be_asked() -> None:
    planned = World(CodesOnly(result(Outcome.SENT)), CodesOnly(result(Outcome.SENT))).plan(TEXT_ONLY)
    assert (planned.order, planned.skipped) == ((), ("sender_0", "sender_1"))


def test_a_code_goes_through_them() -> None:
    world = World(CodesOnly(result(Outcome.SENT)))
    assert (world.deliver().outcome, world.plan().skipped) == (Outcome.SENT, ())


def test_skipped_senders_do_not_use_up_attempts() -> None:
    world = World(*(CodesOnly(result(Outcome.SENT)) for _ in range(4)), FakeSender(result(Outcome.SENT)))
    assert world.deliver(messages=TEXT_ONLY).sender_name == "sender_4"


# --- senders that may have sent it already ---


def test_an_unsure_sender_is_not_asked_and_the_next_one_goes_on() -> None:
    first = FakeSender(result(Outcome.SENT))
    world = World(first, FakeSender(result(Outcome.SENT)))
    delivery = world.deliver(unsure=("sender_0",))
    assert (delivery.outcome, delivery.sender_name, first.built) == (Outcome.SENT, "sender_1", [])


@pytest.mark.parametrize("senders", [1, 2])
def test_with_no_other_sender_the_message_is_perhaps_sent(senders: int) -> None:
    world = World(*(FakeSender(result(Outcome.SENT)) for _ in range(senders)))
    delivery = world.deliver(unsure=("sender_0", "sender_1"))
    assert (delivery.outcome, delivery.attempts) == (Outcome.AMBIGUOUS, ())
    assert "no other sender is left" in str(delivery.detail)


@pytest.mark.parametrize("end", [outcome for outcome in OF_ATTEMPTS if outcome is not Outcome.SENT])
def test_whatever_the_others_say_it_stays_perhaps_sent(end: Outcome) -> None:
    world = World(FakeSender(result(Outcome.SENT)), FakeSender(result(end)))
    assert world.deliver(unsure=("sender_0",)).outcome is Outcome.AMBIGUOUS


def test_a_sender_that_is_in_the_route_no_longer_counts_too() -> None:
    world = World(FakeSender(NotSent()))
    assert world.deliver(unsure=("removed",)).outcome is Outcome.AMBIGUOUS
    assert world.unsure == {"removed"}


def test_after_an_unsure_one_nothing_is_repeated() -> None:
    world = World(FakeSender(result(Outcome.SENT)), FakeSender(pause(1.0)))
    assert tried(world.deliver(unsure=("sender_0",))) == ["sender_1"]
    assert world.waits == []


def test_without_time_for_the_others_a_retry_is_asked_for() -> None:
    """Nobody was asked, and the retry will not ask the one that is unsure either."""
    world = World(FakeSender(result(Outcome.SENT)), FakeSender(result(Outcome.SENT)))
    delivery = world.deliver(1.0, unsure=("sender_0",))
    assert (delivery.outcome, delivery.attempts, world.unsure) == (Outcome.PROVIDER_DOWN, (), {"sender_0"})


@pytest.mark.parametrize(
    ("end", "unsure"),
    [
        (result(Outcome.SENT), {"sender_0"}),
        (result(Outcome.AMBIGUOUS), {"sender_0"}),
        (PerhapsSent(), {"sender_0"}),
        (result(Outcome.REJECTED_NUMBER), set()),
        (result(Outcome.PROVIDER_DOWN), set()),
        (NotSent(), set()),
        (RequestRefused("no"), set()),
        (CredentialsInvalid("no"), set()),
    ],
)
def test_after_each_attempt_it_is_known_who_may_have_sent(end: SendResult | Exception, unsure: set[str]) -> None:
    world = World(FakeSender(end, secret_arn=ARN))
    world.deliver()
    assert world.unsure == unsure


@pytest.mark.parametrize("sends", [True, False])
def test_an_exception_leaves_behind_who_may_have_sent(sends: bool) -> None:
    """Raised by the transport, the request may have left; raised by the sender's build, nothing has."""

    class Broken(FakeSender):
        def build(self, message: Message[Any], credentials: Mapping[str, Any], *, now: float) -> AwsRequest:
            raise ZeroDivisionError

    broken = FakeSender(ZeroDivisionError()) if sends else Broken(result(Outcome.SENT))
    world = World(FakeSender(PerhapsSent()), broken)
    with pytest.raises(ZeroDivisionError):
        world.deliver()
    assert world.unsure == ({"sender_0", "sender_1"} if sends else {"sender_0"})


# --- what is noted before somebody is asked ---


def test_the_first_sender_has_been_noted_by_the_claim() -> None:
    world = World(FakeSender(pause(1.0), result(Outcome.SENT)))
    assert len(world.deliver().attempts) == 2
    assert world.notes == [], "the same sender twice is noted once"


def test_each_further_one_is_noted_with_those_that_may_have_sent() -> None:
    world = World(FakeSender(NotSent()), FakeSender(PerhapsSent()), FakeSender(result(Outcome.SENT)))
    assert world.deliver().outcome is Outcome.SENT
    assert world.notes == [{"sender_1"}, {"sender_1", "sender_2"}]


def test_an_unsure_one_stays_noted() -> None:
    world = World(FakeSender(result(Outcome.SENT)), FakeSender(NotSent()), FakeSender(result(Outcome.SENT)))
    world.deliver(unsure=("sender_0",))
    assert world.notes == [{"sender_0", "sender_2"}], "the claim noted sender_1, the first that is not unsure"


def test_one_that_is_asked_again_after_another_is_noted_again() -> None:
    world = World(FakeSender(pause(1.0), result(Outcome.SENT)), FakeSender(NotSent()))
    assert tried(world.deliver()) == ["sender_0", "sender_1", "sender_0"]
    assert world.notes == [{"sender_1"}, {"sender_0"}]


def test_who_cannot_be_noted_is_not_asked() -> None:
    second = FakeSender(result(Outcome.SENT))
    world = World(FakeSender(NotSent()), second, FakeSender(result(Outcome.SENT)))
    world.allowed = [False, True]
    delivery = world.deliver()
    assert (delivery.stopped, tried(delivery), delivery.sender_name) == (True, ["sender_0"], None)
    assert (second.built, len(world.notes)) == ([], 1)
    assert not World(FakeSender(NotSent())).deliver().stopped


# --- breakers ---


def test_a_sender_that_keeps_failing_is_asked_last() -> None:
    world = World(FakeSender(NotSent()), FakeSender(result(Outcome.SENT)))
    for _ in range(FAILURES_TO_OPEN):
        assert not world.plan().reordered
        assert tried(world.deliver()) == ["sender_0", "sender_1"]
    planned = world.plan()
    assert (planned.reordered, planned.open_circuits) == (True, ("sender_0",))
    assert tried(world.deliver()) == ["sender_1"]


def test_a_failing_visit_counts_once_however_many_attempts_it_took() -> None:
    refusal = result(Outcome.PROVIDER_CONFIG, credentials_refused=True)
    secrets = FakeCredentials(*({"t": number} for number in range(9)))
    world = World(FakeSender(refusal, secret_arn=ARN), FakeSender(result(Outcome.SENT)), credentials=secrets)
    for _ in range(FAILURES_TO_OPEN):
        assert not world.plan().reordered
        world.deliver()
    assert world.plan().reordered


def test_an_outage_costs_few_messages_their_time_as_the_documentation_says() -> None:
    """A busy process, and a provider that answers nothing for ten minutes: how many wait for it."""
    said = re.search(
        r"at a message a second, (\d+) of (\d+) messages wait for a provider that is down",
        " ".join(pages.text().split()),
    )
    assert said is not None
    world = World(FakeSender(NotSent()), FakeSender(result(Outcome.SENT)))
    waited = 0
    for _ in range(int(said[2])):
        waited += tried(world.deliver())[0] == "sender_0"
        world.clock.now += 1.0
    assert waited == int(said[1])


def test_a_sender_for_which_no_time_was_left_has_not_failed() -> None:
    class Slow(FakeCredentials):
        def get(self, arn: str, *, refresh: bool = False, seconds: float = 0.0) -> Mapping[str, Any]:
            world.clock.now += 6.0
            return super().get(arn, refresh=refresh)

    world = World(FakeSender(result(Outcome.SENT), secret_arn=ARN), FakeSender(NotSent()), credentials=Slow())
    for _ in range(FAILURES_TO_OPEN + 1):
        world.deliver(7.0)
    assert not world.plan().reordered


def test_a_probe_that_crashes_leaves_the_sender_behind_the_others() -> None:
    """An error that nobody foresaw ends the invocation. Lambda's retry must not run into it first again."""
    world = World(FakeSender(NotSent()), FakeSender(result(Outcome.SENT)))
    for _ in range(FAILURES_TO_OPEN):
        world.deliver()
    world.clock.now += COOL_DOWN_SECONDS
    world.route[0] = NamedSender("sender_0", FakeSender(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        world.deliver()
    assert tried(world.deliver()) == ["sender_1"]


# --- whatever happens ---


def ends() -> st.SearchStrategy[SendResult | Exception]:
    answered = st.builds(
        SendResult,
        st.sampled_from(OF_ATTEMPTS),
        credentials_refused=st.booleans(),
        retry_after_seconds=st.none() | st.floats(0, 40),
    )
    return answered | st.sampled_from([NotSent(), PerhapsSent(), RequestRefused("no"), CredentialsInvalid("no")])


@st.composite
def worlds(draw: st.DrawFn) -> World:
    senders = draw(
        st.lists(
            st.builds(
                lambda kind, script, arn: kind(*script, secret_arn=arn),
                st.sampled_from([FakeSender, CodesOnly]),
                st.lists(ends(), min_size=1, max_size=3),
                st.sampled_from([None, ARN]),
            ),
            min_size=1,
            max_size=5,
        )
    )
    secrets: list[Mapping[str, Any] | Exception] = draw(
        st.lists(
            st.sampled_from([{"t": "1"}, {"t": "2"}, CredentialsUnavailable("x"), CredentialsInvalid("x")]), max_size=4
        )
    )
    return World(*senders, seconds=draw(st.floats(0, 6)), credentials=FakeCredentials(*secrets))


@hypothesis.settings(max_examples=3 * hypothesis.settings().max_examples)
@given(
    world=worlds(),
    messages=st.lists(
        st.tuples(
            st.booleans(),
            st.floats(0, 40),
            st.floats(0, 60),
            st.frozensets(st.sampled_from(["sender_0", "sender_1", "removed"])),
            st.lists(st.booleans(), min_size=1, max_size=3),
        ),
        max_size=8,
    ),
)
def test_of_any_messages_at_any_times(
    world: World, messages: list[tuple[bool, float, float, frozenset[str], list[bool]]]
) -> None:
    """The rules of delivery, whatever senders, credentials, clocks, breakers and the ledger do."""
    for is_password, seconds_left, later, unsure, allowed in messages:
        began = world.clock.now
        world.allowed, world.notes, world.answers = [*allowed], [], []
        forms = TEXT_ONLY if is_password else MESSAGES
        planned = world.plan(forms)
        delivery = world.deliver(seconds_left, unsure=tuple(unsure), messages=forms)
        outcomes = [attempt.outcome for attempt in delivery.attempts]
        assert len(outcomes) <= MOST_ATTEMPTS
        assert world.clock.now - began <= max(0.0, seconds_left - RESERVE_SECONDS) + 1e-3, "the reserve is kept"
        # Nobody is asked after one that may have sent, unless it is somebody who has not been asked.
        for position, outcome in enumerate(outcomes):
            if outcome is Outcome.AMBIGUOUS:
                later_ones = tried(delivery)[position + 1 :]
                assert not set(later_ones) & set(tried(delivery)[: position + 1])
        assert all(POLICY[outcome].failover for outcome in outcomes[:-1])
        # Nobody is left out who could have been asked, and nobody is asked who cannot carry the message.
        able = {named.name for named in world.route if named.sender.carries & forms.keys()}
        assert {named.name for named in planned.order} == able
        assert {named.name for named in world.route} - able == set(planned.skipped)
        assert set(tried(delivery)) <= able - unsure, "and nobody who may have sent it already"
        if able - unsure and seconds_left >= RESERVE_SECONDS + MOST_ATTEMPTS * 7:
            assert outcomes, "a breaker never empties a route"
        # Who may have sent is known at the end, and whoever was asked after the first was noted before.
        perhaps = {a.sender_name for a in delivery.attempts if a.outcome in {Outcome.AMBIGUOUS, Outcome.SENT}}
        assert world.unsure == unsure | perhaps
        assert set(tried(delivery)) <= set(tried(delivery)[:1]).union(*world.notes)
        assert delivery.stopped == (False in world.answers)
        assert False not in world.answers[:-1]
        # A retry never repeats what may have been sent.
        if POLICY[delivery.outcome].retry:
            assert not perhaps
            assert not (unsure and outcomes)
        assert (delivery.sender_name is not None) == (Outcome.SENT in outcomes)
        world.clock.now += later
