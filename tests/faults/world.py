"""Lambda, Cognito's events, AWS's services, providers and phones: with everything that can go wrong between them.

The handler is the real one, with real senders, ledger, decryptor and clients of AWS. Replaced are the network (what
answers, when, and whether at all) and the clock. Five places can be in trouble: "kms", "secret", "table", "provider"
and "log".
"""

from __future__ import annotations

import base64
import importlib
import io
import json
import os
import random
import re
import traceback
from collections import Counter as Tally
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from custom_sender.cognito.decryption import Decryptor, kms_client
from custom_sender.errors import RetryableError
from custom_sender.guards.ledger import Ledger
from custom_sender.network.provider_secrets import Credentials
from custom_sender.network.requests import AwsRequest, AwsResponse, HttpRequest, HttpResponse
from custom_sender.network.transport import PerhapsSent
from custom_sender.outcome import POLICY, Outcome
from custom_sender.record.log import Monitoring, Telemetry
from custom_sender.record.record import UNEXPECTED
from custom_sender.settings import Settings, load
from faults.simulation import Killed, Process, Simulation, waits_by
from support import ciphertext
from support.cognito import ACCOUNT_ID, POOL_ID, REGION
from support.dynamodb import DynamoDb, Forward, answered, asked, conflicts, every_try_is_made, wired
from support.environment import KEY_ARN, LEDGER, environment
from support.logs import lambda_log

START = 1_732_269_600.0  # a full hour
TIMEOUT_SECONDS = 30.0
# As the module's defaults: Lambda tries again after one minute, then after two.
RETRY_SECONDS = (60.0, 120.0)
ENDINGS = {*map(str, Outcome), UNEXPECTED}
RETRYABLE = {str(outcome) for outcome, policy in POLICY.items() if policy.retry} | {UNEXPECTED}

SECRET_ARN = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:"
PROVIDER_SECRET = "hunter2"
SECRETS: Mapping[str, Any] = {
    "twilio": {"account_sid": "AC" + "0" * 32, "auth_token": PROVIDER_SECRET},
    "webhook": {"signing_keys": ["whsec_" + base64.b64encode(PROVIDER_SECRET.encode() * 4).decode()]},
}
SENDERS: Mapping[str, Any] = {
    "twilio": {"kind": "twilio", "messaging_service_sid": "MG" + "0" * 32, "secret_arn": SECRET_ARN + "twilio-AbCdEf"},
    "backup": {"kind": "webhook", "url": "https://backup.example/sms", "secret_arn": SECRET_ARN + "webhook-AbCdEf"},
    "testers": {"kind": "webhook", "url": "https://testers.example/sms", "secret_arn": SECRET_ARN + "webhook-AbCdEf"},
    "aws": {"kind": "sns"},
    "ses": {"kind": "ses", "identity_arn": f"arn:aws:ses:{REGION}:{ACCOUNT_ID}:identity/acme.example"},
}
# How long the way to each place and back takes, in seconds.
LATENCY = {"kms": (0.005, 0.05), "secret": (0.01, 0.1), "table": (0.002, 0.01), "provider": (0.04, 0.8), "log": (0, 0)}
# Who raises one of these has waited for it.
SILENCE = (ConnectTimeoutError, ReadTimeoutError, PerhapsSent)

# What is asked of a place, and a way to have it done.
Trouble = Callable[[Any, Callable[[], Any]], Any]


def raises(error: BaseException | type[BaseException], *, after: bool = False) -> Trouble:
    """The call fails, once what it asks for is done or before."""

    def trouble(_: Any, do: Callable[[], Any]) -> Any:
        if after:
            do()
        # An instance that is raised again would keep the frames of all earlier calls.
        raise error if isinstance(error, type) else error.with_traceback(None)

    return trouble


def settings(on_ledger_failure: str = "refuse", *, email: bool = False, **sms: Any) -> Settings:
    """A function with all senders. Texts take twilio, aws, backup; mails, if they are on, take backup, ses."""
    mails = {"from": "login@acme.example", "routes": {"default": ["backup", "ses"]}}
    testers = {"numbers": ["+15550100*"], "sender": "testers"}
    return load(
        environment(
            {
                "senders": SENDERS,
                "sms": {"routes": {"default": ["twilio", "aws", "backup"]}, **sms},
                **({"email": mails} if email else {}),
                "protection": {"on_ledger_failure": on_ledger_failure, "test_recipients": testers},
            },
            references=LEDGER,
        )
    )


