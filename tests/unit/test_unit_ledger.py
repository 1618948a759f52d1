"""The ledger: one claim for each message, whatever races, breaks or was edited."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import NoCredentialsError, SSLError

from custom_sender.channels.sms import Limits
from custom_sender.guards import ledger
from custom_sender.guards.ledger import (
    LONGEST_SECONDS,
    Claim,
    LeaseLost,
    Ledger,
    LedgerUnavailable,
    Refusal,
    Trouble,
    dynamodb_client,
)
from custom_sender.guards.limits import Counter, Limit, Mode, counters
from custom_sender.outcome import Outcome
from support.cognito import PHONE_NUMBER
from support.dynamodb import (
    DynamoDb,
    Fault,
    Forward,
    cancels,
    does_not_connect,
    loses_the_answer,
    refuses,
    times_out,
)

NOW = 1_732_270_000.25
HASH_KEY = bytes.fromhex("00112233445566778899aabbccddeeff")
MESSAGE = hashlib.sha256(b"a ciphertext").hexdigest()
ROUTE = ("aws", "twilio")
IN_PROGRESS = Refusal(Outcome.IN_PROGRESS)
DUPLICATE = Refusal(Outcome.DUPLICATE)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


class Rig:
    """One table, and as many execution environments as a test makes."""

    def __init__(self, dynamodb: DynamoDb) -> None:
        self.dynamodb = dynamodb
        self.clock = Clock()
        self.pauses: list[float] = []
        self.ledger = self.environment()

    def environment(self) -> Ledger:
        return Ledger(self.dynamodb.table, self.dynamodb.client, self.clock, sleep=self.pause)

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.clock.now += seconds

    def ask(self, message: str = MESSAGE, *, ledger: Ledger | None = None, **options: Any) -> Claim | Refusal:
        """A claim as the handler asks for it, for an invocation of 30 seconds."""
        asked: dict[str, Any] = {"order": ROUTE, "lease_until": self.clock.now + 30} | options
        return (ledger or self.ledger).until(math.inf).claim(message, **asked)

    def claim(self, message: str = MESSAGE, **options: Any) -> Claim:
        claim = self.ask(message, **options)
        assert isinstance(claim, Claim), claim
        return claim

    def unavailable(self, **options: Any) -> LedgerUnavailable:
        with pytest.raises(LedgerUnavailable) as caught:
            self.ask(**options)
        return caught.value

    def counters(self, phone: str = PHONE_NUMBER, message: str = MESSAGE, **limits: Any) -> tuple[Counter, ...]:
        return counters(Limits(**limits).scopes(phone, "DE", HASH_KEY), message, self.clock.now)

    def counted(self) -> dict[str, int]:
        """How many messages each scope has counted: n, p, c and a."""
        found: dict[str, int] = {}
        for name, item in self.dynamodb.items().items():
            if not name.startswith("m#"):
                found[name[0]] = found.get(name[0], 0) + int(item["n"]["N"])
        return found


def fresh(dynamodb: DynamoDb) -> Rig:
    dynamodb.clear()
    return Rig(dynamodb)


@pytest.fixture
def rig(dynamodb: DynamoDb) -> Rig:
    return fresh(dynamodb)


def ids() -> Iterator[str]:
    return (hashlib.sha256(str(number).encode()).hexdigest() for number in itertools.count())


def many(times: int, work: Callable[[int], Any]) -> list[Any]:
    """``work`` in as many threads, started as nearly at once as threads can be."""
    barrier = threading.Barrier(times)

    def start(number: int) -> Any:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(start, range(times)))


class TestClaim:
    def test_a_new_message_is_claimed_with_the_sender_that_is_asked_first(self, rig: Rig) -> None:
        claim = rig.claim()
        assert claim == Claim(MESSAGE, NOW, claim.lease, NOW + 30)
        assert rig.dynamodb.message(claim) == {
            "id": {"S": f"m#{MESSAGE}"},
            "state": {"S": "CLAIMED"},
            "first_seen": {"N": "1732270000.25"},
            "lease": {"S": claim.lease},
            "lease_until": {"N": "1732270030.25"},
            "attempts": {"N": "1"},
            "asked": {"SS": ["aws"]},
            "expires_at": {"N": "1732356400"},
        }

    def test_claim_and_counters_are_one_request(self, rig: Rig) -> None:
        rig.claim(counters=rig.counters(number=Limit(10, 3600, Mode.ENFORCE), overall=Limit(9, 60, Mode.MONITOR)))
        assert rig.dynamodb.operations == ["TransactWriteItems"]
        assert rig.counted() == {"n": 1, "a": 1}

    def test_every_request_is_an_update(self, rig: Rig) -> None:
        """The role has dynamodb:UpdateItem and nothing else: no Put, no ConditionCheck, no read."""
        limit = Limit(10, 3600, Mode.ENFORCE)
        first = rig.claim(counters=rig.counters(number=limit, prefix=limit, country=limit, overall=limit))
        rig.ledger.asking(first, frozenset(ROUTE))
        rig.ledger.release(first, frozenset())
        rig.claim()
        rig.ledger.finish(MESSAGE, Outcome.SENT, "aws", NOW)
        assert set(rig.dynamodb.operations) == {"TransactWriteItems", "UpdateItem"}
        for _, body in rig.dynamodb.requests:
            assert all(set(action) == {"Update"} for action in body.get("TransactItems", []))

    def test_what_is_done_is_a_duplicate(self, rig: Rig) -> None:
        claim = rig.claim()
        rig.ledger.finish(MESSAGE, Outcome.SENT, "aws", claim.first_seen)
        rig.clock.now += 3600
        assert rig.ask() == DUPLICATE

    def test_what_another_invocation_is_at_is_in_progress_until_its_lease_ends(self, rig: Rig) -> None:
        rig.claim()
        rig.clock.now += 29.9
        assert rig.ask(ledger=rig.environment()) == IN_PROGRESS

    def test_another_message_is_another_claim(self, rig: Rig) -> None:
        rig.claim()
        assert rig.claim(hashlib.sha256(b"another").hexdigest()).attempt == 1

    def test_time_to_live_is_a_day_and_in_seconds(self, rig: Rig) -> None:
        rig.claim(counters=rig.counters(number=Limit(10, 600, Mode.ENFORCE)))
        rig.ledger.finish(hashlib.sha256(b"never claimed").hexdigest(), Outcome.SENT, "aws", NOW)
        kept = {name[:2]: float(item["expires_at"]["N"]) - NOW for name, item in rig.dynamodb.items().items()}
        assert kept["m#"] == pytest.approx(24 * 3600, abs=1)
        assert 0 < kept["n#"] <= 600 + 120
        for item in rig.dynamodb.items().values():
            # DynamoDB takes whole numbers only, and would take 13 digits for the year 56,000.
            assert len(item["expires_at"]["N"]) == 10
            assert item["expires_at"]["N"].isdigit()

    def test_no_item_holds_anything_of_a_person(self, rig: Rig) -> None:
        limit = Limit(10, 3600, Mode.ENFORCE)
        claim = rig.claim(counters=rig.counters(number=limit, prefix=limit, country=limit, overall=limit))
        rig.ledger.asking(claim, frozenset(ROUTE))
        rig.ledger.finish(MESSAGE, Outcome.SENT, "twilio", NOW)
        items = rig.dynamodb.items()
        assert len(items) == 5
        digits = PHONE_NUMBER.removeprefix("+")
        sent = json.dumps(rig.dynamodb.requests) + json.dumps(items)
        assert not any(digits[at : at + 6] in sent for at in range(len(digits) - 5))
        assert {name for item in items.values() for name in item} == {
            *("id", "state", "first_seen", "attempts", "expires_at", "outcome", "sender", "n")
        }


class TestTwins:
    """Lambda delivers at least once, and at the same time if it likes."""

    def test_of_many_at_once_exactly_one_may_send(self, rig: Rig) -> None:
        limit = Limit(100, 3600, Mode.ENFORCE)
        ledgers = [rig.environment() for _ in range(24)]
        answers = many(24, lambda n: rig.ask(ledger=ledgers[n], counters=rig.counters(number=limit, country=limit)))
        (claim,) = [answer for answer in answers if isinstance(answer, Claim)]
        assert answers.count(IN_PROGRESS) == 23
        assert rig.dynamodb.message(claim)["lease"] == {"S": claim.lease}
        assert rig.counted() == {"n": 1, "c": 1}

    @pytest.mark.parametrize("left", ["dead", "released"])
    def test_of_many_that_take_over_exactly_one_may_send(self, rig: Rig, left: str) -> None:
        first = rig.claim()
        if left == "released":
            rig.ledger.release(first, frozenset())
        rig.clock.now += 60
        ledgers = [rig.environment() for _ in range(24)]
        answers = many(24, lambda n: rig.ask(ledger=ledgers[n]))
        (claim,) = [answer for answer in answers if isinstance(answer, Claim)]
        assert answers.count(IN_PROGRESS) == 23
        assert (claim.attempt, rig.dynamodb.message(claim)["lease"]) == (2, {"S": claim.lease})

    @pytest.mark.parametrize("left", ["dead", "edited"])
    def test_who_lost_the_race_to_one_that_has_finished_is_a_duplicate(self, rig: Rig, left: str) -> None:
        if left == "edited":
            rig.dynamodb.put({"id": {"S": f"m#{MESSAGE}"}})
        else:
            rig.claim()
        rig.clock.now += 60

        def finishes_first(request: Any, forward: Callable[[], Any]) -> Any:
            rig.environment().finish(MESSAGE, Outcome.SENT, "aws", NOW)
            return forward()

        rig.dynamodb.faults.extend([None, finishes_first])
        assert rig.ask() == DUPLICATE

    def test_a_message_that_was_taken_over_and_released_meanwhile_is_not_taken_with_old_knowledge(
        self, rig: Rig
    ) -> None:
        """The third invocation read what the first left; by the time it writes, the second has asked a sender more."""
        rig.claim()
        rig.clock.now += 60

        def second_comes_and_goes(request: Any, forward: Callable[[], Any]) -> Any:
            other = rig.environment()
            second = rig.claim(ledger=other)
            other.asking(second, frozenset(ROUTE))
            other.release(second, frozenset(ROUTE))
            return forward()

        rig.dynamodb.faults.extend([None, second_comes_and_goes])
        assert rig.ask() == IN_PROGRESS
        assert rig.claim().unsure == frozenset(ROUTE)


class TestTakeOver:
    def test_the_sender_of_a_dead_invocation_may_have_sent(self, rig: Rig) -> None:
        first = rig.claim()
        rig.clock.now += 31
        second = rig.claim(ledger=rig.environment())
        assert (second.unsure, second.attempt, second.first_seen) == (frozenset({"aws"}), 2, NOW)
        assert second.lease != first.lease
        assert set(rig.dynamodb.message(second)["asked"]["SS"]) == {"aws", "twilio"}

    def test_with_every_sender_unsure_there_is_nobody_new_to_ask(self, rig: Rig) -> None:
        rig.claim(order=["aws"])
        rig.clock.now += 31
        second = rig.claim(order=["aws"])
        assert second.unsure == {"aws"}
        assert rig.dynamodb.message(second)["asked"] == {"SS": ["aws"]}

    def test_what_was_released_can_be_claimed_at_once(self, rig: Rig) -> None:
        first = rig.claim()
        rig.ledger.release(first, frozenset())
        assert "asked" not in rig.dynamodb.message(first)
        second = rig.claim()
        assert (second.unsure, second.attempt, second.first_seen) == (frozenset(), 2, NOW)

    def test_what_was_unsure_when_it_was_released_stays_so(self, rig: Rig) -> None:
        rig.ledger.release(rig.claim(), frozenset({"aws"}))
        assert rig.claim().unsure == {"aws"}
        assert set(rig.dynamodb.message(MESSAGE)["asked"]["SS"]) == {"aws", "twilio"}

    def test_the_first_of_the_new_order_is_noted(self, rig: Rig) -> None:
        """A breaker may have opened meanwhile, or the route may have been changed."""
        rig.ledger.release(rig.claim(), frozenset({"aws"}))
        rig.claim(order=["vonage", "aws"])
        assert set(rig.dynamodb.message(MESSAGE)["asked"]["SS"]) == {"aws", "vonage"}

    def test_a_claim_that_is_taken_over_is_not_counted_again(self, rig: Rig) -> None:
        limit = Limit(2, 3600, Mode.ENFORCE)
        rig.claim(counters=rig.counters(number=limit))
        for attempt in (2, 3, 4):
            rig.clock.now += 60
            assert rig.claim(counters=rig.counters(number=limit)).attempt == attempt
        assert rig.counted() == {"n": 1}

    def test_a_full_counter_does_not_stop_a_message_that_was_counted(self, rig: Rig) -> None:
        limit = Limit(1, 3600, Mode.ENFORCE)
        rig.ledger.release(rig.claim(counters=rig.counters(number=limit)), frozenset())
        assert rig.claim(counters=rig.counters(number=limit)).attempt == 2

    def test_the_three_claims_of_lambda_s_three_tries(self, rig: Rig) -> None:
        """Killed, killed, and there is no sender left that was not asked."""
        rig.claim()
        rig.clock.now += 60
        assert rig.claim().unsure == {"aws"}
        rig.clock.now += 120
        assert rig.claim().unsure == {"aws", "twilio"}


class TestAsking:
    def test_another_sender_is_noted_before_it_is_asked(self, rig: Rig) -> None:
        claim = rig.claim()
        rig.ledger.asking(claim, frozenset({"twilio"}))
        assert rig.dynamodb.message(claim)["asked"] == {"SS": ["twilio"]}
        rig.clock.now += 31
        assert rig.claim().unsure == {"twilio"}

    @pytest.mark.parametrize("meanwhile", ["taken over", "finished"])
    def test_who_has_lost_the_message_must_not_ask(self, rig: Rig, meanwhile: str) -> None:
        claim = rig.claim()
        if meanwhile == "finished":
            rig.environment().finish(MESSAGE, Outcome.SENT, "aws", NOW)
        else:
            rig.clock.now += 31
            rig.claim(ledger=rig.environment())
        before = rig.dynamodb.message(claim)
        with pytest.raises(LeaseLost):
            rig.ledger.asking(claim, frozenset({"twilio"}))
        assert rig.dynamodb.message(claim) == before

    def test_who_has_lost_the_message_does_not_release_it(self, rig: Rig) -> None:
        first = rig.claim()
        rig.clock.now += 31
        second = rig.claim(ledger=rig.environment())
        rig.ledger.release(first, frozenset())
        assert rig.dynamodb.message(second)["lease"] == {"S": second.lease}
        assert rig.ask() == IN_PROGRESS


class TestFinish:
    def test_the_item_keeps_how_it_ended_and_nothing_that_leads_on(self, rig: Rig) -> None:
        claim = rig.claim()
        rig.ledger.finish(MESSAGE, Outcome.SENT, "aws", claim.first_seen)
        assert rig.dynamodb.message(claim) == {
            "id": {"S": f"m#{MESSAGE}"},
            "state": {"S": "DONE"},
            "outcome": {"S": "SENT"},
            "sender": {"S": "aws"},
            "first_seen": {"N": "1732270000.25"},
            "attempts": {"N": "1"},
            "expires_at": {"N": "1732356400"},
        }

    def test_a_message_that_was_never_claimed_can_be_finished(self, rig: Rig) -> None:
        """The claim went unanswered, and the message was sent all the same."""
        rig.ledger.finish(MESSAGE, Outcome.AMBIGUOUS, None, NOW)
        item = rig.dynamodb.message(MESSAGE)
        assert (item["outcome"], "sender" in item) == ({"S": "AMBIGUOUS"}, False)
        assert item["first_seen"] == {"N": "1732270000.25"}
        assert rig.ask() == DUPLICATE

    def test_a_message_that_another_has_taken_over_is_finished_too(self, rig: Rig) -> None:
        claim = rig.claim()
        rig.clock.now += 31
        rig.claim(ledger=rig.environment())
        rig.ledger.finish(MESSAGE, Outcome.SENT, "aws", claim.first_seen)
        assert rig.ask() == DUPLICATE

    def test_when_it_was_first_seen_stays(self, rig: Rig) -> None:
        claim = rig.claim()
        rig.ledger.finish(MESSAGE, Outcome.SENT, "aws", claim.first_seen + 100)
        assert rig.dynamodb.message(claim)["first_seen"] == {"N": "1732270000.25"}


class TestLimits:
    @pytest.mark.parametrize("scope", ["number", "prefix"])
    def test_number_and_prefix_are_exact_also_for_many_at_once(self, rig: Rig, scope: str) -> None:
        limit, names = Limit(7, 3600, Mode.ENFORCE), list(itertools.islice(ids(), 24))
        ledgers = [rig.environment() for _ in names]

        def ask(n: int) -> Claim | Refusal:
            phone = PHONE_NUMBER if scope == "number" else f"+491511234{n:04}"
            return rig.ask(names[n], ledger=ledgers[n], counters=rig.counters(phone, names[n], **{scope: limit}))

        answers = many(24, ask)
        assert sum(isinstance(answer, Claim) for answer in answers) == 7
        assert answers.count(Refusal(Outcome.BLOCKED_VELOCITY, scope)) == 17

    def test_a_refused_message_leaves_no_trace(self, rig: Rig) -> None:
        """It is not counted where there was room: what one prefix is refused must not use up its country's limit."""
        prefix, country = Limit(1, 3600, Mode.ENFORCE), Limit(40, 3600, Mode.ENFORCE)
        for name in itertools.islice(ids(), 5):
            rig.ask(name, counters=rig.counters(message=name, prefix=prefix, country=country))
        assert rig.counted() == {"p": 1, "c": 1}
        assert sum(name.startswith("m#") for name in rig.dynamodb.items()) == 1

    def test_the_narrowest_full_limit_is_named(self, rig: Rig) -> None:
        full: dict[str, Any] = {
            scope: Limit(1, 3600, Mode.ENFORCE) for scope in ("number", "prefix", "country", "overall")
        }
        rig.claim(counters=rig.counters(**full))
        other = hashlib.sha256(b"other").hexdigest()
        assert rig.ask(other, counters=rig.counters(message=other, **full)) == Refusal(
            Outcome.BLOCKED_VELOCITY, "number"
        )

    def test_a_new_window_begins_at_zero(self, rig: Rig) -> None:
        limit, names = Limit(1, 600, Mode.ENFORCE), ids()
        for _ in range(3):
            claimed, refused = next(names), next(names)
            rig.claim(claimed, counters=rig.counters(message=claimed, number=limit))
            assert isinstance(rig.ask(refused, counters=rig.counters(message=refused, number=limit)), Refusal)
            rig.clock.now += 600

    def test_a_monitored_limit_lets_the_message_through_counts_it_and_says_so(self, rig: Rig) -> None:
        limits: dict[str, Any] = {
            "number": Limit(50, 3600, Mode.ENFORCE),
            "country": Limit(2, 3600, Mode.MONITOR),
            "overall": Limit(3, 3600, Mode.MONITOR),
        }
        over = [
            rig.claim(name, counters=rig.counters(message=name, **limits)).over for name in itertools.islice(ids(), 5)
        ]
        assert over == [(), (), ("country",), ("country", "overall"), ("country", "overall")]
        assert rig.counted() == {"n": 5, "c": 5, "a": 5}

    def test_an_enforced_limit_holds_beside_a_monitored_one_that_is_passed(self, rig: Rig) -> None:
        limits: dict[str, Any] = {"number": Limit(3, 3600, Mode.ENFORCE), "country": Limit(1, 3600, Mode.MONITOR)}
        answers = [rig.ask(name, counters=rig.counters(message=name, **limits)) for name in itertools.islice(ids(), 5)]
        assert [isinstance(answer, Claim) for answer in answers] == [True, True, True, False, False]
        assert answers[-1] == Refusal(Outcome.BLOCKED_VELOCITY, "number")
        assert rig.counted() == {"n": 3, "c": 3}


