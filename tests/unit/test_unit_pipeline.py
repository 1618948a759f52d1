"""Nothing that fails behind a sending undoes it."""

from __future__ import annotations

import contextlib
import io
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from custom_sender.guards.ledger import Ledger
from custom_sender.network.requests import HttpRequest, HttpResponse
from support import emf
from support.cognito import make_event
from support.dynamodb import DynamoDb
from support.function import Function
from support.senders import RecordingTransport


@dataclass
class Tripwire:
    """Lets through so many calls behind the sending, and fails the next one, or all that follow."""

    let_through: int
    for_good: bool = False
    calls: int | None = None

    def sent(self) -> None:
        self.calls = 0

    def __call__(self) -> None:
        if self.calls is not None:
            self.calls += 1
            if self.calls == self.let_through + 1 or (self.for_good and self.calls > self.let_through):
                raise ZeroDivisionError


class Wired:
    """Everything of an object, and the tripwire before each call."""

    def __init__(self, inner: Any, tripwire: Callable[[], None]) -> None:
        self._inner = inner
        self._tripwire = tripwire

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found):
            return found

        def call(*args: Any, **options: Any) -> Any:
            self._tripwire()
            result = found(*args, **options)
            return Wired(result, self._tripwire) if isinstance(result, Ledger) else result

        return call


@dataclass
class Sending(RecordingTransport):
    """Arms the tripwire with the request that is answered."""

    tripwire: Tripwire = field(default_factory=lambda: Tripwire(0))

    def send(self, request: HttpRequest, timeout_seconds: float) -> HttpResponse:
        answer = super().send(request, timeout_seconds)
        self.tripwire.sent()
        return answer


# As many as there are: one more, and nothing fails.
MOST_CALLS = 30


@pytest.mark.parametrize("with_a_ledger", [True, False])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(let_through=st.integers(0, MOST_CALLS), for_good=st.booleans())
def test_whatever_fails_behind_a_sending_the_message_ends_as_sent(
    function: Function, dynamodb: DynamoDb, with_a_ledger: bool, let_through: int, for_good: bool
) -> None:
    """No retry, no second sending, no failure on the dashboard; the log line itself may be what failed."""
    dynamodb.clear()
    tripwire = Tripwire(let_through, for_good)
    function.transport = Sending(tripwire=tripwire)
    function.log = io.StringIO()
    function.dynamodb = dynamodb if with_a_ledger else None
    handler = function.handler()
    wired: dict[str, Any] = {
        name: Wired(tool, tripwire)
        for name in ("breakers", "ledger", "telemetry")
        if (tool := getattr(handler.tools, name)) is not None
    }

    def clock() -> float:
        tripwire()
        return time.time()

    handler.tools = replace(handler.tools, **wired, clock=clock)
    event = make_event(code=function.kms.code())
    with contextlib.redirect_stdout(io.StringIO()) as output:
        assert handler(event) == {"outcome": "SENT", "sender": "scripted"}
    assert len(function.transport.requests) == 1
    assert tripwire.calls is not None
    assert tripwire.calls < MOST_CALLS, "every call has its turn"
    assert not emf.totals(output.getvalue()).get(("Failed",))
    assert {json.loads(line)["outcome"] for line in function.log.getvalue().splitlines()} <= {"SENT"}
