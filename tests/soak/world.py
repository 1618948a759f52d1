"""Lambda, Cognito's events, providers and phones, a ledger table: with everything that can go wrong between them.

The handler, its senders, the ledger and the telemetry are the real ones. Replaced are the network (what answers, when,
and whether at all), decryption (it has fuzz tests of its own, and is half of a message's time) and the clock.
"""

from __future__ import annotations

import io
import json
import random
import traceback
from collections import Counter as Tally
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

from custom_sender.cognito.decryption import Decrypted, DecryptUnavailable, Flaw, Obstacle, Undecryptable
from custom_sender.cognito.event import message_id
from custom_sender.errors import RetryableError
from custom_sender.guards.ledger import Ledger
from custom_sender.network.provider_secrets import Credentials
from custom_sender.network.requests import AwsRequest, AwsResponse, HttpRequest, HttpResponse
from custom_sender.network.transport import NotSent, PerhapsSent
from custom_sender.record.log import Monitoring, Telemetry
from custom_sender.secret import Secret
from custom_sender.settings import Settings
from soak.simulation import Killed, Process, Simulation
from support.cognito import ACCOUNT_ID, REGION, make_event, parse
from support.dynamodb import Fault, Forward, cancels, does_not_connect, refuses, times_out
from support.environment import KEY_ARN
from support.logs import lambda_log
from support.table import TableDouble

START = 1_732_269_600.0  # a full hour
TIMEOUT_SECONDS = 30.0
# As the module's defaults: Lambda tries again after one minute, then after two.
RETRY_SECONDS = (60.0, 120.0)

# Every code and password has this in it, and nothing else has: whoever finds it has found a code.
CODE_STEM = "9081726"

SECRET_ARN = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:"
SECRETS = {
    "twilio": {"account_sid": "AC" + "0" * 32, "auth_token": "hunter2"},
    "webhook": {"signing_keys": ["whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="]},
}
SENDERS: Mapping[str, Any] = {
    "twilio": {"kind": "twilio", "messaging_service_sid": "MG" + "0" * 32, "secret_arn": SECRET_ARN + "twilio-AbCdEf"},
    "backup": {"kind": "webhook", "url": "https://backup.example/sms", "secret_arn": SECRET_ARN + "webhook-AbCdEf"},
    "testers": {"kind": "webhook", "url": "https://testers.example/sms", "secret_arn": SECRET_ARN + "webhook-AbCdEf"},
    "aws": {"kind": "sns"},
}


@dataclass
class Event:
    """One message that Cognito wants sent. ``kind`` is the test's word for what sort of event it is.

    ``code`` is None where there is none; ``poisoned``: it can never be decrypted.
    """

    name: str
    kind: str
    trigger: str
    number: str
    code: str | None
    poisoned: bool = False
    accepted_at: float = 0.0
    phones: list[str] = field(default_factory=list)
    invocations: list[Invocation] = field(default_factory=list)
    deliveries: int = 0
    given_up: int = 0

    @property
    def raw(self) -> dict[str, Any]:
        ciphertext = None if self.code is None else f"ciphertext of {self.name}"
        return make_event(self.trigger, code=ciphertext, attributes={"phone_number": self.number})

    @property
    def message_id(self) -> str:
        """The ledger's name for it. Without a code it is Lambda's request id that tells messages apart."""
        event = parse(self.raw)
        return message_id(event, None if event.ciphertext is None else event.ciphertext.encode(), self.name)

    @property
    def trace(self) -> str:
        return f"Root=1-{int(self.accepted_at):08x}-{'0' * 24};Sampled=0"

    def outcomes(self) -> list[str]:
        """What the log says about it, in order; an invocation that was killed has no line."""
        return [invocation.line["outcome"] for invocation in self.invocations if invocation.line is not None]


@dataclass
class Sending:
    """One request to a provider: whether the phone got the message, and whether anybody was told."""

    sender: str
    arrived: bool = False


@dataclass
class Invocation:
    """One run of the function. ``result`` is "returned", "raised" or "killed"."""

    event: Event
    request_id: str
    started: float
    result: str = ""
    line: dict[str, Any] | None = None
    sendings: list[Sending] = field(default_factory=list)
    in_trouble: bool = False

    def get_remaining_time_in_millis(self) -> int:
        return int(TIMEOUT_SECONDS * 1000)

    @property
    def aws_request_id(self) -> str:
        return self.request_id