@dataclass
class Event:
    """One message that Cognito wants sent, to ``number`` with ``code``, where these are known. ``kind`` is the test's
    word for what sort of event it is, ``items`` are the ledger's of it.
    """

    raw: Any
    name: str = "8f7c0d3e-4a43-4a36-8f0e-0a3c4d1e2f30"
    kind: str = ""
    number: str = ""
    code: str = ""
    trace: str | None = None
    phones: list[str] = field(default_factory=list)
    items: set[str] = field(default_factory=set)
    invocations: list[Invocation] = field(default_factory=list)
    deliveries: int = 0
    given_up: int = 0

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The log's lines of it, in order; an invocation that was killed has none."""
        return [invocation.line for invocation in self.invocations if invocation.line is not None]

    @property
    def outcomes(self) -> list[str]:
        return [line["outcome"] for line in self.lines]


@dataclass
class Invocation:
    """One run of the function, and the context that Lambda gives it. ``result`` is "returned", "raised" or "killed".

    ``sendings`` are the senders whose providers were asked, each with whether the phone got the message.
    """

    event: Event
    aws_request_id: str
    result: str = ""
    line: dict[str, Any] | None = None
    sendings: list[tuple[str, bool]] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def get_remaining_time_in_millis(self) -> int:
        return int(TIMEOUT_SECONDS * 1000)

    def require_an_ending(self) -> None:
        """It has said how it ended, and has raised what a retry can cure and nothing else."""
        assert self.line is not None
        assert self.line["outcome"] in ENDINGS
        assert (self.line["outcome"] in RETRYABLE) == (self.result == "raised"), self.line


