"""How many messages may go to one number, one block of numbers, one country and all together. Pure.

Each limit is a counter per window of time; the ledger counts a message in the transaction that claims it, so that a
message is counted once, however often Lambda repeats it, and a refused one is not counted at all.

* **Fixed windows**, cut at multiples of ``per_seconds`` since the epoch: one item for each, and nothing to clean up.
  Around a boundary at most twice ``max`` go through within ``per_seconds``.
* **Number and block of numbers** have one item each: exact, and nobody else waits for it.
* **Country and overall** are written by every message. One item would be in everybody's way, so they are spread over
  ``shards(max)`` items, each with its part of ``max``. They are approximate: the first shard that is full refuses while
  others have room. In 200 runs each, the first refusal came at 58 to 89 % of a limit of 1,000 and at 79 to 94 % of
  one of 10,000; all shards full are at most ``shards(max) - 1`` more than ``max``.
* No id holds a number. What is counted for a number has an HMAC of it: all numbers of a country are hashed in minutes.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

# A shard with fewer than this would refuse much too early; more shards than this buy nothing: 32 items of 5,000 in an
# hour are written every twenty seconds each.
_FEWEST_PER_SHARD: Final = 50
_MOST_SHARDS: Final = 32
# 128 bits.
_HASH_DIGITS: Final = 32
# How much longer than its window a counter is kept: clocks differ, and Lambda's are good to milliseconds.
_KEPT_SECONDS: Final = 60


class Mode(StrEnum):
    """What becomes of a message that is over a limit."""

    ENFORCE = "enforce"
    MONITOR = "monitor"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``max`` messages (1 or more) in each window of ``per_seconds`` seconds."""

    max: int
    per_seconds: int
    mode: Mode


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits; None is one that is off.

    ``prefix`` is for the block of numbers that differ in their last ``prefix_without_last_digits`` digits only: 4 are
    10,000 numbers. Whoever earns by messages to premium numbers rents such blocks and walks through them.
    """

    number: Limit | None = None
    prefix: Limit | None = None
    country: Limit | None = None
    overall: Limit | None = None
    prefix_without_last_digits: int = 4


@dataclass(frozen=True, slots=True)
class Counter:
    """One item of the ledger's table that a message adds 1 to, unless it is at ``max`` already and ``enforce`` is set.

    ``scope`` is ``number``, ``prefix``, ``country`` or ``overall``; ``expires_at`` is in seconds since the epoch.
    """

    scope: str
    id: str
    max: int
    enforce: bool
    expires_at: int


def counters(  # noqa: PLR0913, PLR0917 - each is a fact about one message
    number: str, country: str, message_id: str, limits: Limits, hash_key: bytes, now: float
) -> tuple[Counter, ...]:
    """The counters of one message, the narrowest first.

    ``number`` is E.164, ``country`` the word for its country or range, ``message_id`` 64 hex digits that are random but
    the same in every retry of the message; ``hash_key`` is SENDER_HASH_KEY, decoded from hex; ``now`` is in seconds
    since the epoch.
    """
    digits = number.removeprefix("+")
    block = digits[: -limits.prefix_without_last_digits] if limits.prefix_without_last_digits else digits
    exact = (
        ("number", limits.number, f"n#{_hash(hash_key, 'number', digits)}"),
        ("prefix", limits.prefix, f"p#{_hash(hash_key, 'prefix', block)}"),
    )
    spread = (("country", limits.country, f"c#{country}"), ("overall", limits.overall, "a"))
    found = [
        _counter(scope, limit, f"{name}#{_window(limit, now)}", now)
        for scope, limit, name in exact
        if limit is not None
    ]
    for scope, limit, name in spread:
        if limit is not None:
            count = shards(limit.max)
            shard = int(message_id[:8], 16) % count
            found.append(_counter(scope, limit, f"{name}#{_window(limit, now)}#{shard}", now, count))
    return tuple(found)


def shards(most: int) -> int:
    """Over how many items a wide limit of ``most`` messages is spread."""
    return max(1, min(_MOST_SHARDS, most // _FEWEST_PER_SHARD))


def _counter(scope: str, limit: Limit, item_id: str, now: float, count: int = 1) -> Counter:
    """One of ``count`` items that share the limit."""
    expires_at = (_window(limit, now) + 1) * limit.per_seconds + _KEPT_SECONDS
    return Counter(scope, item_id, -(-limit.max // count), limit.mode is Mode.ENFORCE, expires_at)


def _window(limit: Limit, now: float) -> int:
    return int(now // limit.per_seconds)


def _hash(key: bytes, kind: str, digits: str) -> str:
    return hmac.digest(key, f"{kind}:{digits}".encode(), "sha256").hex()[:_HASH_DIGITS]
