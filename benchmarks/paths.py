"""The ways of a message through the real function: what each asks of AWS and of the providers, counted.

The handler, ledger, senders and clients are the product's; the wire ends in the faults' world, which does what AWS
does. The function has two senders in its route, and has just sent a first message: its secrets are read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from benchmarks.results import Way
from custom_sender.network.requests import HttpResponse
from faults.world import START, Event, Trouble, World, in_simulated_time, sender_of, settings
from support.cognito import make_event
from support.dynamodb import asked, conflicts, refuses
from support.environment import LIMITS

if TYPE_CHECKING:
    from collections.abc import Mapping

# What a place is asked, and what trouble it is in then.
Cause = Callable[[Any], Trouble | None]

FIRST: Final = "sent by the first sender"
NEXT: Final = "first sender throttled, next one sends"
REFUSED: Final = "both senders throttled"
OVER: Final = 'over the limits `country` and `overall` in mode "monitor"'
MEETING: Final = "the same limits meet others' transactions twice"
ENFORCED: Final = "enforced limits meet others' transactions twice"
FULL: Final = "over an enforced limit"
OFF: Final = "sent, `country` and `overall` off"
UNCOUNTED: Final = "table throttled, sent without it"
SEALED: Final = "KMS throttled"
EXPIRED: Final = "older than its code"
AGAIN: Final = "delivered a second time"
RETRIED: Final = "Lambda's retry after that, sent"

_LATE_SECONDS: Final = 600
_THROTTLED: Final = HttpResponse(429, {}, b'{"code": 20429, "message": "Too Many Requests", "status": 429}')
# What a request to the table takes of it: "Read/write request units", DynamoDB developer guide. A canceled
# transaction is counted as a whole one.
_TRANSACTED: Final = 2


def _limits(**changes: Any) -> dict[str, Any]:
    return {name: {**limit, **(changes if name in {"country", "overall"} else {})} for name, limit in LIMITS.items()}


def ways() -> list[Way]:
    """All of them. Raises ``AssertionError`` when one does not end as it should."""
    throttled, enforced = _throttled("twilio", "backup"), _limits(mode="enforce")
    cases = (
        _Case(FIRST, "SENT"),
        _Case(OFF, "SENT", _limits(mode="off")),
        _Case(NEXT, "SENT", provider=_throttled("twilio")),
        _Case(REFUSED, "PROVIDER_THROTTLED", provider=throttled),
        _Case(RETRIED, "SENT", provider=throttled, invocation=1),
        _Case(OVER, "SENT", _limits(max=1)),
        _Case(MEETING, "SENT", table=_conflicts(2)),
        _Case(ENFORCED, "SENT", enforced, table=_conflicts(2)),
        _Case(FULL, "BLOCKED_VELOCITY", _limits(max=1, mode="enforce")),
        _Case(UNCOUNTED, "SENT", table=lambda _: refuses("ThrottlingException")),
        _Case(SEALED, "DECRYPT_UNAVAILABLE", kms=lambda _: refuses("ThrottlingException")),
        _Case(EXPIRED, "EXPIRED", age=_LATE_SECONDS),
        _Case(AGAIN, "DUPLICATE", again_after=30.0, invocation=1),
    )
    with in_simulated_time() as make_world:
        world = make_world()
        return [_counted(world, case) for case in cases]


@dataclass(frozen=True, slots=True)
class _Case:
    """``invocation`` is the one that is counted; ``kms``, ``table`` and ``provider`` are in trouble in the first."""

    name: str
    outcome: str
    limits: Mapping[str, Any] = field(default_factory=lambda: LIMITS)
    age: int = 0
    invocation: int = 0
    again_after: float | None = None
    kms: Cause = lambda _: None
    table: Cause = lambda _: None
    provider: Cause = lambda _: None


def _counted(world: World, case: _Case) -> Way:
    """One invocation of the second of two messages."""
    calls: list[str] = []
    units = 0

    def trouble(place: str, asked_for: Any) -> Trouble | None:
        nonlocal units
        event = world.running.event
        if event is not world.events[-1] or place not in {"kms", "table", "provider"}:
            return None
        number = len(event.invocations) - 1
        if number == case.invocation:
            calls.append(sender_of(asked_for) if place == "provider" else asked(asked_for)[0])
            if place == "table":
                units += units_of(asked_for)
        cause: Cause = getattr(case, place)
        return None if number else cause(asked_for)

    world.begin(settings("send", limits=case.limits, routes={"default": ["twilio", "backup"]}), trouble, environments=1)
    for index in range(2):
        number, code = f"+4915112{index}45678", f"48291{index}"
        raw = make_event("Authentication", code=world.encrypt(code), attributes={"phone_number": number})
        trace = f"Root=1-{int(START + 60 * index - case.age * index):08x}-{'0' * 24};Sampled=0"
        event = Event(raw, f"event{index}", number=number, code=code, trace=trace)
        world.accept(event, 60.0 * index, case.again_after if index else None)
    world.run()
    line = world.events[-1].invocations[case.invocation].line
    assert line is not None
    assert line["outcome"] == case.outcome, (case.name, line)
    return Way(case.name, case.outcome, tuple(calls), units)


def units_of(request: Any) -> int:
    """The write units that a request to the table asks for."""
    body = asked(request)[1]
    return _TRANSACTED * len(body["TransactItems"]) if "TransactItems" in body else 1


def _throttled(*senders: str) -> Cause:
    return lambda asked_for: (lambda _request, _do: _THROTTLED) if sender_of(asked_for) in senders else None


def _conflicts(times: int) -> Cause:
    left = iter(range(times))
    return lambda _: conflicts() if next(left, None) is not None else None
