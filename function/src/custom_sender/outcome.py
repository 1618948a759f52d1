"""The one vocabulary for how a message, or one attempt to send it, ended.

The same words stand in the code, in the metrics and in the README. ``POLICY`` is the table behind them: whether another
sender may be tried, whether Lambda should retry the invocation, and whether the message has had its last word.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from custom_sender.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping


class Outcome(StrEnum):
    """How it ended. The value is the metric's name and the log field's content."""

    SENT = "SENT"
    DUPLICATE = "DUPLICATE"
    IN_PROGRESS = "IN_PROGRESS"
    EXPIRED = "EXPIRED"
    BLOCKED_COUNTRY = "BLOCKED_COUNTRY"
    BLOCKED_DOMAIN = "BLOCKED_DOMAIN"
    BLOCKED_VELOCITY = "BLOCKED_VELOCITY"
    BLOCKED_BY_PROVIDER = "BLOCKED_BY_PROVIDER"
    REJECTED_NUMBER = "REJECTED_NUMBER"
    REJECTED_ADDRESS = "REJECTED_ADDRESS"
    NO_ADDRESS = "NO_ADDRESS"
    OPTED_OUT = "OPTED_OUT"
    PROVIDER_CONFIG = "PROVIDER_CONFIG"
    PROVIDER_QUOTA = "PROVIDER_QUOTA"
    PROVIDER_THROTTLED = "PROVIDER_THROTTLED"
    PROVIDER_DOWN = "PROVIDER_DOWN"
    AMBIGUOUS = "AMBIGUOUS"
    UNDECRYPTABLE = "UNDECRYPTABLE"
    DECRYPT_UNAVAILABLE = "DECRYPT_UNAVAILABLE"
    LEDGER_UNAVAILABLE = "LEDGER_UNAVAILABLE"
    CHANNEL_OFF = "CHANNEL_OFF"
    BAD_EVENT = "BAD_EVENT"
    BAD_CONFIGURATION = "BAD_CONFIGURATION"


@dataclass(frozen=True)
class Policy:
    """What follows from an outcome.

    ``failover``: the next sender of the route may be tried.
    ``retry``: with no sender left, raise, because a later invocation can succeed or the event must not be lost.
    ``final``: with no sender left, this message is over: nothing may send it again.
    """

    failover: bool
    retry: bool
    final: bool


_OVER = Policy(failover=False, retry=False, final=True)
_NEXT_THEN_OVER = Policy(failover=True, retry=False, final=True)
_NEXT_THEN_RETRY = Policy(failover=True, retry=True, final=False)
_RETRY = Policy(failover=False, retry=True, final=False)

POLICY: Mapping[Outcome, Policy] = MappingProxyType(
    {
        Outcome.SENT: _OVER,
        Outcome.DUPLICATE: _OVER,
        # Another invocation is at it. If that one sends, the retry finds a duplicate; if it dies, the retry takes over.
        Outcome.IN_PROGRESS: _RETRY,
        Outcome.EXPIRED: _OVER,
        Outcome.BLOCKED_COUNTRY: _OVER,
        Outcome.BLOCKED_DOMAIN: _OVER,
        Outcome.BLOCKED_VELOCITY: _OVER,
        # Fraud filters and facts about the recipient are the same everywhere: another provider would only be paid too.
        Outcome.BLOCKED_BY_PROVIDER: _OVER,
        Outcome.REJECTED_NUMBER: _OVER,
        Outcome.REJECTED_ADDRESS: _OVER,
        Outcome.OPTED_OUT: _OVER,
        # Neither a wrong credential nor a spent budget heals within the minutes in which Lambda retries.
        Outcome.PROVIDER_CONFIG: _NEXT_THEN_OVER,
        Outcome.PROVIDER_QUOTA: _NEXT_THEN_OVER,
        Outcome.PROVIDER_THROTTLED: _NEXT_THEN_RETRY,
        Outcome.PROVIDER_DOWN: _NEXT_THEN_RETRY,
        # Perhaps sent. A second sender costs a second message; repeating the first sender could go on for ever.
        Outcome.AMBIGUOUS: _NEXT_THEN_OVER,
        Outcome.UNDECRYPTABLE: _OVER,
        Outcome.DECRYPT_UNAVAILABLE: _RETRY,
        Outcome.LEDGER_UNAVAILABLE: _RETRY,
        # Cognito writes no address into a takeover notice, and no retry brings one.
        Outcome.NO_ADDRESS: _OVER,
        # The pool asks for a channel that is switched off: no retry brings it back.
        Outcome.CHANNEL_OFF: _OVER,
        Outcome.BAD_EVENT: _OVER,
        # No retry mends it, but the event was fine: only one that raises gets to the failure queue.
        Outcome.BAD_CONFIGURATION: _RETRY,
    }
)
