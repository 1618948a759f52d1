"""What happened to each message, in one DynamoDB table: nothing is sent twice, and what was begun is known.

The table's key is ``id`` (S) and its TTL attribute ``expires_at`` (N, seconds since the epoch). The only right that is
needed is ``dynamodb:UpdateItem``. It authorizes a transaction of updates ("Using IAM with DynamoDB transactions",
DynamoDB developer guide). The failed condition, not a read, gives back what an item held.

The claim names the sender that is asked first before it is asked. So whatever happens to the process after that, the
next one knows who may have sent the message: a sender in ``asked`` of a lease that is over is never asked again.

Times are seconds since the epoch with fractions.
"""

from __future__ import annotations

import math
import random
import secrets
import time
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    HTTPClientError,
    ReadTimeoutError,
)
from botocore.exceptions import ConnectionError as ConnectionFailed

from custom_sender.dataclass import dataclass, replace
from custom_sender.guards import items
from custom_sender.guards.items import Changes
from custom_sender.network import clients
from custom_sender.network.aws_errors import CODES, Meaning
from custom_sender.network.deadline import within
from custom_sender.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from custom_sender.guards.limits import Counter

_KEPT_SECONDS: Final = 24 * 3600
# Lambda's longest time-out is 900 s. A lease that ends later than this was not written by this module, and must not
# keep a message for ever.
_LONGEST_LEASE_SECONDS: Final = 1000.0
# Lambda tries an event three times, and delivers it a few times too often at worst.
_MOST_ATTEMPTS: Final = 1000
# Two tries of the client. A claim that conflicts is tried for as long.
LONGEST_SECONDS: Final = 5.0
# A conflict is over when the other transaction is: within some 10 ms. Where many meet, each has to wait for longer.
_TRIES: Final = 3
_SHORTEST_PAUSE_SECONDS: Final = 0.01
_LONGEST_PAUSES_SECONDS: Final = (0.05, 0.2)
# With less than this, another try would end as one that got no answer.
_TRY_SECONDS: Final = 0.1

_CLAIMED: Final = "CLAIMED"
_RELEASED: Final = "RELEASED"
_DONE: Final = "DONE"

# Codes of the DynamoDB API reference: of an answer, and of one action's cancellation reason.
_NO_REASON: Final = "None"
_CONDITION: Final = frozenset({"ConditionalCheckFailed", "ConditionalCheckFailedException"})
_CONFLICT: Final = frozenset(
    {"TransactionConflict", "TransactionConflictException", "ReplicatedWriteConflictException"}
)
# Our own first try is still at work, and its answer was lost.
_AT_WORK: Final = frozenset({"TransactionInProgressException"})
_THROTTLED: Final = frozenset(
    {"ThrottlingError", "ProvisionedThroughputExceeded", "ProvisionedThroughputExceededException"}
)


_REFUSED: Final = frozenset({"ValidationError", "ValidationException"})


class Trouble(StrEnum):
    """Why the ledger did not answer. The value is what the log shows as ``ledger_reason``."""

    CONFLICT = "conflict"
    THROTTLED = "throttled"
    ACCESS_DENIED = "access-denied"
    NO_TABLE = "no-table"
    TIMED_OUT = "timed-out"
    UNREACHABLE = "unreachable"
    MALFORMED_ITEM = "malformed-item"
    SERVICE_ERROR = "service-error"
    CLIENT_ERROR = "client-error"


_TROUBLE_OF: Final[Mapping[Meaning | None, Trouble]] = {
    Meaning.THROTTLED: Trouble.THROTTLED,
    Meaning.DENIED: Trouble.ACCESS_DENIED,
    Meaning.UNSIGNED: Trouble.ACCESS_DENIED,
    Meaning.NOT_THERE: Trouble.NO_TABLE,
}
_TEXT: Final[Mapping[Trouble, str]] = {
    Trouble.CONFLICT: "the ledger's counters are written by too many invocations at once",
    Trouble.THROTTLED: "DynamoDB throttles the ledger's table",
    Trouble.ACCESS_DENIED: (
        "DynamoDB denies dynamodb:UpdateItem on the ledger's table to the function's role: look at the role, at the "
        "table's resource policy and at the policy of the table's KMS key"
    ),
    Trouble.NO_TABLE: "the ledger's table does not exist: apply the module again, or look who has deleted it",
    Trouble.TIMED_OUT: "DynamoDB did not answer in time",
    Trouble.UNREACHABLE: "DynamoDB could not be reached; in a VPC, look at the route or the endpoint for DynamoDB",
    Trouble.MALFORMED_ITEM: "an item of the ledger's table is not as this function writes it: delete it",
    Trouble.SERVICE_ERROR: "DynamoDB answered with an error that passes, or that is new",
    Trouble.CLIENT_ERROR: "the AWS SDK failed before or after asking: look at the function's credentials and endpoint",
}


