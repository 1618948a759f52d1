"""The handler with a ledger, over several invocations: one message for each event, whatever breaks in between."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from custom_sender.channels.sms import Limits
from custom_sender.cognito.decryption import kms_client
from custom_sender.errors import RetryableError
from custom_sender.guards.ledger import Ledger
from custom_sender.guards.limits import Limit, Mode
from custom_sender.guards.protection import OnLedgerFailure, Protection, Testers
from custom_sender.guards.pseudonym import recipient_id
from custom_sender.network.transport import NotSent, PerhapsSent
from custom_sender.outcome import POLICY, Outcome
from support import ciphertext
from support.cognito import CODE, PHONE_NUMBER, REGION, make_event
from support.configured import sms as read_sms
from support.dynamodb import DynamoDb, cancels, does_not_connect, loses_the_answer, refuses, times_out
from support.environment import LIMITS
from support.function import HASH_KEY, Context, Function
from support.senders import CodesOnlySender, RecordingTransport, ScriptedSender

NOW = 1_732_270_000.0
DEFAULTS = read_sms({"limits": LIMITS}).limits


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


class Killed(BaseException):
    """The process is gone: nothing of the function runs any more."""


class Script:
    """What the transport does with each request, one after the other; then nothing more than to answer."""

    def __init__(self, *steps: BaseException | Callable[[], None]) -> None:
        self.steps = list(steps)

    def __call__(self) -> None:
        if self.steps:
            step = self.steps.pop(0)
            if isinstance(step, BaseException):
                raise step
            step()


class World:
    """One function with a ledger and two senders, and one event of it."""

    def __init__(self, function: Function, dynamodb: DynamoDb) -> None:
        dynamodb.clear()
        self.dynamodb = dynamodb
        self.clock = Clock()
        self.function = function
        function.dynamodb = dynamodb
        function.clock = self.clock
        function.sleep = self.later
        function.sender = ScriptedSender(host="first.example")
        function.others = {"second": ScriptedSender(host="second.example")}
        function.routes = {"default": ("scripted", "second")}
        function.protection = Protection()
        function.sms = {}
        self.event = make_event(code=function.kms.code())

    def one_sender(self) -> None:
        self.function.routes = {"default": ("scripted",)}

    def transport(self, *steps: BaseException | Callable[[], None]) -> None:
        """What happens to the next requests."""
        self.function.transport.before = Script(*steps)

    def protection(self, **changes: Any) -> None:
        self.function.protection = replace(self.function.protection, **changes)

    def sms(self, **changes: Any) -> None:
        self.function.sms |= changes

    def outcome(self) -> str:
        """How the next invocation for the event ends. Raised is ``retry`` behind it."""
        try:
            return str(self.function(self.event)["outcome"])
        except RetryableError:
            return f"{self.last['outcome']}, retry"

    def is_killed(self) -> None:
        with pytest.raises(Killed):
            self.function(self.event)

    def later(self, seconds: float = 60.0) -> None:
        """Lambda's first retry comes after a minute."""
        self.clock.now += seconds

    @property
    def last(self) -> dict[str, Any]:
        return self.function.lines[-1]

    @property
    def asked(self) -> list[str]:
        """The hosts that got a request which may have been acted on."""
        return [request.url.split("/")[2].partition(".")[0] for request in self.function.transport.requests]

    @property
    def item(self) -> dict[str, Any]:
        """What the table knows of the message."""
        found = [item for name, item in self.dynamodb.items().items() if name.startswith("m#")]
        return found[0] if found else {}


@pytest.fixture
def world(function: Function, dynamodb: DynamoDb) -> World:
    return World(function, dynamodb)


def count(world: World) -> dict[str, int]:
    """The counters by the beginning of their names."""
    return {name[0]: int(item["n"]["N"]) for name, item in world.dynamodb.items().items() if not name.startswith("m#")}