class World:
    """All of it. ``handler`` is the function's ``Handler``.

    ``written`` is everything that has left the function but for requests to providers: log, metrics, standard error,
    other loggers' lines, what is returned or raised, and the requests to KMS, Secrets Manager and the ledger's table.
    """

    def __init__(self, handler: Callable[..., Any]) -> None:
        self._handler = handler
        self._data_keys: dict[str, str] = {}
        self._kms = wired(kms_client(REGION), self._to_kms)
        # Cognito's, which encrypts.
        self._cognitos = wired(botocore.session.get_session().create_client("kms", region_name=REGION), self._to_kms)
        self.table = DynamoDb(self._to_the_table)

    def begin(
        self,
        settings: Settings,
        troubles: Callable[[str, Any], Trouble | None] = lambda *_: None,
        *,
        seed: int = 0,
        environments: int = 1000,
        warm: bool = True,
    ) -> None:
        """Nothing has happened yet. ``troubles`` has for each call what happens to it, by its place and what it asks.

        ``environments`` is how many invocations may run at the same time: reserved concurrency. Unless ``warm``, each
        has a new one.
        """
        self.simulation = Simulation(START)
        self.rng = random.Random(seed)
        self.events: list[Event] = []
        self.written = io.StringIO()
        self.printed = ""
        self.conflicts = 0
        self.table.clear()
        self._settings, self.troubles, self._seed = settings, troubles, seed
        self._free, self._warm = environments, warm
        self._idle: list[Any] = []
        self._queue: deque[Callable[[], None]] = deque()
        self._at_work: Tally[str] = Tally()
        self._telemetry = Telemetry(
            groups=settings.groups,
            service="acme",
            monitoring=Monitoring("Tests"),
            stream=cast("Any", self),
        )

    def accept(self, event: Event, at: float = 0.0, again_after: float | None = None) -> None:
        """Cognito hands Lambda an event at so many seconds after the start; perhaps Lambda delivers it twice."""
        self.events.append(event)
        for number, after in enumerate((0.0, again_after)):
            if after is not None:
                event.deliveries += 1
                # Without a code the request id is all that two deliveries have in common.
                again = "-again" if number and event.code else ""
                self._deliver(event, f"{event.name}{again}", START + at + after, RETRY_SECONDS)

    def run(self) -> None:
        """Until nothing is due any more. ``printed`` is what else gets into the log, which is where metrics go."""
        state = random.getstate()
        random.seed(self._seed)  # the pauses of the ledger and of the clients are drawn from it
        try:
            with pytest.MonkeyPatch.context() as patch, lambda_log() as printed:
                every_try_is_made(patch, self.wait)
                waits_by(patch, self.simulation.within)
                self.simulation.run()
        finally:
            random.setstate(state)
        self.printed = printed.getvalue()
        self.written.write(self.printed + json.dumps(self.table.items()))

    def told(self, *texts: str, numbers: Iterable[str] = ()) -> set[str]:
        """Those of the texts that are in what was written; of numbers, those that are there and no part of a longer."""
        written = self.written.getvalue()
        return {text for text in texts if text in written} | {*numbers} & {*re.findall("[0-9]{7,}", written)}

    def encrypt(self, plaintext: str, pool_id: str = POOL_ID) -> str:
        """What Cognito puts into ``request.code``."""
        return ciphertext.encrypt(self._cognitos, KEY_ARN, plaintext, pool_id)

    # Time.

    def clock(self) -> float:
        return self.simulation.now

    def wait(self, seconds: float) -> None:
        self.simulation.process.wait(seconds)

    def between(self, shortest: float, longest: float) -> None:
        self.wait(self.rng.uniform(shortest, longest))

    # Lambda.

    @property
    def running(self) -> Invocation:
        invocation: Invocation = self.simulation.process.owner
        return invocation

    def _deliver(self, event: Event, request_id: str, at: float, retries: tuple[float, ...]) -> None:
        self.simulation.at(at, lambda: self._invoke(event, request_id, retries))

    def _invoke(self, event: Event, request_id: str, retries: tuple[float, ...]) -> None:
        if self._free == 0:
            self._queue.append(lambda: self._invoke(event, request_id, retries))
            return
        self._free -= 1
        invocation = Invocation(event, request_id)
        event.invocations.append(invocation)
        handler = self._idle.pop() if self._idle else self._environment()
        ends_at = self.simulation.now + TIMEOUT_SECONDS
        Process(self.simulation, invocation, lambda: self._work(handler, invocation, retries), ends_at).start()

    def _work(self, handler: Any, invocation: Invocation, retries: tuple[float, ...]) -> None:
        event, chained = invocation.event, None
        try:
            returned = handler(event.raw, invocation)
        except RetryableError as error:
            invocation.result = "raised"
            chained = error.__cause__ or error.__context__
            self.written.write("".join(traceback.format_exception(error)))
        except Killed:
            invocation.result = "killed"
        else:
            invocation.result = "returned"
            assert returned.keys() == {"outcome", "sender"}
            assert returned["outcome"] in ENDINGS - RETRYABLE
            self.written.write(json.dumps(returned))
        assert chained is None, "Lambda would log its text, and its frames hold the code"
        if invocation.result != "killed" and self._warm:
            self._idle.append(handler)
        if invocation.result != "returned":
            if retries:
                self._deliver(event, invocation.aws_request_id, self.simulation.now + retries[0], retries[1:])
            else:
                event.given_up += 1
        self._free += 1
        if self._queue:
            self.simulation.at(self.simulation.now, self._queue.popleft())

    def _environment(self) -> Any:
        return self._handler(
            self._settings,
            decryptor=Decryptor([KEY_ARN], self._kms),
            transport=cast("Any", self),
            credentials=Credentials(client=lambda *_: self, clock=self.clock),
            telemetry=self._telemetry,
            clock=self.clock,
            sleep=self.wait,
            ledger=Ledger(self.table.table, self.table.client, self.clock, sleep=self.wait),
            trace_header=lambda: self.running.event.trace,
        )

    # The places.

    def _call(self, place: str, asked_for: Any, do: Callable[[], Any], patience: float = 1.0) -> Any:
        """There and back, unless there is trouble. ``patience`` is how long the caller waits for an answer."""
        trouble = self.troubles(place, asked_for)
        self.between(*LATENCY[place])
        try:
            return do() if trouble is None else trouble(asked_for, do)
        except SILENCE:
            self.wait(patience)
            raise

    def write(self, text: str) -> None:
        """A line of the function's log."""

        def written() -> None:
            assert self.running.line is None, "one line for each message"
            self.running.line = json.loads(text)
            self.written.write(text)

        self._call("log", text, written)

    def flush(self) -> None:
        """Part of what a log stream is."""

    def _to_kms(self, request: Any, **_: object) -> AWSResponse:
        operation, body = asked(request)
        if operation == "GenerateDataKey":  # that was Cognito
            sealed, plain = base64.b64encode(os.urandom(64)).decode(), base64.b64encode(os.urandom(32)).decode()
            self._data_keys[sealed] = plain
            return answered(request, {"KeyId": KEY_ARN, "CiphertextBlob": sealed, "Plaintext": plain})
        self.written.write(json.dumps(body))
        content = {"KeyId": KEY_ARN, "Plaintext": self._data_keys[body["CiphertextBlob"]]}
        answer: AWSResponse = self._call("kms", request, lambda: answered(request, content))
        return answer

    def get_secret_value(self, SecretId: str) -> Any:  # noqa: N803 - as AWS calls it
        self.written.write(SecretId)
        name = SecretId.removeprefix(SECRET_ARN).partition("-")[0]
        return self._call("secret", SecretId, lambda: {"SecretString": json.dumps(SECRETS[name])})

    def _to_the_table(self, request: Any, forward: Forward) -> AWSResponse:
        """As in life, whoever comes to an item while a transaction is at it is told so, and has to come again."""
        _, body = asked(request)
        self.written.write(json.dumps(body))
        actions = [action["Update"] for action in body.get("TransactItems", ())]
        keys = [action["Key"]["id"]["S"] for action in actions or [body]]
        self.running.event.items |= {key for key in keys if key.startswith("m#")}

        def carried_out() -> AWSResponse:
            busy = [self._at_work[key] > 0 for key in keys]
            if any(busy):
                self.conflicts += 1
                return conflicts(*busy)(request, forward)
            self._at_work.update(keys if actions else ())
            try:
                self.between(0.004, 0.03)
                return forward()
            finally:
                self._at_work.subtract(keys if actions else ())

        answer: AWSResponse = self._call("table", request, carried_out)
        return answer

    def send(self, request: HttpRequest | AwsRequest, timeout_seconds: float) -> Any:
        """The transport: providers, and phones."""
        event, sendings, sender = self.running.event, self.running.sendings, sender_of(request)
        sendings.append((sender, False))
        content = json.dumps(request.parameters) if isinstance(request, AwsRequest) else request.body.decode()
        # Everybody gets their own message: the number and the code in the request are those of the event.
        assert event.number in content.replace("%2B", "+")
        assert event.code in content

        def arrives() -> Any:
            sendings[-1] = (sender, True)
            event.phones.append(sender)
            return accepts(request)

        return self._call("provider", request, arrives, timeout_seconds)


@contextmanager
def in_simulated_time() -> Iterator[Callable[[], World]]:
    """Makes worlds, in which nobody waits in real time.

    The environment is that of the function's entry module, which makes its handler while it is imported.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(AWS_DEFAULT_REGION=REGION).items():
            patch.setenv(name, value)
        handler = importlib.import_module("custom_sender.handler").Handler
        every_try_is_made(patch)
        waits_by(patch, lambda seconds, work, _=None: work())
        yield lambda: World(handler)


def sender_of(request: HttpRequest | AwsRequest) -> str:
    """The sender whose request it is."""
    if isinstance(request, AwsRequest):
        return "aws"
    host = request.url.split("/")[2]
    return {"api.twilio.com": "twilio", "backup.example": "backup", "testers.example": "testers"}[host]


def accepts(request: HttpRequest | AwsRequest) -> Any:
    """The answer of a provider that has sent the message, and repeats it."""
    if isinstance(request, AwsRequest):
        return AwsResponse(200, {"MessageId": "0a1b2c3d-0000-4000-8000-000000000000", **request.parameters}, None, None)
    body = {"sid": "SM" + "0" * 32, "status": "queued", "body": request.body.decode()}
    return HttpResponse(201, dict(request.headers), json.dumps(body).encode())