@dataclass(frozen=True)
class Claim:
    """The right to send one message until ``lease_until``. ``attempt`` counts the claims, this one included.

    ``unsure`` are the senders that an earlier invocation may have sent through; ``over`` the scopes of the monitored
    limits that this message is over.
    """

    message_id: str
    first_seen: float
    lease: str
    lease_until: float
    attempt: int = 1
    unsure: frozenset[str] = frozenset()
    over: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """Why the message must not be sent now: ``DUPLICATE``, ``IN_PROGRESS``, or ``BLOCKED_VELOCITY`` with its scope."""

    outcome: Outcome
    scope: str | None = None


class LedgerUnavailable(Exception):  # noqa: N818 - it is an outcome, and carries its word
    """DynamoDB did not do what was asked, or it is not known whether it did. The text is one of a few constants.

    ``claim`` is set by ``Ledger.claim`` alone. It is the claim as it is if it was written after all. To go on without
    an answer, use it: its ``unsure`` holds, and the ledger's later calls work with it. To give up, release it, so that
    the next invocation does not take the first sender for one that may have been asked.
    """

    def __init__(self, reason: Trouble, claim: Claim | None = None) -> None:
        super().__init__(_TEXT[reason])
        self.reason = reason
        self.claim = claim


class LeaseLost(Exception):  # noqa: N818 - see above
    """Another invocation has the message now, or has ended it: this one must not send any more."""

    def __init__(self) -> None:
        super().__init__("another invocation has taken over the message")


def dynamodb_client(region: str) -> Any:
    """A DynamoDB client that gives up in seconds. To check each part of a claim takes as long as to send it."""
    patience = clients.patience(connect_seconds=1, read_seconds=1, tries=2, is_checked=False)
    return clients.client("dynamodb", region, patience)


@dataclass(frozen=True)
class _Failure:
    """What DynamoDB, or the client, said instead of yes. ``reasons`` are those of a canceled transaction, in order."""

    code: str
    trouble: Trouble
    item: Mapping[str, Any] | None = None
    reasons: tuple[_Failure, ...] = ()

    @property
    def is_condition(self) -> bool:
        return self.code in _CONDITION

    @property
    def passes(self) -> bool:
        """Whether the same call may well succeed in a moment."""
        return self.trouble in {Trouble.CONFLICT, Trouble.THROTTLED}