class TestOneMessage:
    def test_a_sent_message_is_done_and_a_duplicate_sends_nothing(self, world: World) -> None:
        assert world.outcome() == "SENT"
        assert (world.item["state"], world.item["outcome"], world.item["sender"]) == (
            {"S": "DONE"},
            {"S": "SENT"},
            {"S": "scripted"},
        )
        assert world.outcome() == "DUPLICATE"
        assert (world.last["ledger"], world.asked) == ("refused", ["first"])

    @pytest.mark.parametrize("way", ciphertext.REWRITTEN)
    def test_a_message_that_is_written_otherwise_is_no_second_message(self, world: World, way: str) -> None:
        """By somebody who may invoke the function, and has no key."""
        code = ciphertext.padded(world.function.kms.code)
        world.event = make_event(code=code)
        assert world.outcome() == "SENT"
        world.event = make_event(code=ciphertext.REWRITTEN[way](code))
        assert world.event["request"]["code"] != code
        assert world.outcome() in {"DUPLICATE", "UNDECRYPTABLE"}
        assert world.asked == ["first"]

    def test_its_log_line_says_what_the_ledger_did(self, world: World) -> None:
        world.outcome()
        line = world.last
        assert (line["ledger"], line["claims"], line["recipient_id"]) == (
            "claimed",
            1,
            recipient_id(PHONE_NUMBER[1:], HASH_KEY),
        )
        assert (line["segments"], line["encoding"], line["lifetime_seconds"]) == (1, "GSM-7", 86400)
        assert (line["age_seconds"], line["age_source"]) == (0, "ledger")
        for step in ("decrypt", "ledger", "send"):
            assert isinstance(line[f"{step}_milliseconds"], int)
        assert not {"ledger_reason", "over_limit", "unsure", "open_circuits", "test_recipient"} & line.keys()

    def test_the_same_event_three_times_at_once_is_one_message(self, world: World) -> None:
        barrier = threading.Barrier(3)
        world.transport(lambda: time.sleep(0.2))

        def invoke(_: int) -> str:
            handler = world.function.handler()
            barrier.wait()
            try:
                return str(handler(world.event, Context())["outcome"])
            except RetryableError as error:
                return str(error)

        with ThreadPoolExecutor(3) as pool:
            outcomes = sorted(pool.map(invoke, range(3)))
        assert world.asked == ["first"]
        assert outcomes.count("SENT") == 1
        busy = "another invocation is sending this message; the retry finds out how that ended"
        assert set(outcomes) <= {"SENT", busy, "DUPLICATE"}
        world.later()
        assert world.outcome() == "DUPLICATE", "the retry of those that were refused"

    def test_a_notice_without_a_code_is_one_message_for_each_invocation(self, world: World) -> None:
        world.event = make_event("AccountTakeOverNotification", code=None)
        handler = world.function.handler()
        outcomes = [handler(world.event, Context(aws_request_id=name))["outcome"] for name in ("a", "a", "b")]
        assert outcomes == ["SENT", "DUPLICATE", "SENT"]
        assert [handler(world.event)["outcome"] for _ in range(2)] == ["SENT", "SENT"], "a direct call has no id"

    @pytest.mark.parametrize("outcome", list(Outcome))
    def test_every_final_outcome_is_the_last_word(self, world: World, outcome: Outcome) -> None:
        world.one_sender()
        world.function.sender = ScriptedSender(outcome)
        first = world.outcome()
        assert world.item["state"] == {"S": "DONE" if POLICY[outcome].final else "RELEASED"}
        world.function.sender = ScriptedSender()
        assert first == (outcome if POLICY[outcome].final else f"{outcome}, retry")
        assert world.outcome() == ("DUPLICATE" if POLICY[outcome].final else "SENT")

    def test_what_no_sender_of_the_route_can_carry_is_not_claimed(self, world: World) -> None:
        world.function.sender = CodesOnlySender()
        world.one_sender()
        world.event = make_event("AdminCreateUser", code=world.function.kms.code("Zr9<p!q&x"))
        assert world.outcome() == "PROVIDER_CONFIG"
        assert world.item == {}
        assert "add a sender that sends texts" in world.last["detail"]

    def test_without_a_ledger_every_invocation_sends(self, function: Function) -> None:
        event = make_event(code=function.kms.code())
        assert [function(event)["outcome"] for _ in range(2)] == ["SENT", "SENT"]
        line = function.lines[-1]
        assert line["ledger"] == "off"
        assert not {"ledger_milliseconds", "claims", "recipient_id"} & line.keys()


