"""The ledger among several invocations and a network that fails: one holder, no sender forgotten, one count."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from custom_sender.guards.ledger import Claim, LeaseLost, Ledger, LedgerUnavailable, Refusal
from custom_sender.guards.limits import Counter
from custom_sender.outcome import Outcome
from support.dynamodb import (
    DynamoDb,
    Fault,
    conflicts,
    does_not_connect,
    loses_the_answer,
    refuses,
    times_out,
)

START = 1_732_270_000.0
LEASE_SECONDS = 30.0
SENDERS = ("aws", "twilio", "vonage")
MESSAGES = tuple(hashlib.sha256(name).hexdigest() for name in (b"one", b"two", b"three"))

# What may happen to the next requests. The client tries each call twice, the ledger a conflict at least three times.
TROUBLES: dict[str, list[Fault | None]] = {
    "none": [],
    "answer lost": [loses_the_answer],
    "both answers lost": [loses_the_answer, loses_the_answer],
    "first lost, second not sent": [loses_the_answer, times_out],
    "request lost": [times_out],
    "away": [does_not_connect, does_not_connect],
    "throttled": [refuses("ThrottlingException")] * 2,
    "failing": [refuses("InternalServerError", 500)] * 2,
    "conflict": [conflicts()],
    "much conflict": [conflicts()] * 3,
    "second call fails": [None, times_out, times_out],
    "second answer lost": [None, loses_the_answer],
}


class Invocations(RuleBasedStateMachine):
    """``held`` are the claims of those that live.

    By claim, ``asked`` are the senders that its holder may have asked, as far as it has said; ``noted`` those and any
    that may stand in the item because nobody knows what was written last. Of a message without a holder, ``unsure``
    must be remembered, and ``perhaps`` may be.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.table = DynamoDb()
        self.ledger = Ledger(self.table.table, self.table.client, lambda: self.now, sleep=lambda _: None)
        self.held: list[Claim] = []
        self.asked: dict[str, set[str]] = {}
        self.noted: dict[str, set[str]] = {}
        self.unsure: dict[str, set[str]] = {name: set() for name in MESSAGES}
        self.perhaps: dict[str, set[str]] = {name: set() for name in MESSAGES}
        self.claimed: set[str] = set()
        self.tried: set[str] = set()
        self.done: set[str] = set()

    def trouble(self, name: str) -> None:
        self.table.faults.clear()
        self.table.faults.extend(TROUBLES[name])

    @rule(message=st.sampled_from(MESSAGES), order=st.permutations(SENDERS), trouble=st.sampled_from([*TROUBLES]))
    def claim(self, message: str, order: list[str], trouble: str) -> None:
        self.trouble(trouble)
        self.tried.add(message)
        counter = Counter("number", "n#1", len(MESSAGES), enforce=True, expires_at=int(START) + 3600)
        unanswered: Claim | None = None
        answer: Claim | Refusal | None = None
        try:
            answer = self.ledger.claim(message, order=order, lease_until=self.now + LEASE_SECONDS, counters=[counter])
        except LedgerUnavailable as failure:
            unanswered = failure.claim
        if answer is None:
            assert unanswered is not None
            assert unanswered.unsure <= self.perhaps[message], "a sender is called unsure that cannot have sent"
            self.give_back(unanswered)
            return
        if isinstance(answer, Refusal):
            assert (answer.outcome is Outcome.DUPLICATE) <= (message in self.done)
            assert answer.outcome in {Outcome.DUPLICATE, Outcome.IN_PROGRESS}
            return
        assert message not in self.done, "what is done is done"
        assert all(claim.message_id != message for claim in self.held), "two may send"
        assert self.unsure[message] <= answer.unsure, "who may have sent was forgotten"
        assert answer.unsure <= self.perhaps[message], "a sender is called unsure that cannot have sent"
        assert answer.first_seen <= self.now
        first = next((name for name in order if name not in answer.unsure), None)
        self.held.append(answer)
        self.claimed.add(message)
        self.asked[answer.lease] = {*answer.unsure, *([] if first is None else [first])}
        self.noted[answer.lease] = set(self.asked[answer.lease])

    def give_back(self, claim: Claim) -> None:
        """As the handler does that may not go on without the ledger. If this fails too, the sender counts as asked."""
        self.table.faults.clear()
        self.ledger.release(claim, claim.unsure)

    @precondition(lambda self: self.held)
    @rule(
        data=st.data(),
        senders=st.frozensets(st.sampled_from(SENDERS), min_size=1),
        trouble=st.sampled_from([*TROUBLES]),
    )
    def asking(self, data: Any, senders: frozenset[str], trouble: str) -> None:
        claim = data.draw(st.sampled_from(self.held))
        self.trouble(trouble)
        then = senders | self.unsure[claim.message_id]
        try:
            self.ledger.asking(claim, then)
        except LedgerUnavailable:
            # It was written or not, and the holder asks nobody any more.
            self.asked[claim.lease] &= then
            self.noted[claim.lease] |= then
            self.dies(claim)
        except LeaseLost:
            pytest.fail("nobody else can have it")
        else:
            self.asked[claim.lease] = set(then)
            self.noted[claim.lease] = set(then)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), trouble=st.sampled_from(["none", "answer lost", "request lost"]))
    def release(self, data: Any, trouble: str) -> None:
        claim = data.draw(st.sampled_from(self.held))
        unsure = data.draw(st.frozensets(st.sampled_from(SENDERS)))
        self.trouble(trouble)
        self.ledger.release(claim, unsure)
        self.held.remove(claim)
        self.unsure[claim.message_id] = set(unsure)
        self.perhaps[claim.message_id] = set(unsure)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), trouble=st.sampled_from(["none", "answer lost", "request lost"]))
    def finish(self, data: Any, trouble: str) -> None:
        claim = data.draw(st.sampled_from(self.held))
        self.trouble(trouble)
        self.ledger.finish(claim.message_id, Outcome.SENT, "aws", claim.first_seen)
        self.held.remove(claim)
        self.done.add(claim.message_id)

    @rule(seconds=st.sampled_from([1.0, 10.0, LEASE_SECONDS + 1]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        for claim in [claim for claim in self.held if claim.lease_until <= self.now]:
            self.dies(claim)

    def dies(self, claim: Claim) -> None:
        """Killed, whatever it was at. Until its lease is over nobody knows."""
        self.held.remove(claim)
        self.unsure[claim.message_id] = self.asked[claim.lease]
        self.perhaps[claim.message_id] = self.noted[claim.lease]

    @invariant()
    def each_message_is_counted_once(self) -> None:
        counted = int(self.table.items().get("n#1", {"n": {"N": "0"}})["n"]["N"])
        assert len(self.claimed) <= counted <= len(self.tried)

    @invariant()
    def nothing_is_kept_for_more_than_a_day(self) -> None:
        for item in self.table.items().values():
            assert int(item["expires_at"]["N"]) <= self.now + 24 * 3600


def test_a_message_has_one_holder_one_count_and_no_sender_is_forgotten() -> None:
    run_state_machine_as_test(Invocations, settings=settings(max_examples=60, stateful_step_count=20))