class Chance:
    """A choice of what happens, by weights; ``tally`` counts what was chosen."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self.tally: Tally[str] = Tally()

    def pick(self, where: str, weights: Mapping[str, float]) -> str:
        (chosen,) = self._rng.choices([*weights], weights=[*weights.values()])
        self.tally[f"{where}: {chosen}"] += 1
        return chosen


class FaultyTable(TableDouble):
    """The ledger's table behind a network: each request takes time and may fail on either side of the write.

    As in life, whoever comes to an item while a transaction is at it is told so, and has to come again.
    """

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self.seen = io.StringIO()
        self.conflicts = 0
        self._at_work: Tally[str] = Tally()

    def _answer_with_faults(self, request: Any, **_: object) -> AWSResponse:
        self.seen.write(request.body.decode() if isinstance(request.body, bytes) else request.body)
        operation = request.headers["X-Amz-Target"].decode().partition(".")[2]
        body = json.loads(request.body)
        fault = self._world.table_fault(operation, len(body.get("TransactItems", [])))
        if fault is None:
            return self._carried_out(request, body)
        return fault(request, lambda: self._answer(request))

    def _carried_out(self, request: Any, body: Mapping[str, Any]) -> AWSResponse:
        actions = [action["Update"] for action in body.get("TransactItems", ())]
        keys = [action["Key"]["id"]["S"] for action in actions or [body]]
        busy = [self._at_work[key] > 0 for key in keys]
        if any(busy):
            self.conflicts += 1
            self._world.wait(0.004, 0.015)
            conflict = "TransactionConflict"
            fault = (
                cancels(*(conflict if each else "None" for each in busy))
                if actions
                else refuses(f"{conflict}Exception")
            )
            return fault(request, lambda: self._answer(request))
        self._at_work.update(keys if actions else ())
        try:
            self._world.wait(0.004, 0.03)
            return self._answer(request)
        finally:
            self._at_work.subtract(keys if actions else ())


class World:
    """All of it. ``weights`` has for each place what happens there, and how often compared with the rest.

    ``environments`` is how many invocations may run at the same time: reserved concurrency.
    """

    def __init__(
        self,
        module: ModuleType,
        settings: Settings,
        seed: int,
        weights: Mapping[str, Mapping[str, float]],
        environments: int = 1000,
    ):
        self.simulation = Simulation(START)
        self.chance = Chance(random.Random(seed))
        self.rng = random.Random(seed + 1)
        self.weights = weights
        self.log = io.StringIO()
        self.raised = io.StringIO()
        self.events: list[Event] = []
        self.table = FaultyTable(self)
        self._module = module
        self._settings = settings
        self._codes: dict[str, Event] = {}
        self._idle: list[Any] = []
        self._free = environments
        self._queue: deque[Callable[[], None]] = deque()
        self._outages: list[tuple[str, float, float]] = []
        self._telemetry = Telemetry(
            groups=settings.groups,
            service="acme",
            monitoring=Monitoring("Soak"),
            stream=cast("Any", self),
        )

    # What the tests arrange.

    def accept(self, event: Event, at: float, again_after: float | None = None) -> None:
        """Cognito hands Lambda an event at so many seconds after the start; perhaps Lambda delivers it twice."""
        event.accepted_at = START + at
        self.events.append(event)
        self._codes[f"ciphertext of {event.name}"] = event
        for number, after in enumerate((0.0, again_after)):
            if after is not None:
                event.deliveries += 1
                # Without a code the request id is all that two deliveries have in common.
                again = "" if event.code is None or number == 0 else "-again"
                self._deliver(event, f"{event.name}{again}", event.accepted_at + after, RETRY_SECONDS)

    def outage(self, place: str, begins: float, seconds: float) -> None:
        """For some time a sender, or the ledger's table ("table"), is not there."""
        self._outages.append((place, START + begins, START + begins + seconds))

    def run(self) -> None:
        self.simulation.run()

    # Lambda.

    def _deliver(self, event: Event, request_id: str, at: float, retries: tuple[float, ...]) -> None:
        self.simulation.at(at, lambda: self._invoke(event, request_id, retries))

    def _invoke(self, event: Event, request_id: str, retries: tuple[float, ...]) -> None:
        if self._free == 0:
            self._queue.append(lambda: self._invoke(event, request_id, retries))
            return
        self._free -= 1
        invocation = Invocation(event, request_id, self.simulation.now)
        event.invocations.append(invocation)
        handler = self._idle.pop() if self._idle else self._environment()
        ends_at = self.simulation.now + TIMEOUT_SECONDS
        Process(self.simulation, invocation, lambda: self._work(handler, invocation, retries), ends_at).start()

    def _work(self, handler: Any, invocation: Invocation, retries: tuple[float, ...]) -> None:
        event = invocation.event
        try:
            returned = handler(event.raw, invocation)
        except RetryableError as error:
            invocation.result = "raised"
            self.raised.write("".join(traceback.format_exception(error)))
        except Killed:
            invocation.result = "killed"
        else:
            invocation.result = "returned"
            self.raised.write(json.dumps(returned))
        if invocation.result != "killed":
            self._idle.append(handler)
        if invocation.result != "returned":
            if retries:
                self._deliver(event, invocation.request_id, self.simulation.now + retries[0], retries[1:])
            else:
                event.given_up += 1
        self._free += 1
        if self._queue:
            self.simulation.at(self.simulation.now, self._queue.popleft())

    def _environment(self) -> Any:
        return self._module.Handler(
            self._settings,
            decryptor=cast("Any", self),
            transport=cast("Any", self),
            credentials=Credentials(client=lambda *_: self, clock=self.simulation.clock),
            telemetry=self._telemetry,
            clock=self.simulation.clock,
            sleep=self.simulation.wait,
            ledger=Ledger(self.table.table, self.table.client, self.simulation.clock, sleep=self.simulation.wait),
            trace_header=lambda: self.running.event.trace,
        )

    @property
    def running(self) -> Invocation:
        invocation: Invocation = self.simulation.process.owner
        return invocation

    def wait(self, shortest: float, longest: float) -> None:
        self.simulation.wait(self.rng.uniform(shortest, longest))

    def _happens(self, place: str) -> str:
        return self.chance.pick(place, self.weights[place])

    def _is_out(self, place: str) -> bool:
        return any(name == place and begins <= self.simulation.now < ends for name, begins, ends in self._outages)

    # The log.

    def write(self, text: str) -> None:
        """A line of the function's log: the last thing it does, and it may die before it."""
        if text.strip():
            if self._happens("log") == "killed":
                raise Killed
            assert self.running.line is None, "one line for each message"
            self.running.line = json.loads(text)
            self.log.write(text)

    def flush(self) -> None:
        """Part of what a log stream is."""

    # KMS, by way of the Decryptor.

    def decrypt(self, ciphertext: str, user_pool_id: str, seconds: float) -> Decrypted:
        event = self._codes[ciphertext]
        happens = self._happens("decrypt")
        takes = self.rng.uniform(1, 40) if happens == "slow" else self.rng.uniform(0.005, 0.05)
        self.simulation.wait(min(takes, seconds))
        if takes > seconds:
            raise DecryptUnavailable(Obstacle.UNREACHABLE, KEY_ARN, "TimeoutError")
        if happens == "killed":
            raise Killed
        if happens == "unavailable":
            raise DecryptUnavailable(Obstacle.THROTTLED, KEY_ARN, "ThrottlingException")
        if event.poisoned or event.code is None:
            raise Undecryptable(Flaw.ALTERED)
        return Decrypted(Secret(event.code), ciphertext.encode())

    # Secrets Manager.

    def within(self, seconds: float, work: Callable[[], Any]) -> Any:
        """``waiting.within`` in simulated time: in the process's own thread, or the simulation would not know of it."""
        began = self.simulation.now
        try:
            result = work()
        except Exception:
            return None
        return result if self.simulation.now - began <= seconds else None

    def get_secret_value(self, SecretId: str) -> Mapping[str, Any]:  # noqa: N803 - as AWS calls it
        self.wait(0.01, 0.1)
        happens = self._happens("secret")
        if happens == "slow":
            self.wait(2, 10)
        if happens == "killed":
            raise Killed
        if happens == "throttled":
            answer: Any = {"Error": {"Code": "ThrottlingException", "Message": "m"}, "ResponseMetadata": {}}
            raise ClientError(answer, "GetSecretValue")
        name = SecretId.removeprefix(SECRET_ARN).partition("-")[0]
        return {"SecretString": json.dumps(SECRETS[name])}

    # The ledger's table.

    def table_fault(self, operation: str, actions: int) -> Fault | None:
        happens = "out" if self._is_out("table") else self._happens("table")
        if happens == "ok":
            return None
        if happens not in {"conflict", "killed before", "killed after"}:
            # Everything else may end as an answer that nobody has heard.
            self.running.in_trouble = True

        def fault(request: Any, forward: Forward) -> AWSResponse:
            self.wait(0.004, 0.03)
            if happens == "killed before":
                raise Killed
            if happens in {"lost answer", "killed after"}:
                forward()
                if happens == "killed after":
                    raise Killed
            if happens in {"lost answer", "lost request", "out"}:
                self.simulation.wait(1.0)
                return (does_not_connect if happens == "out" else times_out)(request, forward)
            if happens == "conflict" and operation == "TransactWriteItems":
                return cancels("None", *["None"] * (actions - 2), "TransactionConflict")(request, forward)
            codes = {"conflict": "TransactionConflictException", "throttled": "ThrottlingException"}
            return refuses(codes.get(happens, "InternalServerError"), 500 if happens == "failing" else 400)(
                request, forward
            )

        return fault

    # Providers and phones, by way of the transport.

    def send(self, request: HttpRequest | AwsRequest, timeout_seconds: float) -> HttpResponse | AwsResponse:
        event = self.running.event
        sender = _sender(request)
        sending = Sending(sender)
        self.running.sendings.append(sending)
        _require_the_message_of(event, request)
        happens = "not sent" if self._is_out(sender) else self._happens("provider")
        if happens == "unclear" and sender in {"backup", "testers"}:
            happens = "ok"  # a webhook's success is never unclear
        self.wait(0.02, 0.4)
        if happens == "killed before":
            raise Killed
        if happens == "not sent":
            raise NotSent
        if happens in {"ok", "lost answer", "killed after"} or (happens == "unclear" and self.rng.random() < 0.5):
            sending.arrived = True
            event.phones.append(sender)
        if happens == "killed after":
            raise Killed
        if happens in {"lost answer", "lost request"}:
            self.simulation.wait(timeout_seconds)
            raise PerhapsSent
        self.wait(0.02, 0.4)
        return _answer(sender, happens, request)