class TestConflicts:
    """Transactions that meet at an item cancel each other: another try, after a pause of some 10 ms."""

    def test_a_conflict_that_passes_costs_a_pause(self, rig: Rig) -> None:
        limit = Limit(10, 3600, Mode.ENFORCE)
        rig.dynamodb.faults.extend([cancels("None", "TransactionConflict"), cancels("TransactionConflict", "None")])
        assert rig.claim(counters=rig.counters(number=limit)).attempt == 1
        first, second = rig.pauses
        assert 0.01 <= first <= 0.05
        assert 0.01 <= second <= 0.1
        assert rig.counted() == {"n": 1}

    def test_a_conflict_that_lasts_is_waited_for_as_long_as_there_is_time(self, rig: Rig) -> None:
        limit = Limit(10, 3600, Mode.ENFORCE)
        rig.dynamodb.faults.extend([cancels("None", "TransactionConflict")] * 15)
        assert rig.claim(counters=rig.counters(number=limit)).attempt == 1
        assert len(rig.pauses) == 15
        assert max(rig.pauses) <= 0.2
        assert rig.counted() == {"n": 1}

    def test_counters_that_stay_in_conflict_make_the_ledger_unavailable(self, rig: Rig) -> None:
        rig.dynamodb.faults.extend([cancels("None", "None", "TransactionConflict")] * 1000)
        assert rig.unavailable().reason is Trouble.CONFLICT
        assert 4.5 < sum(rig.pauses) <= LONGEST_SECONDS
        assert rig.dynamodb.items() == {}

    def test_nobody_waits_for_a_conflict_longer_than_the_message_can(self, rig: Rig) -> None:
        rig.dynamodb.faults.extend([cancels("None", "TransactionConflict")] * 1000)
        with pytest.raises(LedgerUnavailable) as caught:
            rig.ledger.until(NOW + 1).claim(MESSAGE, order=ROUTE, lease_until=NOW + 30)
        assert caught.value.reason is Trouble.CONFLICT
        assert sum(rig.pauses) <= 1

    @pytest.mark.parametrize("code", ["ThrottlingError", "ProvisionedThroughputExceeded"])
    def test_counters_that_throttle_make_the_ledger_unavailable_after_three_tries(self, rig: Rig, code: str) -> None:
        rig.dynamodb.faults.extend([cancels("None", "None", code)] * 3)
        assert rig.unavailable().reason is Trouble.THROTTLED
        assert (len(rig.pauses), len(rig.dynamodb.requests)) == (2, 3)
        assert rig.dynamodb.items() == {}

    def test_the_third_try_leaves_out_what_is_only_watched(self, rig: Rig) -> None:
        """A watched counter is written by everybody: it must not be the reason why no limit holds."""
        watched, enforced = Limit(60, 3600, Mode.MONITOR), Limit(10, 3600, Mode.ENFORCE)
        rig.dynamodb.faults.extend([cancels("None", "None", "TransactionConflict")] * 2)
        rig.claim(counters=rig.counters(number=enforced, overall=watched))
        assert rig.counted() == {"n": 1}

    def test_only_a_twin_can_be_in_conflict_about_the_message(self, rig: Rig) -> None:
        """To call the ledger unavailable would be to send beside the twin."""
        rig.dynamodb.faults.extend([cancels("TransactionConflict", "None")] * 3)
        assert rig.ask() == IN_PROGRESS

    def test_a_throttled_message_item_is_no_twin(self, rig: Rig) -> None:
        rig.dynamodb.faults.extend([cancels("ThrottlingError", "None")] * 3)
        assert rig.unavailable().reason is Trouble.THROTTLED

    def test_a_full_limit_is_full_whatever_else_is_in_conflict(self, rig: Rig) -> None:
        number, country = Limit(1, 3600, Mode.ENFORCE), Limit(40, 3600, Mode.ENFORCE)
        rig.claim(counters=rig.counters(number=number, country=country))
        reasons = [{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Item": {"n": {"N": "1"}}}]
        reasons.append({"Code": "TransactionConflict"})
        rig.dynamodb.faults.append(refuses("TransactionCanceledException", CancellationReasons=reasons))
        other = hashlib.sha256(b"other").hexdigest()
        answer = rig.ask(other, counters=rig.counters(message=other, number=number, country=country))
        assert answer == Refusal(Outcome.BLOCKED_VELOCITY, "number")
        assert rig.pauses == []

    def test_a_full_limit_is_not_judged_while_the_message_is_in_conflict(self, rig: Rig) -> None:
        """It may be the twin that has filled it."""
        limit = Limit(1, 3600, Mode.ENFORCE)
        rig.claim(counters=rig.counters(number=limit))
        full = {"Code": "ConditionalCheckFailed", "Item": {"n": {"N": "1"}}}
        reasons = [{"Code": "TransactionConflict"}, full]
        rig.dynamodb.faults.append(refuses("TransactionCanceledException", CancellationReasons=reasons))
        assert rig.ask(counters=rig.counters(number=limit)) == IN_PROGRESS
        assert len(rig.pauses) == 1

    @pytest.mark.parametrize("call", ["asking", "release", "finish", "take over"])
    def test_a_twin_s_claim_that_is_in_the_way_of_an_update_is_waited_for(self, rig: Rig, call: str) -> None:
        claim = rig.claim()
        conflict = refuses("TransactionConflictException")
        if call == "take over":
            rig.clock.now += 31
            rig.dynamodb.faults.append(None)
        rig.dynamodb.faults.extend([conflict, conflict])
        run(rig, call, claim)
        assert len(rig.pauses) == 2
        assert not rig.dynamodb.faults

    def test_a_twin_that_stays_in_the_way_of_a_take_over_has_the_message(self, rig: Rig) -> None:
        rig.claim()
        rig.clock.now += 31
        rig.dynamodb.faults.extend([None, *[refuses("TransactionConflictException")] * 3])
        assert rig.ask() == IN_PROGRESS

    def test_an_update_that_stays_in_conflict_is_unavailable(self, rig: Rig) -> None:
        claim = rig.claim()
        rig.dynamodb.faults.extend([refuses("TransactionConflictException")] * 3)
        with pytest.raises(LedgerUnavailable) as caught:
            rig.ledger.asking(claim, frozenset({"twilio"}))
        assert caught.value.reason is Trouble.CONFLICT


def run(rig: Rig, call: str, claim: Claim) -> None:
    """Each of the calls that follow a first claim."""
    if call == "asking":
        rig.ledger.asking(claim, frozenset({"aws", "twilio"}))
    elif call == "release":
        rig.ledger.release(claim, frozenset({"aws"}))
    elif call == "finish":
        rig.ledger.finish(claim.message_id, Outcome.SENT, "aws", claim.first_seen)
    else:
        assert isinstance(rig.ask(), Claim)


def raises(error: Exception) -> Fault:
    def fault(request: Any, forward: Callable[[], Any]) -> Any:
        raise error

    return fault


UNAVAILABLE = {
    "ThrottlingException": (refuses("ThrottlingException"), Trouble.THROTTLED),
    "ProvisionedThroughputExceededException": (
        refuses("ProvisionedThroughputExceededException"),
        Trouble.THROTTLED,
    ),
    "RequestLimitExceeded": (refuses("RequestLimitExceeded"), Trouble.THROTTLED),
    "AccessDeniedException": (refuses("AccessDeniedException"), Trouble.ACCESS_DENIED),
    "UnrecognizedClientException": (refuses("UnrecognizedClientException"), Trouble.ACCESS_DENIED),
    "ExpiredTokenException": (refuses("ExpiredTokenException"), Trouble.ACCESS_DENIED),
    "ResourceNotFoundException": (refuses("ResourceNotFoundException"), Trouble.NO_TABLE),
    "ValidationException": (refuses("ValidationException"), Trouble.MALFORMED_ITEM),
    "an operation that is unknown": (refuses("UnknownOperationException"), Trouble.SERVICE_ERROR),
    "InternalServerError": (refuses("InternalServerError", 500), Trouble.SERVICE_ERROR),
    "a code of tomorrow": (refuses("SomethingNewException"), Trouble.SERVICE_ERROR),
    "a code of tomorrow, 503": (refuses("SomethingNewException", 503), Trouble.SERVICE_ERROR),
    "time-out": (times_out, Trouble.TIMED_OUT),
    "no connection": (does_not_connect, Trouble.UNREACHABLE),
    "TLS": (raises(SSLError(endpoint_url="https://dynamodb", error=OSError("m"))), Trouble.UNREACHABLE),
    "no credentials": (raises(NoCredentialsError()), Trouble.CLIENT_ERROR),
}


@pytest.mark.parametrize("call", ["claim", "take over", "asking", "release", "finish"])
def test_each_trouble_has_its_word(dynamodb: DynamoDb, call: str, subtests: pytest.Subtests) -> None:
    for fault, (happening, reason) in UNAVAILABLE.items():
        with subtests.test(fault):
            rig = fresh(dynamodb)
            claim = rig.claim()
            if call == "take over":
                rig.clock.now += 31
                rig.dynamodb.faults.append(None)
            # The client tries twice where that can help; conflicts are tried three times by the ledger.
            rig.dynamodb.faults.extend([happening] * 6)
            with pytest.raises(LedgerUnavailable) as caught:
                rig.ask(hashlib.sha256(b"new").hexdigest()) if call == "claim" else run(rig, call, claim)
            assert caught.value.reason is reason
            assert_says_nothing(caught.value)


def assert_says_nothing(error: Exception) -> None:
    """Lambda writes what is raised into the log and the failure queue, with everything that hangs on it."""
    assert error.__cause__ is None
    assert error.__context__ is None
    text = "".join(traceback.format_exception(error))
    assert MESSAGE not in text
    assert "m#" not in text


class TestUnavailable:
    @pytest.mark.parametrize(
        ("status", "body", "reason"),
        [(502, "<html>Bad gateway</html>", Trouble.SERVICE_ERROR), (400, "[1]", Trouble.CLIENT_ERROR)],
    )
    def test_an_answer_that_is_not_dynamodb_s_is_an_outage(
        self, rig: Rig, status: int, body: str, reason: Trouble
    ) -> None:
        def proxy(request: Any, forward: Callable[[], Any]) -> Any:
            answer = forward()
            answer.status_code = status
            answer.raw = type(answer.raw)(body)
            return answer

        rig.dynamodb.faults.extend([proxy, proxy])
        assert rig.unavailable().reason is reason

    def test_a_table_that_is_not_there(self, rig: Rig) -> None:
        ledger = Ledger("no-such-table", rig.dynamodb.client, rig.clock)
        claim = Claim(MESSAGE, NOW, "1a2b", NOW + 30)
        for call in (
            lambda: rig.ask(ledger=ledger),
            lambda: ledger.asking(claim, frozenset({"aws"})),
            lambda: ledger.release(claim, frozenset()),
            lambda: ledger.finish(MESSAGE, Outcome.SENT, "aws", NOW),
        ):
            with pytest.raises(LedgerUnavailable) as caught:
                call()
            assert caught.value.reason is Trouble.NO_TABLE

    def test_a_transaction_whose_first_try_is_still_at_work(self, rig: Rig) -> None:
        """Nobody else's is in its way."""
        rig.dynamodb.faults.extend([refuses("TransactionInProgressException")] * 2)
        assert rig.unavailable().reason is Trouble.TIMED_OUT

    def test_a_transaction_canceled_for_a_reason_of_tomorrow(self, rig: Rig) -> None:
        rig.dynamodb.faults.append(cancels("None", "SomethingNew"))
        assert rig.unavailable().reason is Trouble.SERVICE_ERROR

    def test_a_transaction_canceled_without_reasons(self, rig: Rig) -> None:
        rig.dynamodb.faults.append(refuses("TransactionCanceledException"))
        assert rig.unavailable().reason is Trouble.SERVICE_ERROR

    def test_a_condition_that_fails_without_one_is_not_asked_for_ever(self, rig: Rig) -> None:
        """Of counters that were counted without a condition; DynamoDB never says so."""
        counted = rig.counters(overall=Limit(1, 60, Mode.MONITOR))
        full = {"Code": "ConditionalCheckFailed", "Item": {"n": {"N": "1"}}}
        fault = refuses("TransactionCanceledException", CancellationReasons=[{"Code": "None"}, full])
        rig.dynamodb.faults.extend([fault] * 5)
        rig.unavailable(counters=counted)
        assert len(rig.dynamodb.requests) == 2


class TestLostAnswers:
    """The request was carried out, and nobody was told."""

    def test_the_client_s_second_try_has_the_token_of_the_first(self, rig: Rig) -> None:
        """DynamoDB answers a transaction whose token it knows with success, and does nothing more."""
        rig.dynamodb.faults.append(times_out)
        rig.claim()
        tokens = [body["ClientRequestToken"] for _, body in rig.dynamodb.requests]
        assert len(tokens) == 2
        assert tokens[0] == tokens[1]

    def test_a_transaction_of_its_own_has_a_token_of_its_own(self, rig: Rig) -> None:
        """The same token with other parameters is an error, and an old one would make the second of twins a success."""
        rig.dynamodb.faults.append(cancels("None", "TransactionConflict"))
        rig.claim()
        rig.ask(ledger=rig.environment())
        assert len({body["ClientRequestToken"] for _, body in rig.dynamodb.requests}) == 3

    def test_a_claim_that_was_written_is_not_taken_for_a_twin_s(self, rig: Rig) -> None:
        """DynamoDB forgets a token after ten minutes: then a second try finds an item, and in it its own lease."""

        def forgets(request: Any, forward: Forward) -> AWSResponse:
            rig.dynamodb.tokens.clear()
            return forward()

        limit = Limit(10, 3600, Mode.ENFORCE)
        rig.dynamodb.faults.extend([loses_the_answer, forgets])
        claim = rig.claim(counters=rig.counters(number=limit))
        assert (claim.attempt, claim.unsure) == (1, frozenset())
        assert len(rig.dynamodb.requests) == 2
        assert rig.counted() == {"n": 1}

    @pytest.mark.parametrize("call", ["take over", "asking", "release", "finish"])
    def test_every_update_can_be_written_twice(self, rig: Rig, call: str) -> None:
        claim = rig.claim()
        if call == "take over":
            rig.clock.now += 31
            rig.dynamodb.faults.append(None)
        rig.dynamodb.faults.append(loses_the_answer)
        run(rig, call, claim)
        assert not rig.dynamodb.faults
        if call == "take over":
            assert rig.dynamodb.message(claim)["attempts"] == {"N": "2"}

    @pytest.mark.parametrize("lost", [loses_the_answer, times_out], ids=["written", "not written"])
    def test_with_the_claim_in_the_error_one_can_go_on(self, rig: Rig, lost: Fault) -> None:
        rig.dynamodb.faults.extend([lost, lost])
        claim = rig.unavailable().claim
        assert claim is not None
        assert (claim.attempt, claim.unsure) == (1, frozenset())
        rig.ledger.asking(claim, frozenset({"twilio"}))
        assert rig.ask() == IN_PROGRESS
        rig.ledger.release(claim, frozenset({"twilio"}))
        assert rig.claim().unsure == {"twilio"}

    @pytest.mark.parametrize("lost", [loses_the_answer, times_out], ids=["written", "not written"])
    def test_a_claim_that_was_given_back_makes_no_sender_unsure(self, rig: Rig, lost: Fault) -> None:
        """With one sender, the message would be lost although nobody was asked."""
        rig.dynamodb.faults.extend([lost, lost])
        claim = rig.unavailable().claim
        assert claim is not None
        rig.ledger.release(claim, claim.unsure)
        assert rig.claim().unsure == frozenset()

    @pytest.mark.parametrize("lost", [loses_the_answer, times_out], ids=["written", "not written"])
    def test_a_claim_that_was_given_back_is_counted_once(self, rig: Rig, lost: Fault) -> None:
        """Were an item made of a claim that was not written, the retry would pass every limit."""
        limit = Limit(1, 3600, Mode.ENFORCE)
        rig.dynamodb.faults.extend([lost, lost])
        claim = rig.unavailable(counters=rig.counters(number=limit)).claim
        assert claim is not None
        rig.ledger.release(claim, claim.unsure)
        rig.claim(counters=rig.counters(number=limit))
        assert rig.counted() == {"n": 1}
        other = hashlib.sha256(b"other").hexdigest()
        assert isinstance(rig.ask(other, counters=rig.counters(message=other, number=limit)), Refusal)

    def test_the_claim_in_the_error_knows_who_may_have_sent(self, rig: Rig) -> None:
        rig.claim()
        rig.clock.now += 60
        rig.dynamodb.faults.extend([None, times_out, times_out])
        claim = rig.unavailable().claim
        assert claim is not None
        assert (claim.unsure, claim.first_seen, claim.attempt) == (frozenset({"aws"}), NOW, 2)

    def test_going_on_without_an_answer_does_not_take_the_message_from_a_twin(self, rig: Rig) -> None:
        rig.dynamodb.faults.extend([times_out, times_out])
        claim = rig.unavailable().claim
        assert claim is not None
        twin = rig.claim(ledger=rig.environment())
        with pytest.raises(LeaseLost):
            rig.ledger.asking(claim, frozenset({"twilio"}))
        rig.ledger.release(claim, frozenset())
        assert rig.dynamodb.message(twin)["lease"] == {"S": twin.lease}


ODD_VALUES: list[Any] = [
    None,
    {"S": ""},
    {"S": "odd"},
    {"N": "-1"},
    {"N": "1E+125"},
    {"BOOL": True},
    {"NULL": True},
    {"L": [{"S": "aws"}]},
    {"NS": ["1"]},
]


class TestEditedItems:
    """Somebody has changed the table by hand: what cannot be read says nothing, and the next claim mends the item."""

    @pytest.mark.parametrize("name", ["state", "first_seen", "lease", "lease_until", "asked", "attempts", "expires_at"])
    def test_a_message_with_an_odd_attribute_can_be_claimed(
        self, dynamodb: DynamoDb, name: str, subtests: pytest.Subtests
    ) -> None:
        for value in ODD_VALUES:
            with subtests.test(value=value):
                rig = fresh(dynamodb)
                item = rig.dynamodb.message(rig.claim()) | {name: value}
                if value is None:
                    del item[name]
                rig.dynamodb.put(item)
                rig.clock.now += 60
                claim = rig.claim()
                assert claim.unsure == (frozenset() if name == "asked" else {"aws"})
                assert claim.first_seen <= rig.clock.now
                assert claim.attempt == 2
                mended = rig.dynamodb.message(claim)
                assert {each: next(iter(kind)) for each, kind in mended.items()} == {
                    "id": "S",
                    "state": "S",
                    "first_seen": "N",
                    "lease": "S",
                    "lease_until": "N",
                    "asked": "SS",
                    "attempts": "N",
                    "expires_at": "N",
                }
                rig.ledger.finish(MESSAGE, Outcome.SENT, "aws", claim.first_seen)
                assert rig.ask() == DUPLICATE

    def test_a_name_that_no_sender_can_have_is_forgotten(self, rig: Rig) -> None:
        """It would be logged, and be a metric's dimension."""
        asked = {"SS": ["aws", "+4915112345678 is 271828", "x" * 32]}
        rig.dynamodb.put(rig.dynamodb.message(rig.claim()) | {"asked": asked})
        rig.clock.now += 60
        assert rig.claim().unsure == {"aws"}

    def test_an_item_of_nothing_but_its_key_can_be_claimed(self, rig: Rig) -> None:
        rig.dynamodb.put({"id": {"S": f"m#{MESSAGE}"}})
        assert rig.claim().unsure == frozenset()

    @pytest.mark.parametrize("until", [NOW + 1e6, (NOW + 30) * 1000], ids=["days", "milliseconds"])
    def test_a_lease_longer_than_any_invocation_keeps_nobody_out(self, rig: Rig, until: float) -> None:
        rig.dynamodb.put(rig.dynamodb.message(rig.claim()) | {"lease_until": {"N": str(until)}})
        assert rig.claim().unsure == {"aws"}

    def test_the_longest_invocation_of_lambda_keeps_its_lease(self, rig: Rig) -> None:
        rig.claim(lease_until=NOW + 900)
        assert rig.ask() == IN_PROGRESS

    def test_a_first_seen_in_the_future_is_not_believed(self, rig: Rig) -> None:
        rig.dynamodb.put(rig.dynamodb.message(rig.claim()) | {"first_seen": {"N": str(NOW * 1000)}})
        rig.clock.now += 60
        assert rig.claim().first_seen == rig.clock.now

    @pytest.mark.parametrize("mode", [Mode.ENFORCE, Mode.MONITOR])
    def test_a_counter_that_is_no_number_makes_the_ledger_unavailable(self, rig: Rig, mode: Mode) -> None:
        """To DynamoDB a text is not smaller than a number; moto fails at the comparison."""
        reasons = [{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Item": {"n": {"S": "nine"}}}]
        rig.dynamodb.faults.append(refuses("TransactionCanceledException", CancellationReasons=reasons))
        counted = rig.counters(number=Limit(10, 3600, mode))
        assert rig.unavailable(counters=counted).reason is Trouble.MALFORMED_ITEM

    def test_a_condition_that_failed_on_an_item_that_is_not_shown(self, rig: Rig) -> None:
        rig.dynamodb.faults.append(cancels("ConditionalCheckFailed"))
        assert rig.unavailable().reason is Trouble.MALFORMED_ITEM


def test_an_error_of_dynamodb_is_never_longer_than_the_ledger_s_patience() -> None:
    """A code may come some seconds late for the ledger's sake, and no more: two tries, a second each."""
    config = dynamodb_client("eu-central-1").meta.config
    assert (config.connect_timeout, config.read_timeout) == (1, 1)
    assert (config.retries["total_max_attempts"], config.retries["mode"]) == (2, "standard")


def test_every_trouble_has_a_text_and_a_word_that_may_be_logged() -> None:
    for trouble in Trouble:
        error = LedgerUnavailable(trouble)
        assert error.claim is None
        assert len(str(error)) > 30
        assert trouble.value.replace("-", "").isalpha()


def test_a_claim_is_a_value() -> None:
    claim = Claim(MESSAGE, NOW, "1a2b", NOW + 30)
    assert replace(claim, attempt=2) != claim


def test_importing_the_module_makes_no_client() -> None:
    """Where the ledger is off, it must cost nothing: a client is some 10 ms, for the description of DynamoDB's API."""
    program = "import botocore.client as c, custom_sender.guards.ledger; print(c.ClientCreator.create_client.calls)"
    counting = (
        "import botocore.client as c\n"
        "def create(self, *args, **kwargs): create.calls += 1\n"
        "create.calls = 0\n"
        "c.ClientCreator.create_client = create\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", counting + program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(Path(ledger.__file__).parents[2])},
    )
    assert done.stdout.strip() == "0"
