"""How many messages may go to one recipient, to recipients that are alike, and all together. Pure.

Each limit is a counter per window of time; the ledger counts a message in the transaction that claims it. So a message
is counted once, however often Lambda repeats it, and a refused one not at all.

* **Fixed windows**, cut at multiples of ``per_seconds`` since the epoch: one item for each, and nothing to clean up.
  Around a boundary at most twice ``max`` go through within ``per_seconds``.
* **What few messages have in common** (a number) has one item: exact, and nobody else waits for it.
* **What many have in common** (a country) is written by each of them. One item would be in everybody's way, so it is
  spread over ``shards(max)`` items, each with its part of ``max``. That is approximate: the first shard that is full
  refuses while others have room. In 200 runs each, a limit of 1,000 first refused at 58 to 89 %, and one of 10,000 at
  79 to 94 %; all shards full are at most ``shards(max) - 1`` more than ``max``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from custom_sender.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

# A shard with fewer than this would refuse much too early; more shards than this buy nothing: 32 items of 5,000 in an
# hour are written every twenty seconds each.
_FEWEST_PER_SHARD: Final = 50
_MOST_SHARDS: Final = 32
# How much longer than its window a counter is kept: clocks differ, and Lambda's are good to milliseconds.
_KEPT_SECONDS: Final = 60


class Mode(StrEnum):
    """The fate of a message that is over a limit."""

    ENFORCE = "enforce"
    MONITOR = "monitor"


@dataclass(frozen=True)
class Limit:
    """At most ``max`` messages (1 or more) in each window of ``per_seconds`` seconds."""

    max: int
    per_seconds: int
    mode: Mode


@dataclass(frozen=True)
class Scope:
    """What a limit holds for: its ``name`` for people, and the ``key`` that its messages have in common.

    No key holds an address: one is known by its pseudonym. ``spread`` is for what many messages have in common.
    """

    name: str
    key: str
    limit: Limit
    spread: bool = False


@dataclass(frozen=True)
class Counter:
    """One item of the ledger's table that a message adds 1 to, unless it is at ``max`` already and ``enforce`` is set.

    ``scope`` is the scope's name; ``expires_at`` is in seconds since the epoch.
    """

    scope: str
    id: str
    max: int
    enforce: bool
    expires_at: int


def counters(scopes: Iterable[Scope], message_id: str, now: float) -> tuple[Counter, ...]:
    """The counters of one message, in the order of the scopes.

    ``message_id`` is 64 hex digits that are random but the same in every retry of the message; ``now`` is in seconds
    since the epoch.
    """
    return tuple(_counter(scope, message_id, now) for scope in scopes)


def shards(most: int) -> int:
    """Over how many items a wide limit of ``most`` messages is spread."""
    return max(1, min(_MOST_SHARDS, most // _FEWEST_PER_SHARD))


def _counter(scope: Scope, message_id: str, now: float) -> Counter:
    limit = scope.limit
    window = int(now // limit.per_seconds)
    count = shards(limit.max) if scope.spread else 1
    shard = f"#{int(message_id[:8], 16) % count}" if scope.spread else ""
    return Counter(
        scope=scope.name,
        id=f"{scope.key}#{window}{shard}",
        max=-(-limit.max // count),
        enforce=limit.mode is Mode.ENFORCE,
        expires_at=(window + 1) * limit.per_seconds + _KEPT_SECONDS,
    )
