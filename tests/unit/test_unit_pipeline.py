"""The pipeline knows no channel, and nothing that fails behind a sending undoes it."""

from __future__ import annotations

import contextlib
import io
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from custom_sender.channels.base import Recipient
from custom_sender.cognito.event import Event
from custom_sender.guards.ledger import Ledger
from custom_sender.guards.limits import Limit, Mode, Scope
from custom_sender.message import Carries, Message
from custom_sender.network.requests import HttpRequest, HttpResponse
from custom_sender.outcome import Outcome
from custom_sender.record.metrics import Group
from custom_sender.record.record import Record
from custom_sender.secret import Secret
from support import emf
from support.cognito import CODE, make_event
from support.dynamodb import DynamoDb
from support.function import Function
from support.senders import RecordingTransport, ScriptedSender

ADDRESS = "jane.roe@customer.example"


@dataclass(frozen=True)
class Letter:
    """Content of its own."""

    subject: str
    code: Secret | None

    def values(self) -> dict[str, str | None]:
        return {"subject": self.subject, "code": None if self.code is None else self.code.reveal()}


@dataclass(frozen=True)
class Letters:
    """A channel that the product does not have: to addresses, counted by their domains."""

    name: ClassVar[str] = "email"
    group: ClassVar[Group] = Group("domain", frozenset({"customer.example"}))
    routes: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: {"default": ("scripted", "second")})
    limit: Limit = field(default_factory=lambda: Limit(2, 3600, Mode.ENFORCE))

    def recipient(self, event: Event, record: Record, hash_key: bytes | None) -> Recipient | Outcome:
        address = event.user_attributes["email"]
        record.destination, record.route, record.group = "j***@c***", "default", address.rpartition("@")[2]
        if record.group == "blocked.example":
            return Outcome.BLOCKED_COUNTRY
        scopes = () if hash_key is None else (Scope("address", "e#jane", self.limit),)
        return Recipient(address, record.group, self.routes["default"], scopes)

    def carried(self, event: Event, secret: Secret | None) -> frozenset[Carries]:
        return frozenset({Carries.TEXT})

    def messages(
        self, event: Event, secret: Secret | None, recipient: Recipient, record: Record, *, message_id: str, left: int
    ) -> Mapping[Carries, Message[Any]]:
        content = Letter(f"For {event.trigger}", secret)
        letter = Message(
            recipient.address, content, secret, event.trigger, None, event.user_pool_id, "client", left, message_id
        )
        return {Carries.TEXT: letter}

    def flaws(self, lifetimes_seconds: Mapping[str, int]) -> Iterator[str]:
        return iter(())


def letter(function: Function, **attributes: str) -> dict[str, Any]:
    request = {"type": "customEmailSenderRequestV1"}
    return make_event(code=function.kms.code(), request=request, attributes=attributes)


class TestASecondChannel:
    """The pipeline, the ledger, delivery and the record carry it as they are."""

    @pytest.fixture
    def function(self, function: Function, dynamodb: DynamoDb) -> Function:
        dynamodb.clear()
        function.dynamodb = dynamodb
        function.channels = {"email": Letters()}
        function.others = {"second": ScriptedSender(host="second.example")}
        return function

    def test_a_message_goes_to_its_address_with_its_content(
        self, function: Function, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert function(letter(function))["outcome"] == "SENT"
        (request,) = function.transport.requests
        assert ADDRESS in request.url
        assert f"For SignUp', 'code': '{CODE}'" in request.body.decode()
        line = function.line
        assert (line["channel"], line["destination"], line["domain"]) == ("email", "j***@c***", "customer.example")
        assert "country" not in line
        assert emf.totals(capsys.readouterr().out)["Sent", "customer.example"] == 1

    def test_it_fails_over_and_is_sent_once(self, function: Function) -> None:
        function.sender = ScriptedSender(Outcome.PROVIDER_DOWN)
        event = letter(function)
        assert function(event) == {"outcome": "SENT", "sender": "second"}
        assert function(event)["outcome"] == "DUPLICATE"

    def test_its_own_limit_counts_it(self, function: Function) -> None:
        outcomes = [function(letter(function))["outcome"] for _ in range(3)]
        assert outcomes == ["SENT", "SENT", "BLOCKED_VELOCITY"]
        assert function.lines[-1]["reason"] == "address"

    def test_it_says_who_gets_nothing(self, function: Function) -> None:
        assert function(letter(function, email="x@blocked.example"))["outcome"] == "BLOCKED_COUNTRY"
        assert function.transport.requests == []

    def test_the_other_channel_goes_on_beside_it(self, function: Function) -> None:
        assert function(make_event(code=function.kms.code()))["outcome"] == "SENT"
        assert function.line["country"] == "DE"

    def test_one_that_is_off_is_named_and_costs_no_kms_call(self, function: Function) -> None:
        function.channels = {}
        calls = function.kms.decrypt_calls()
        assert function(letter(function)) == {"outcome": "CHANNEL_OFF", "sender": None}
        assert (function.line["level"], function.line["channel"], calls) == ("ERROR", "email", [])


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
