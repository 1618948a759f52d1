"""How old a message is, and what is left of its life. Pure.

A code that comes too late only confuses: Lambda tries an event again for minutes, and for hours where it is throttled.
Cognito's event has no time in it. Two clocks know when it came:

* Lambda's trace header. The root of a trace begins with the time at which it was begun, in seconds (AWS X-Ray's
  developer guide, "Trace ID format"). Lambda hands the same root to every retry of an asynchronous event.
* The ledger, which keeps when a message was first seen.

The earlier of the two counts: the trace may have begun before Lambda had room for the event, and the ledger knows a
message that Cognito sent in two events.
"""

from __future__ import annotations

import re
from typing import Final

from custom_sender.dataclass import dataclass

# "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1": version, time, random.
_ROOT: Final = re.compile(r"(?:^|;) *Root=1-([0-9a-f]{8})-[0-9a-f]{24} *(?:;|$)", re.ASCII)
# Two machines' clocks may differ by so much; a time that lies further ahead is none.
_AHEAD_SECONDS: Final = 60.0
# Lambda keeps an event for six hours at most. An older trace was begun by somebody else, long before the message.
_BEHIND_SECONDS: Final = 6 * 3600 + 600.0


@dataclass(frozen=True)
class Age:
    """``seconds`` since the message was first heard of, never negative; ``source`` is "trace" or "ledger"."""

    seconds: float
    source: str


def trace_epoch(header: str | None, now: float) -> float | None:
    """When the trace of this invocation was begun, in seconds since the epoch. None when it tells nothing of use.

    ``header`` is what Lambda's runtime puts into ``_X_AMZN_TRACE_ID``, whether the trace is sampled or not.
    """
    match = _ROOT.search(header or "")
    if match is None:
        return None
    epoch = float(int(match[1], 16))
    return epoch if -_BEHIND_SECONDS <= epoch - now <= _AHEAD_SECONDS else None


def age(now: float, *, trace: float | None = None, first_seen: float | None = None) -> Age | None:
    """The age of a message by the earliest time that is known. None when none is. All in seconds since the epoch."""
    known = [
        Age(max(0.0, now - epoch), source) for epoch, source in ((trace, "trace"), (first_seen, "ledger")) if epoch
    ]
    return max(known, key=lambda candidate: candidate.seconds, default=None)


def seconds_left(lifetime_seconds: int, so_far: Age | None) -> int:
    """What is left of a life, in whole seconds. 0: the message has expired."""
    return max(0, int(lifetime_seconds - (so_far.seconds if so_far is not None else 0.0)))