def run(world: World) -> str:
    """Run the world; what else gets into the functions' log, which is where metrics go."""
    with pytest.MonkeyPatch.context() as patch, lambda_log() as printed:
        patch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=world.simulation.wait))
        for name in ("network.provider_secrets", "guards.ledger"):
            patch.setattr(f"custom_sender.{name}.within", world.within)
        world.run()
    return printed.getvalue()


def _sender(request: HttpRequest | AwsRequest) -> str:
    if isinstance(request, AwsRequest):
        return "aws"
    host = request.url.split("/")[2]
    return {"api.twilio.com": "twilio", "backup.example": "backup", "testers.example": "testers"}[host]


def _require_the_message_of(event: Event, request: HttpRequest | AwsRequest) -> None:
    """Everybody gets their own message: the number and the code in the request are those of the event."""
    content = json.dumps(request.parameters) if isinstance(request, AwsRequest) else request.body.decode()
    content = content.replace("%2B", "+")
    assert event.number in content
    assert event.code is None or event.code[:12] in content


_ERRORS: Mapping[str, tuple[int, int, int, str]] = {
    # What happens: Twilio's status and code, the webhook's status, SNS's code.
    "down": (503, 20503, 503, "ServiceUnavailable"),
    "throttled": (429, 20429, 429, "Throttled"),
    "busy": (429, 20429, 429, "Throttled"),
    "number": (400, 21614, 422, "OptedOut"),
    "stopped": (400, 21610, 410, "OptedOut"),
    "fraud": (400, 30450, 400, "FilterPolicyLimitExceeded"),
    "quota": (400, 30002, 402, "AuthorizationError"),
    "refused": (401, 20003, 401, "AuthorizationError"),
    "unclear": (500, 20500, 200, "InternalError"),
}


def _answer(sender: str, happens: str, request: HttpRequest | AwsRequest) -> HttpResponse | AwsResponse:
    """As the provider documents it, with all of the request repeated in it."""
    if isinstance(request, AwsRequest):
        if happens == "ok":
            return AwsResponse(200, {"MessageId": "0a1b2c3d-0000-4000-8000-000000000000"}, None, None)
        word = _ERRORS[happens][3]
        return AwsResponse(400, {"Error": {"Code": word, "Message": json.dumps(request.parameters)}}, word, None)
    headers = {"retry-after": "1"} if happens == "busy" else {}
    if sender == "twilio":
        answer: dict[str, Any] = {"sid": "SM" + "0" * 32, "status": "queued", "body": request.body.decode()}
        if happens == "ok":
            return HttpResponse(201, headers, json.dumps(answer).encode())
        refusal, code, _, _ = _ERRORS[happens]
        return HttpResponse(refusal, headers, json.dumps(answer | {"code": code}).encode())
    return HttpResponse(200 if happens == "ok" else _ERRORS[happens][2], headers, request.body)
