"""Which quota of AWS binds first, from one code a second to ten thousand. Pure arithmetic on default quotas.

Looked up in November 2026: "Quotas in Amazon Cognito" (Cognito developer guide), "Lambda scaling behavior" and "Lambda
quotas" (Lambda developer guide), "Request quotas" (KMS developer guide), "Quotas" and "Understanding warm throughput"
(DynamoDB developer guide), "Message Parts per Second limits" (End User Messaging SMS user guide), "Quotas" of Notify
(End User Messaging user guide). Most can be raised; Cognito's UserAccountRecovery and one DynamoDB partition cannot.

Not confirmed, and so not here: how many SMS a second Amazon SNS takes from an account, and how many calls of
SendTextMessage AWS End User Messaging does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.cost import KMS_REQUESTS, WRITE_UNITS
from custom_sender.guards.limits import shards
from support.environment import LIMITS

if TYPE_CHECKING:
    from collections.abc import Sequence

RATES: Final = (1, 10, 100, 1_000, 10_000)

# 1,000 every ten seconds for one function ("Lambda scaling behavior").
_ENVIRONMENTS_A_SECOND: Final = 100
# A transactional write of a counter.
_UNITS_PER_COUNT: Final = 2
# The shortest life of a code: Cognito's AuthSessionValidity.
SHORTEST_LIFE_SECONDS: Final = 180
# What a burst may wait for its turn, so that the rest of that life is left to the provider and the user.
LONGEST_WAIT_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Quota:
    """``limit`` in its unit, and what one code takes of it."""

    name: str
    limit: float
    per_code: float
    what: str

    @property
    def codes_per_second(self) -> float:
        """How many codes a second use it up."""
        return self.limit / self.per_code


@dataclass(frozen=True, slots=True)
class Row:
    """One rate of codes a second and what it takes.

    ``scaling_seconds``: until Lambda has so many environments, from none. ``over``: how many of ``quotas`` it is over,
    which are the first ones.
    """

    rate: int
    concurrency: int
    reserved: int
    scaling_seconds: int
    kms_requests: int
    write_units: int
    over: int


def quotas(message_seconds: float) -> list[Quota]:
    """The default quotas in an average Region, the tightest first. ``message_seconds``: one message, warm."""
    spread = shards(LIMITS["overall"]["max"])
    found = [
        Quota("provider: US 10DLC number or Canadian long code", 1, 1, "1 part a second, until more is asked for"),
        Quota("provider: US toll-free number", 3, 1, "3 parts a second; for more, another kind of number"),
        Quota("provider: long code elsewhere", 10, 1, "10 parts a second"),
        Quota("provider: AWS Notify, Advanced tier", 25, 1, "25 messages a second; Basic tier 1, and 200 a day"),
        Quota(
            "Cognito, codes for forgotten passwords",
            30,
            2,
            "UserAccountRecovery, 30 a second, not adjustable; ForgotPassword and ConfirmForgotPassword both count",
        ),
        Quota("Cognito, codes for sign-up", 50, 2, "UserCreation, 50 a second; SignUp and ConfirmSignUp both count"),
        Quota("provider: US short code", 100, 1, "100 parts a second"),
        Quota("Cognito, codes for sign-in", 120, 1, "UserAuthentication, 120 a second"),
        Quota("DynamoDB, new on-demand table", 4_000, WRITE_UNITS, "4,000 write units a second; grows with use"),
        Quota("DynamoDB, quota of a table", 40_000, WRITE_UNITS, "40,000 write units a second"),
        Quota(
            "DynamoDB, one partition",
            1_000 * spread,
            _UNITS_PER_COUNT,
            f"1,000 write units a second, and {spread} parts of a wide counter",
        ),
        Quota("Lambda, concurrency of the account", 1_000, message_seconds, "1,000 at once; new accounts begin lower"),
        Quota("KMS, most Regions", 10_000, KMS_REQUESTS, "10,000 requests a second; 20,000 or 100,000 in nine Regions"),
    ]
    return sorted(found, key=lambda quota: quota.codes_per_second)


def rows(message_seconds: float, rates: Sequence[int] = RATES) -> list[Row]:
    """What each rate takes."""
    return [
        Row(
            rate=rate,
            concurrency=concurrency(rate, message_seconds),
            reserved=reserved(rate, message_seconds),
            scaling_seconds=math.ceil(concurrency(rate, message_seconds) / _ENVIRONMENTS_A_SECOND),
            kms_requests=rate * KMS_REQUESTS,
            write_units=rate * WRITE_UNITS,
            over=sum(rate > quota.codes_per_second for quota in quotas(message_seconds)),
        )
        for rate in rates
    ]


def concurrency(rate: float, message_seconds: float) -> int:
    """How many messages are at work at once (Little's law)."""
    return math.ceil(rate * message_seconds)


def reserved(rate: float, message_seconds: float) -> int:
    """``function.reserved_concurrency`` for this rate: twice what it takes, and ten at least.

    Twice, because one slow provider doubles the time of a message before it is given up for the next one.
    """
    return max(10, 2 * concurrency(rate, message_seconds))


def burst_seconds(codes: int, reserved_concurrency: int, message_seconds: float) -> float:
    """How long the last one of so many codes that come at once waits for its turn."""
    return codes * message_seconds / reserved_concurrency


def reserved_for_burst(codes: int, message_seconds: float, wait_seconds: float = LONGEST_WAIT_SECONDS) -> int:
    """The concurrency with which nobody of a burst waits longer than that."""
    return max(10, math.ceil(codes * message_seconds / wait_seconds))