class TestRetries:
    def test_a_provider_that_is_alive_again_for_the_retry_sends_one_message(self, world: World) -> None:
        world.transport(NotSent(), NotSent())
        assert world.outcome() == "PROVIDER_DOWN, retry"
        world.later()
        assert world.outcome() == "SENT"
        assert (world.asked, world.last["ledger"], world.last["claims"]) == (["first"], "taken_over", 2)
        assert "unsure" not in world.last

    def test_a_process_that_is_killed_while_it_decrypts_has_sent_nothing(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Its message must not count as perhaps sent: with one sender, it would be lost."""
        world.one_sender()

        def kill(*_: object) -> None:
            raise Killed

        with monkeypatch.context() as patch:
            patch.setattr("custom_sender.cognito.decryption.Decryptor.decrypt", kill)
            world.is_killed()
        assert world.item == {}
        world.later()
        assert world.outcome() == "SENT"

    def test_access_that_is_denied_until_the_grant_works_costs_a_retry_and_no_message(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world.one_sender()
        denying = replace(world.function.kms, client=kms_client(REGION))
        denying.answers("AccessDeniedException")
        with monkeypatch.context() as patch:
            patch.setattr(world.function, "kms", denying)
            assert world.outcome() == "DECRYPT_UNAVAILABLE, retry"
        assert world.item == {}
        world.later()
        assert world.outcome() == "SENT"

    def test_a_process_that_is_killed_while_it_sends_does_not_send_through_that_sender_again(
        self, world: World
    ) -> None:
        world.transport(Killed())
        world.is_killed()
        assert world.outcome() == "IN_PROGRESS, retry", "its time is not over: it may still be at it"
        world.later()
        assert world.outcome() == "SENT"
        assert (world.asked, world.last["unsure"], world.last["ledger"]) == (["second"], ["scripted"], "taken_over")
        assert world.outcome() == "DUPLICATE"

    def test_with_no_other_sender_it_is_perhaps_sent(self, world: World) -> None:
        world.one_sender()
        world.transport(Killed())
        world.is_killed()
        world.later()
        assert world.outcome() == "AMBIGUOUS"
        assert (world.asked, world.item["outcome"]) == ([], {"S": "AMBIGUOUS"})
        assert "an earlier invocation ended while it was sending" in world.last["detail"]
        assert world.outcome() == "DUPLICATE"

    def test_a_process_that_is_killed_behind_a_failover_leaves_the_first_sender_free(self, world: World) -> None:
        world.transport(NotSent(), Killed())
        world.is_killed()
        world.later()
        assert world.outcome() == "SENT"
        assert (world.asked, world.last["unsure"]) == (["first"], ["second"])

    def test_one_that_is_killed_after_an_answer_that_got_lost_leaves_both_unsure(self, world: World) -> None:
        world.function.others["third"] = ScriptedSender(host="third.example")
        world.function.routes = {"default": ("scripted", "second", "third")}
        world.transport(PerhapsSent(), Killed())
        world.is_killed()
        world.later()
        assert world.outcome() == "SENT"
        assert (world.asked, world.last["unsure"]) == (["third"], ["scripted", "second"])

    def test_a_lease_holds_a_little_longer_than_the_invocation_can(self, world: World) -> None:
        world.function.seconds = 10
        world.transport(Killed())
        world.is_killed()
        assert float(world.item["lease_until"]["N"]) == NOW + 15
        world.later(14.9)
        assert world.outcome() == "IN_PROGRESS, retry"
        world.later(0.2)
        assert world.outcome() == "SENT"

    @pytest.mark.parametrize("seconds", [60, 900])
    def test_and_is_over_when_lambda_repeats_the_event_a_minute_later(self, world: World, seconds: float) -> None:
        world.function.seconds = seconds
        world.transport(Killed())
        world.is_killed()
        world.later(60)
        assert world.outcome() == "SENT"

    def test_an_answer_that_cannot_be_read_counts_as_perhaps_sent(self, world: World) -> None:
        world.function.sender = replace(world.function.sender, parse_error=ZeroDivisionError())
        assert world.outcome() == "SENT"
        assert world.asked == ["first", "second"]
        attempt = world.last["attempts"][0]
        assert (attempt["outcome"], attempt["provider_code"]) == ("AMBIGUOUS", "unreadable-answer")
        assert attempt["problem"].startswith("the sender could not read the answer: ZeroDivisionError in delivery/")

    def test_an_unforeseen_error_leaves_the_retry_who_cannot_have_sent(self, world: World) -> None:
        """At once: the message is given back, and no lease is waited for."""
        good = world.function.sender
        world.function.sender = replace(good, build_error=ZeroDivisionError())
        assert world.outcome() == "UNEXPECTED_ERROR, retry"
        assert world.item["state"] == {"S": "RELEASED"}
        world.function.sender = good
        assert world.outcome() == "SENT"
        assert world.asked == ["first"]

    def test_another_invocation_that_has_taken_the_message_over_is_left_alone(self, world: World) -> None:
        """This one was frozen for so long that its lease is over. It must not go on to the next sender."""

        def meanwhile() -> None:
            world.later(3600)
            other = Ledger(world.dynamodb.table, world.dynamodb.client, world.clock)
            other.claim(world.item["id"]["S"][2:], order=["scripted"], lease_until=world.clock.now + 30)
            world.later(-3600)
            raise NotSent

        world.transport(meanwhile)
        assert world.outcome() == "IN_PROGRESS, retry"
        assert world.asked == []
        assert [attempt["sender"] for attempt in world.last["attempts"]] == ["scripted"]
        assert (world.item["state"], world.item["asked"]) == ({"S": "CLAIMED"}, {"SS": ["scripted"]})
        claims = ["TransactWriteItems", "TransactWriteItems", "UpdateItem"]
        assert world.dynamodb.operations == [*claims, "UpdateItem"], "nothing more is written for it"


class TestLedgerFailures:
    FAULTS = (
        (times_out, "timed-out", "did not answer in time"),
        (does_not_connect, "unreachable", "in a VPC"),
        (refuses("AccessDeniedException"), "access-denied", "look at the role"),
        (refuses("ResourceNotFoundException"), "no-table", "does not exist"),
    )

    @pytest.mark.parametrize(("fault", "reason", "says"), FAULTS, ids=[reason for _, reason, _ in FAULTS])
    def test_send_sends_one_message_and_says_so(self, world: World, fault: Any, reason: str, says: str) -> None:
        world.dynamodb.faults.extend([fault] * 20)
        assert world.outcome() == "SENT"
        assert world.asked == ["first"]
        assert (world.last["ledger"], world.last["ledger_reason"]) == ("unavailable", reason)
        assert says in world.last["detail"]

    @pytest.mark.parametrize(("fault", "reason", "says"), FAULTS, ids=[reason for _, reason, _ in FAULTS])
    def test_refuse_sends_nothing_and_leaves_it_to_a_retry(
        self, world: World, fault: Any, reason: str, says: str
    ) -> None:
        world.protection(on_ledger_failure=OnLedgerFailure.REFUSE)
        world.dynamodb.faults.extend([fault] * 20)
        error = world.function.raises(world.event)
        assert says in str(error)
        assert (world.last["outcome"], world.last["ledger_reason"]) == ("LEDGER_UNAVAILABLE", reason)
        assert world.asked == []
        world.dynamodb.faults.clear()
        world.later()
        assert world.outcome() == "SENT"

    def test_a_conflict_that_passes_is_waited_for(self, world: World) -> None:
        """Or what is sent in a burst would not be counted."""
        world.sms(limits=Limits(overall=Limit(1000, 60, Mode.ENFORCE)))
        world.dynamodb.faults.extend([cancels("None", "TransactionConflict")] * 10)
        assert world.outcome() == "SENT"
        assert (world.last["ledger"], count(world)) == ("claimed", {"a": 1})

    @pytest.mark.parametrize("mode", list(OnLedgerFailure))
    def test_a_conflict_that_stays_sends_nothing_uncounted_and_leaves_it_to_a_retry(
        self, world: World, mode: OnLedgerFailure
    ) -> None:
        world.sms(limits=Limits(overall=Limit(1000, 60, Mode.ENFORCE)))
        world.protection(on_ledger_failure=mode)

        def conflicts(request: Any, forward: Callable[[], Any]) -> Any:
            is_claim = b"TransactWriteItems" in request.headers["X-Amz-Target"]
            return cancels("None", "TransactionConflict")(request, forward) if is_claim else forward()

        world.dynamodb.faults.extend([conflicts] * 1000)
        assert world.outcome() == "LEDGER_UNAVAILABLE, retry"
        assert (world.last["ledger_reason"], world.asked) == ("conflict", [])
        assert "too many invocations at once" in world.last["detail"]
        assert world.last["ledger_milliseconds"] <= 5_000
        world.dynamodb.faults.clear()
        assert (world.outcome(), count(world)) == ("SENT", {"a": 1})

    @pytest.mark.parametrize("mode", list(OnLedgerFailure))
    def test_a_claim_whose_answer_got_lost_costs_nobody_the_message(self, world: World, mode: OnLedgerFailure) -> None:
        """Written, but nobody knows: whoever goes on finishes it, whoever gives up takes it back."""
        world.one_sender()
        world.protection(on_ledger_failure=mode)
        world.dynamodb.faults.extend([loses_the_answer, times_out])
        outcomes = [world.outcome(), world.outcome()]
        assert outcomes == (
            ["SENT", "DUPLICATE"] if mode is OnLedgerFailure.SEND else ["LEDGER_UNAVAILABLE, retry", "SENT"]
        )
        assert world.asked == ["first"]

    def test_a_ledger_that_has_failed_is_not_waited_for_before_the_next_sender(self, world: World) -> None:
        world.dynamodb.faults.extend([times_out] * 20)
        world.transport(NotSent())
        assert world.outcome() == "SENT"
        assert world.dynamodb.operations == ["TransactWriteItems"] * 2 + ["UpdateItem"] * 2, "the claim, the last word"

    def test_between_two_senders_send_goes_on(self, world: World) -> None:
        world.dynamodb.faults.extend([None, refuses("InternalServerError", 500), refuses("InternalServerError", 500)])
        world.transport(NotSent())
        assert world.outcome() == "SENT"
        assert (world.asked, world.last["ledger"]) == (["second"], "unavailable")

    @pytest.mark.parametrize("lost", [NotSent(), PerhapsSent()])
    def test_between_two_senders_refuse_stops_and_a_retry_goes_on(self, world: World, lost: Exception) -> None:
        world.protection(on_ledger_failure=OnLedgerFailure.REFUSE)
        world.dynamodb.faults.extend([None, refuses("InternalServerError", 500), refuses("InternalServerError", 500)])
        world.transport(lost)
        assert world.outcome() == "LEDGER_UNAVAILABLE, retry"
        assert [attempt["sender"] for attempt in world.last["attempts"]] == ["scripted"]
        assert world.outcome() == "SENT"
        assert world.asked == (["first"] if isinstance(lost, NotSent) else ["second"])

    @pytest.mark.parametrize("mode", list(OnLedgerFailure))
    def test_a_last_word_that_fails_changes_nothing(self, world: World, mode: OnLedgerFailure) -> None:
        """The message is sent: an error would make Lambda send it again."""
        world.protection(on_ledger_failure=mode)
        world.dynamodb.faults.extend([None, times_out, times_out])
        assert world.outcome() == "SENT"
        assert (world.last["ledger"], world.last["ledger_reason"]) == ("unavailable", "timed-out")

    def test_not_even_one_that_nobody_foresaw(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object) -> None:
            raise ZeroDivisionError(CODE)

        monkeypatch.setattr(Ledger, "finish", fail)
        assert world.outcome() == "SENT"
        assert (world.last["ledger"], world.last["ledger_reason"]) == ("unavailable", "ZeroDivisionError")

    def test_a_claim_that_fails_as_nobody_foresaw_sends_nothing(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise ZeroDivisionError(CODE)

        with monkeypatch.context() as patch:
            patch.setattr(Ledger, "claim", fail)
            assert world.outcome() == "UNEXPECTED_ERROR, retry"
        assert world.outcome() == "SENT"

    @pytest.mark.parametrize(("seconds", "timeouts"), [(30.0, [5.0]), (10.0, [5.0]), (4.0, [2.0]), (3.0, [1.125])])
    def test_time_for_the_last_word_is_kept_back(self, world: World, seconds: float, timeouts: list[float]) -> None:
        world.one_sender()
        world.function.seconds = seconds
        world.function.transport = transport = _Timed()
        world.outcome()
        assert transport.timeouts == pytest.approx(timeouts)

    def test_of_a_long_time_out_more_than_of_a_short_one(self, world: World) -> None:
        """28 s have passed in decryption when 2 s are left: nothing is begun that the ledger could not be told of."""
        world.function.seconds = 30.0
        decrypt = world.function.module.Decryptor.decrypt

        def slowly(*arguments: Any) -> Any:
            world.later(25.0)
            return decrypt(*arguments)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(world.function.module.Decryptor, "decrypt", slowly)
            assert world.outcome() == "PROVIDER_DOWN, retry"
        assert "attempts" not in world.last


class _Timed(RecordingTransport):
    def __init__(self) -> None:
        super().__init__()
        self.timeouts: list[float] = []

    def send(self, request: Any, timeout_seconds: float) -> Any:
        self.timeouts.append(timeout_seconds)
        return super().send(request, timeout_seconds)


class TestLimits:
    NUMBER = Limits(number=Limit(2, 3600, Mode.ENFORCE))

    def fresh(self, world: World, number: str = PHONE_NUMBER) -> dict[str, Any]:
        return make_event(code=world.function.kms.code(), attributes={"phone_number": number})

    def test_the_third_code_within_the_hour_is_refused_and_costs_nothing(self, world: World) -> None:
        world.sms(limits=self.NUMBER)
        outcomes = [world.function(self.fresh(world))["outcome"] for _ in range(3)]
        assert outcomes == ["SENT", "SENT", "BLOCKED_VELOCITY"]
        assert (world.last["reason"], world.last["ledger"], len(world.asked)) == ("number", "refused", 2)
        assert world.function(self.fresh(world, "+4915112345679"))["outcome"] == "SENT"
        world.later(3600)
        assert world.function(self.fresh(world))["outcome"] == "SENT"

    def test_a_retry_and_a_duplicate_are_not_counted(self, world: World) -> None:
        world.sms(limits=self.NUMBER)
        world.transport(NotSent(), NotSent())
        assert [world.outcome() for _ in range(3)] == ["PROVIDER_DOWN, retry", "SENT", "DUPLICATE"]
        assert count(world) == {"n": 1}

    def test_a_refused_message_may_be_sent_when_it_comes_again_later(self, world: World) -> None:
        world.sms(limits=Limits(number=Limit(1, 3600, Mode.ENFORCE)))
        world.function(self.fresh(world))
        assert world.outcome() == "BLOCKED_VELOCITY"
        world.later(3600)
        assert world.outcome() == "SENT"

    def test_a_monitored_limit_is_written_down_and_lets_it_through(self, world: World) -> None:
        one = Limit(1, 3600, Mode.MONITOR)
        world.sms(limits=Limits(number=one, prefix=one, country=one, overall=one))
        assert [world.function(self.fresh(world))["outcome"] for _ in range(2)] == ["SENT", "SENT"]
        assert world.last["over_limit"] == ["number", "prefix", "country", "overall"]
        assert "over_limit" not in world.function.lines[0]

    def test_all_four_are_counted_in_the_claim(self, world: World) -> None:
        world.sms(limits=DEFAULTS)
        world.outcome()
        assert count(world) == {"n": 1, "p": 1, "c": 1, "a": 1}
        assert world.dynamodb.operations == ["TransactWriteItems", "UpdateItem"]

    def test_a_message_to_a_blocked_country_is_not_counted(self, world: World) -> None:
        world.sms(limits=DEFAULTS)
        assert world.function(self.fresh(world, "+33612345678"))["outcome"] == "BLOCKED_COUNTRY"
        assert world.dynamodb.items() == {}


def trace(seconds_ago: float, now: float = NOW) -> str:
    return f"Root=1-{int(now - seconds_ago):08x}-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0"


class TestAge:
    """Authentication lives for three minutes."""

    @pytest.fixture(autouse=True)
    def _sign_in(self, world: World) -> None:
        world.event = make_event("Authentication", code=world.function.kms.code())

    def test_an_event_that_is_too_old_by_its_trace_costs_nothing(self, world: World) -> None:
        calls = world.function.kms.decrypt_calls()
        world.function.trace = trace(180)
        assert world.outcome() == "EXPIRED"
        line = world.last
        assert (line["age_seconds"], line["age_source"], line["lifetime_seconds"]) == (180, "trace", 180)
        assert (calls, world.asked, world.dynamodb.operations) == ([], [], [])

    def test_a_retry_behind_the_life_of_the_code_sends_nothing(self, world: World) -> None:
        """Without a trace, the ledger knows when the message came first."""
        world.transport(NotSent(), NotSent())
        assert world.outcome() == "PROVIDER_DOWN, retry"
        world.later(180)
        assert world.outcome() == "EXPIRED"
        assert (world.asked, world.last["age_source"], world.last["age_seconds"]) == ([], "ledger", 180)
        assert world.item["outcome"] == {"S": "EXPIRED"}
        assert "segments" not in world.last

    def test_the_older_of_the_two_counts(self, world: World) -> None:
        world.function.trace = trace(170)
        world.transport(NotSent(), NotSent())
        world.outcome()
        world.later(20)
        world.function.trace = trace(5, world.clock.now)
        assert world.outcome() == "SENT"
        assert (world.last["age_seconds"], world.last["age_source"]) == (20, "ledger")

    @pytest.mark.parametrize(
        ("trigger", "seconds", "outcome"),
        [
            ("Authentication", 179, "SENT"),
            ("ForgotPassword", 3599, "SENT"),
            ("ForgotPassword", 3600, "EXPIRED"),
            ("SignUp", 6 * 3600, "SENT"),
            ("AdminCreateUser", 6 * 3600, "SENT"),
        ],
    )
    def test_each_trigger_has_its_life(self, world: World, trigger: str, seconds: int, outcome: str) -> None:
        world.event = make_event(trigger, code=world.function.kms.code())
        world.function.trace = trace(seconds)
        assert world.outcome() == outcome

    @pytest.mark.parametrize(("lifetime", "outcome"), [(60, "EXPIRED"), (900, "SENT")])
    def test_a_pool_with_a_life_of_its_own(self, world: World, lifetime: int, outcome: str) -> None:
        world.protection(lifetimes_seconds={"Authentication": lifetime})
        world.function.trace = trace(200 if lifetime > 180 else 60)
        assert world.outcome() == outcome
        assert world.last["lifetime_seconds"] == lifetime

    def test_the_text_says_what_is_left(self, world: World) -> None:
        world.function.trace = trace(65)
        world.outcome()
        assert b"It expires in 2 min." in world.function.transport.requests[0].body

    def test_what_is_left_is_what_the_sender_gets(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[int] = []
        monkeypatch.setattr(
            ScriptedSender,
            "build",
            lambda self, message, credentials, *, now: seen.append(message.lifetime_seconds) or 1 / 0,  # type: ignore[func-returns-value]
        )
        world.function.trace = trace(65)
        world.outcome()
        assert seen == [115]

    def test_without_trace_and_ledger_a_message_has_no_age(self, world: World) -> None:
        world.function.dynamodb = None
        assert world.outcome() == "SENT"
        assert not {"age_seconds", "age_source"} & world.last.keys()
        assert world.last["lifetime_seconds"] == 180


class TestNumbersForTests:
    TESTERS = Testers("second", frozenset({"+4915550001111"}), ("+99915550100",))

    @pytest.fixture(autouse=True)
    def _testers(self, world: World) -> None:
        world.function.routes = {"default": ("scripted",)}
        world.protection(testers=self.TESTERS)
        world.sms(limits=Limits(number=Limit(1, 60, Mode.ENFORCE)), blocked_prefixes=("+49155",))

    def event(self, world: World, number: str, trigger: str = "SignUp") -> dict[str, Any]:
        return make_event(trigger, code=world.function.kms.code(), attributes={"phone_number": number})

    @pytest.mark.parametrize(("number", "country"), [("+4915550001111", "DE"), ("+999155501001", "ZZ")])
    def test_they_go_to_their_sender_whatever_the_country_prefix_or_limit(
        self, world: World, number: str, country: str
    ) -> None:
        for _ in range(3):
            assert world.function(self.event(world, number)) == {"outcome": "SENT", "sender": "second"}
        assert world.asked == ["second"] * 3
        line = world.last
        assert (line["test_recipient"], line["route"], line["country"]) == (True, "test_recipients", country)
        assert count(world) == {}

    @pytest.mark.parametrize("failure", [NotSent(), PerhapsSent()])
    def test_a_test_recipient_s_message_goes_to_no_other_sender_when_its_own_fails(
        self, world: World, failure: Exception
    ) -> None:
        world.event = self.event(world, "+4915550001111")
        world.transport(failure, failure)
        assert world.outcome() in {"PROVIDER_DOWN, retry", "AMBIGUOUS"}
        assert [attempt["sender"] for attempt in world.last["attempts"]] == ["second"]

    def test_any_other_number_goes_its_way(self, world: World) -> None:
        assert world.function(self.event(world, PHONE_NUMBER))["sender"] == "scripted"
        assert "test_recipient" not in world.last
        assert world.function(self.event(world, "+4915550001112"))["outcome"] == "BLOCKED_COUNTRY"

    def test_age_and_ledger_hold_for_them_too(self, world: World) -> None:
        world.event = self.event(world, "+4915550001111", "Authentication")
        assert [world.outcome(), world.outcome()] == ["SENT", "DUPLICATE"]
        world.function.trace = trace(180)
        assert world.outcome() == "EXPIRED"


class TestScreening:
    def event(self, world: World, number: str) -> dict[str, Any]:
        return make_event(code=world.function.kms.code(), attributes={"phone_number": number})

    @pytest.mark.parametrize(
        ("number", "reason", "country"),
        [
            ("+33612345678", "COUNTRY", "FR"),
            ("+999123456789", "COUNTRY", None),
            ("+881612345678", "RANGE", "+881"),
            ("+4915712345678", "PREFIX", "DE"),
        ],
    )
    def test_the_line_of_a_blocked_message_says_why(
        self, world: World, number: str, reason: str, country: str | None
    ) -> None:
        world.sms(blocked_prefixes=("+49157",), allowed_ranges=frozenset({"inmarsat"}))
        assert world.function(self.event(world, number))["outcome"] == "BLOCKED_COUNTRY"
        assert (world.last["reason"], world.last.get("country")) == (reason, country)
        assert (world.asked, world.dynamodb.items()) == ([], {})

    def test_a_range_that_is_allowed_takes_the_default_route(self, world: World) -> None:
        world.sms(allowed_ranges=frozenset({"satellite"}))
        world.function.routes = {"default": ("second",), "DE": ("scripted",), "AT": ("scripted",)}
        assert world.function(self.event(world, "+881612345678")) == {"outcome": "SENT", "sender": "second"}
        assert (world.last["country"], world.last["route"]) == ("+881", "default")


def test_no_item_of_the_table_has_a_code_a_number_or_a_person_in_it(world: World) -> None:
    world.sms(limits=DEFAULTS)
    for step in (None, NotSent(), PerhapsSent()):
        world.event = make_event(code=world.function.kms.code())
        world.transport(*([] if step is None else [step]))
        world.outcome()
    written = str(world.dynamodb.items()) + str(world.dynamodb.requests)
    assert len({name for name in world.dynamodb.items() if re.fullmatch("m#[0-9a-f]{64}", name)}) == 3
    for secret in (CODE, PHONE_NUMBER[1:], "15112345", "jane", "customer.example", "5f2c1f9e"):
        assert secret not in written
