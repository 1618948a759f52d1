"""One message in the hands of one invocation: claimed, noted, finished or given back, with or without a ledger.

``ledger.py`` knows the table; this knows what a failure of it means. Before a message is sent, ``on_ledger_failure``
decides: go on without, or leave the message to Lambda's retry. After that nothing may: an error from here would make
Lambda send again what was sent.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from custom_sender.dataclass import dataclass
from custom_sender.guards.ledger import Claim, LeaseLost, LedgerUnavailable, Refusal, Trouble
from custom_sender.guards.protection import OnLedgerFailure
from custom_sender.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from custom_sender.guards.ledger import Ledger
    from custom_sender.guards.limits import Counter


class LedgerState(StrEnum):
    """What the ledger said of a message. The value is what the log shows as ``ledger``."""

    OFF = "off"
    CLAIMED = "claimed"
    TAKEN_OVER = "taken_over"
    REFUSED = "refused"
    UNAVAILABLE = "unavailable"


@dataclass()
class Custody:
    """An invocation's part of the ledger, for one message. Without a ledger (None) everything is allowed.

    ``clock`` gives seconds since the epoch: at ``sent_by`` the last sender must have answered, and at ``end`` the last
    word must be said. ``lost``: another invocation has taken the message over, so that nothing may be sent or written
    any more. ``problem`` is the last failure's constant text, ``reason`` a word for it. ``claims`` says how many
    invocations have claimed the message, this one included, and ``over`` which monitored limits it is over.
    ``milliseconds`` are those of all calls together, None without one.
    """

    ledger: Ledger | None
    on_failure: OnLedgerFailure
    clock: Callable[[], float]
    sent_by: float
    end: float
    state: LedgerState | None = None
    reason: str | None = None
    problem: str | None = None
    claims: int | None = None
    over: tuple[str, ...] = ()
    milliseconds: int | None = None
    lost: bool = False
    _claim: Claim | None = None
    _seconds: float = 0.0

    @property
    def first_seen(self) -> float | None:
        """When the message was seen for the first time, in seconds since the epoch, if the ledger knows."""
        return None if self._claim is None else self._claim.first_seen

    @property
    def unsure(self) -> frozenset[str]:
        """The senders that an earlier invocation may have sent through."""
        return frozenset() if self._claim is None else self._claim.unsure

    def claim(
        self, message_id: str, *, order: Sequence[str], lease_until: float, counters: Sequence[Counter]
    ) -> Refusal | None:
        """Claim the message for this invocation. Returns why it must not be sent now, or None."""
        if self.ledger is None:
            self.state = LedgerState.OFF
            return None
        began = self.clock()
        try:
            answer = self._in_time(self.ledger).claim(
                message_id, order=order, lease_until=lease_until, counters=counters
            )
        except LedgerUnavailable as failure:
            self._spent(began)
            self._failed(failure)
            # As it is if it was written after all, and only its answer was lost.
            self._claim = failure.claim
            # In conflict is a ledger that answers: so many write to a limit's counter that it may be full already.
            if self.on_failure is OnLedgerFailure.SEND and failure.reason is not Trouble.CONFLICT:
                return None
            self.release(self.unsure)
            return Refusal(Outcome.LEDGER_UNAVAILABLE)
        self._spent(began)
        if isinstance(answer, Refusal):
            self.state = LedgerState.REFUSED
            return answer
        self._claim = answer
        self.state = LedgerState.CLAIMED if answer.attempt == 1 else LedgerState.TAKEN_OVER
        self.claims, self.over = answer.attempt, answer.over
        return None

    def asking(self, senders: frozenset[str]) -> bool:
        """Note that these senders will be unsure once the next one is asked. False: it must not be asked."""
        if self.ledger is None or self._claim is None or self.state is LedgerState.UNAVAILABLE:
            # A ledger that has failed is not waited for again while somebody waits for a code.
            return True
        began = self.clock()
        try:
            self._in_time(self.ledger).asking(self._claim, senders)
        except LeaseLost:
            self.lost = True
            return False
        except LedgerUnavailable as failure:
            self._failed(failure)
            return self.on_failure is OnLedgerFailure.SEND
        finally:
            self._spent(began)
        return True

    def finish(self, outcome: Outcome, sender: str | None) -> None:
        """The message is over. Never raises."""
        if self._claim is not None:
            claim = self._claim
            self._last_word(lambda ledger: ledger.finish(claim.message_id, outcome, sender, claim.first_seen))

    def release(self, unsure: frozenset[str]) -> None:
        """Give the message back: a retry goes on at once, but not with those that are unsure. Never raises."""
        if self._claim is not None and not self.lost:
            claim = self._claim
            self._last_word(lambda ledger: ledger.release(claim, unsure))

    def _in_time(self, ledger: Ledger) -> Ledger:
        """The rest of the time is the sender's: who may send without the ledger must be able to."""
        now = self.clock()
        return ledger.until(now + (self.sent_by - now) / 3)

    def _last_word(self, say: Callable[[Ledger], None]) -> None:
        if self.ledger is None:
            return
        began = self.clock()
        try:
            say(self.ledger.until(self.end))
        except LedgerUnavailable as failure:
            self._failed(failure)
        except Exception as error:  # noqa: BLE001 - the message may be sent: nothing here may make Lambda repeat it
            self.state, self.reason = LedgerState.UNAVAILABLE, type(error).__name__
        finally:
            self._spent(began)

    def _failed(self, failure: LedgerUnavailable) -> None:
        self.state, self.reason, self.problem = LedgerState.UNAVAILABLE, str(failure.reason), str(failure)

    def _spent(self, began: float) -> None:
        self._seconds += max(0.0, self.clock() - began)
        self.milliseconds = round(self._seconds * 1000)