class Ledger:
    """One per execution environment: it holds the client's connection. ``clock`` gives seconds since the epoch.

    ``until(moment)`` gives a ledger for calls that have to be done in time.
    """

    def __init__(
        self,
        table: str,
        client: Any,
        clock: Callable[[], float] = time.time,
        *,
        sleep: Callable[[float], None] = time.sleep,
        end: float = math.inf,
    ) -> None:
        """``client`` is a botocore DynamoDB client; see ``dynamodb_client``. ``end`` is for ``until``."""
        self._table = table
        self._client = client
        self._clock = clock
        self._sleep = sleep
        self._end = end

    def until(self, end: float) -> Ledger:
        """The same, but whatever is asked of it is over by then, and within ``LONGEST_SECONDS`` from now."""
        end = min(end, self._clock() + LONGEST_SECONDS)
        return Ledger(self._table, self._client, self._clock, sleep=self._sleep, end=end)

    def claim(
        self, message_id: str, *, order: Sequence[str], lease_until: float, counters: Sequence[Counter] = ()
    ) -> Claim | Refusal:
        """The right to send this message, or why not. Raises ``LedgerUnavailable``.

        ``order`` are the senders as they will be asked: the first that is not unsure is noted as asked, and must be the
        first to be asked. ``lease_until`` is when this invocation will be killed. ``counters`` (``limits.counters``)
        are counted if the message is new.
        """
        claim = Claim(message_id, self._clock(), _new_lease(), lease_until)
        tries = 0
        while (failure := self._transact(claim, order, counters)) is not None:
            if not failure.reasons:
                raise LedgerUnavailable(failure.trouble, claim)
            mine, *others = failure.reasons
            if mine.is_condition:
                return self._known(claim, order, mine.item)
            failed = [
                (counter, reason) for counter, reason in zip(counters, others, strict=False) if reason.is_condition
            ]
            if any(items.decimal(reason.item or {}, "n") is None for _, reason in failed):
                raise LedgerUnavailable(Trouble.MALFORMED_ITEM, claim)
            full = [counter for counter, _ in failed if counter.scope not in claim.over]
            refusing = next((counter.scope for counter in full if counter.enforce), None)
            if refusing is not None and mine.code == _NO_REASON:
                return Refusal(Outcome.BLOCKED_VELOCITY, refusing)
            passing = next((reason for reason in failure.reasons if reason.passes), None)
            if passing is None and not full:
                raise LedgerUnavailable(_trouble(failure), claim)
            if passing is None:
                claim = replace(claim, over=(*claim.over, *(counter.scope for counter in full)))
                continue
            tries += 1
            if tries == _TRIES - 1:
                # Limits that are only watched must not be the reason why nothing is counted.
                counters = [counter for counter in counters if counter.enforce]
            if tries >= _TRIES and mine.code in _CONFLICT:
                # Nobody but a twin writes the message's item, so there is one, and it is at it right now.
                return Refusal(Outcome.IN_PROGRESS)
            # A conflict is somebody else's turn, and ours comes; a table that throttles is not helped by more.
            is_over = tries >= _TRIES and passing.trouble is not Trouble.CONFLICT
            if is_over or not self._pause(tries):
                raise LedgerUnavailable(passing.trouble, claim)
        return claim

    def asking(self, claim: Claim, senders: frozenset[str]) -> None:
        """Note, before another sender is asked, all that may have the message then: the unsure, and that one.

        Raises ``LedgerUnavailable``, and ``LeaseLost`` when the message is another invocation's: then do not send.
        """
        if not self._write(claim, _CLAIMED, senders, claim.lease_until):
            raise LeaseLost

    def release(self, claim: Claim, unsure: frozenset[str]) -> None:
        """Give the message back: a retry may send it, but not through those that are ``unsure``.

        When another invocation has taken it over, nothing is done: what is known of this one is in its item already.
        Nor is an item made of a claim that was not written and leaves nobody unsure: the retry's own claim makes it,
        and counts the message. Raises ``LedgerUnavailable``.
        """
        self._write(claim, _RELEASED, unsure, None, make=bool(unsure))

    def finish(self, message_id: str, outcome: Outcome, sender: str | None, first_seen: float) -> None:
        """The message is over, in whichever hands: from now on it is a duplicate. Raises ``LedgerUnavailable``."""
        changes = Changes(
            {
                "state": {"S": _DONE},
                "outcome": {"S": outcome.value},
                "expires_at": items.seconds(first_seen + _KEPT_SECONDS),
                "sender": None if sender is None else {"S": sender},
                "lease": None,
                "lease_until": None,
                "asked": None,
            },
            once={"first_seen": items.number(first_seen)},
        )
        self._expect(self._update(message_id, changes))

    def _transact(self, claim: Claim, order: Sequence[str], counters: Sequence[Counter]) -> _Failure | None:
        """The first claim of a message: its item, and the counters, in one round trip. All of it or nothing."""
        message = self._parameters(claim.message_id, _claimed(claim, order), "attribute_not_exists(id)")
        counts = [self._count(counter, limited=counter.scope not in claim.over) for counter in counters]
        return self._call(
            # botocore gives each call a ClientRequestToken and keeps it when it tries again. So the next try knows one
            # whose answer was lost for its own.
            "transact_write_items",
            TransactItems=[{"Update": update} for update in (message, *counts)],
        )

    def _count(self, counter: Counter, *, limited: bool) -> dict[str, Any]:
        update: dict[str, Any] = {
            "TableName": self._table,
            "Key": {"id": {"S": counter.id}},
            "UpdateExpression": "ADD #n :one SET #expires_at = :expires_at",
            "ExpressionAttributeNames": {"#n": "n", "#expires_at": "expires_at"},
            "ExpressionAttributeValues": {":one": items.number(1), ":expires_at": items.seconds(counter.expires_at)},
        }
        if limited:
            update["ConditionExpression"] = "attribute_not_exists(#n) OR #n < :max"
            update["ExpressionAttributeValues"][":max"] = items.number(counter.max)
            update["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        return update

    def _known(self, claim: Claim, order: Sequence[str], item: Mapping[str, Any] | None) -> Claim | Refusal:
        """The message has an item already. An attribute that cannot be read counts as one that says nothing."""
        if not item:
            raise LedgerUnavailable(Trouble.MALFORMED_ITEM, claim)
        now = self._clock()
        lease = item.get("lease")
        if items.text(item, "state") == _DONE:
            return Refusal(Outcome.DUPLICATE)
        if lease == {"S": claim.lease}:
            # Ours: the answer to an earlier try was lost.
            return claim
        until = items.decimal(item, "lease_until")
        # Who has released a message has no lease any more.
        if until is not None and now < until < now + _LONGEST_LEASE_SECONDS:
            return Refusal(Outcome.IN_PROGRESS)
        first_seen, attempts = items.decimal(item, "first_seen"), items.decimal(item, "attempts")
        taken = replace(
            claim,
            first_seen=claim.first_seen if first_seen is None else min(first_seen, claim.first_seen),
            attempt=1 + (int(attempts) if attempts is not None and 1 <= attempts < _MOST_ATTEMPTS else 1),
            unsure=items.names(item, "asked"),
        )
        return self._take_over(taken, order, lease)

    def _take_over(self, claim: Claim, order: Sequence[str], lease: Any) -> Claim | Refusal:
        """Claim a message that was left. The lease in the condition is the proof that nobody else has done so since."""
        condition = "attribute_not_exists(#lease)" if lease is None else "#lease = :old"
        condition += " AND (attribute_not_exists(#state) OR #state <> :done)"
        values = {":done": {"S": _DONE}} if lease is None else {":done": {"S": _DONE}, ":old": lease}
        failure = self._update(claim.message_id, _claimed(claim, order), condition, values)
        if failure is None:
            return claim
        if failure.is_condition:
            item = failure.item or {}
            if items.text(item, "lease") == claim.lease:
                return claim
            return Refusal(Outcome.DUPLICATE if items.text(item, "state") == _DONE else Outcome.IN_PROGRESS)
        if failure.code in _CONFLICT:
            return Refusal(Outcome.IN_PROGRESS)
        raise LedgerUnavailable(failure.trouble, claim)

    def _write(
        self, claim: Claim, state: str, asked: frozenset[str], lease_until: float | None, *, make: bool = True
    ) -> bool:
        """Change the item of a claim. False when it is not this claim's (any more).

        ``make``: make it where there is none. Then the claim went without an answer, and this is the first that gets
        one. The message's counters are not made up for: who was asked weighs more.
        """
        condition = "attribute_not_exists(id) OR #lease = :mine" if make else "#lease = :mine"
        changes = _item(claim, state, asked, lease_until)
        failure = self._update(claim.message_id, changes, condition, {":mine": {"S": claim.lease}})
        if failure is not None and failure.is_condition:
            return False
        self._expect(failure)
        return True

    @staticmethod
    def _expect(failure: _Failure | None) -> None:
        if failure is not None:
            raise LedgerUnavailable(failure.trouble)

    def _update(
        self,
        message_id: str,
        changes: Changes,
        condition: str | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> _Failure | None:
        """One update, again when a transaction (a twin's claim) was in its way."""
        parameters = self._parameters(message_id, changes, condition, values)
        failure = self._call("update_item", **parameters)
        for tries in range(1, _TRIES):
            if failure is None or failure.code not in _CONFLICT or not self._pause(tries):
                break
            failure = self._call("update_item", **parameters)
        return failure

    def _parameters(
        self,
        message_id: str,
        changes: Changes,
        condition: str | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        parameters = {"TableName": self._table, "Key": {"id": {"S": f"m#{message_id}"}}, **changes.expression()}
        if condition is not None:
            parameters["ConditionExpression"] = condition
            parameters["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        if values:
            parameters["ExpressionAttributeValues"] |= values
        return parameters

    def _pause(self, tries: int) -> bool:
        """Let others have their turn after so many tries. False when there is no time for that."""
        first, longest = _LONGEST_PAUSES_SECONDS
        pause = random.uniform(_SHORTEST_PAUSE_SECONDS, min(first * tries, longest))  # noqa: S311 - no secret
        if self._clock() + pause + _TRY_SECONDS > self._end:
            return False
        self._sleep(pause)
        return True

    def _call(self, operation: str, **parameters: Any) -> _Failure | None:
        """One call of the client, no longer than there is time: its own time-outs do not hold for a silent name server.

        Of one that is given up it is not known whether it was written; what was not by then never will be.
        """
        seconds = min(LONGEST_SECONDS, self._end - self._clock())
        answer = within(seconds, lambda: (self._ask(operation, parameters),)) if seconds > 0 else None
        return _Failure("", Trouble.TIMED_OUT) if answer is None else answer[0]

    def _ask(self, operation: str, parameters: Mapping[str, Any]) -> _Failure | None:
        """What the client raises comes back as a value: chained to another exception, it would put whole requests into
        a traceback.
        """
        try:
            getattr(self._client, operation)(**parameters)
        except ClientError as error:
            return _answered(error.response)
        except (ReadTimeoutError, ConnectionClosedError):
            return _Failure("", Trouble.TIMED_OUT)
        except (ConnectionFailed, HTTPClientError):
            return _Failure("", Trouble.UNREACHABLE)
        except Exception:  # noqa: BLE001 - no credentials, an answer that is not DynamoDB's: no code waits for that either
            return _Failure("", Trouble.CLIENT_ERROR)
        return None


def _claimed(claim: Claim, order: Sequence[str]) -> Changes:
    first = next((name for name in order if name not in claim.unsure), None)
    asked = claim.unsure if first is None else claim.unsure | {first}
    return _item(claim, _CLAIMED, asked, claim.lease_until)


def _item(claim: Claim, state: str, asked: Iterable[str], lease_until: float | None) -> Changes:
    """All attributes but the last words. Everything is set and nothing added to, so that an item that somebody has
    edited is mended.
    """
    names = sorted(asked)
    return Changes(
        {
            "state": {"S": state},
            "first_seen": items.number(claim.first_seen),
            "lease": {"S": claim.lease},
            "lease_until": None if lease_until is None else items.number(lease_until),
            "attempts": items.number(claim.attempt),
            "expires_at": items.seconds(claim.first_seen + _KEPT_SECONDS),
            "asked": {"SS": names} if names else None,
        },
        once={},
    )


def _answered(response: Any) -> _Failure:
    """An error that DynamoDB answered with."""
    # botocore lets null through in the place of a reason.
    reasons = tuple(
        _failure(str(reason.get("Code", _NO_REASON)), reason.get("Item"))
        for reason in (each or {} for each in response.get("CancellationReasons") or ())
    )
    code = str((response.get("Error") or {}).get("Code", ""))
    return replace(_failure(code, response.get("Item")), reasons=reasons)


def _failure(code: str, item: Mapping[str, Any] | None) -> _Failure:
    if code in _CONFLICT:
        trouble = Trouble.CONFLICT
    elif code in _AT_WORK:
        trouble = Trouble.TIMED_OUT
    elif code in _THROTTLED:
        trouble = Trouble.THROTTLED
    elif code in _REFUSED:
        trouble = Trouble.MALFORMED_ITEM
    else:
        trouble = _TROUBLE_OF.get(CODES.get(code), Trouble.SERVICE_ERROR)
    return _Failure(code, trouble, item)


def _trouble(failure: _Failure) -> Trouble:
    """Of a transaction that was canceled for none of the reasons that are foreseen."""
    return next((reason.trouble for reason in failure.reasons if reason.code != _NO_REASON), failure.trouble)


def _new_lease() -> str:
    return secrets.token_hex(16)
