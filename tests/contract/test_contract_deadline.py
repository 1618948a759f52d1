"""Whatever does not answer: the log line and the metrics are written before Lambda ends the invocation.

Nothing of the product is replaced. What hangs is a name server, a connection that is never made (the listener's queue
is full), or an answer that never comes.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import trustme

from contract.conftest import server_tls
from contract.rig import KEY
from custom_sender.cognito.decryption import Decryptor, kms_client
from custom_sender.errors import RetryableError
from custom_sender.guards.ledger import Ledger, dynamodb_client
from custom_sender.network.provider_secrets import Credentials, secrets_client
from custom_sender.network.transport import Transport
from custom_sender.record.log import Telemetry
from custom_sender.settings import load
from localaws.libraries import interpreter, layer_directory, runtime_directory
from localaws.providers.wire import Answer, LoopbackServer, Request
from localaws.sandbox import Launch, Outcome, Sandbox
from support import emf, loopback
from support.cognito import REGION, make_event
from support.environment import LEDGER, environment
from support.function import Context
from support.network import SILENT, Network

HANGS = ("name", "connect", "read")
SERVICES = ("kms", "dynamodb", "secretsmanager", "sns")
HOOK = "hooks.example"
# The log line has to be there so long before Lambda's deadline: what this machine may take for it.
SPARE_SECONDS = 0.2


@dataclass(frozen=True)
class Case:
    """What hangs, and how; ``route`` is the sender that is asked, ``mode`` is ``on_ledger_failure``."""

    route: str
    hangs: Mapping[str, str]
    mode: str = "send"

    def __str__(self) -> str:
        return f"{self.route} {self.mode} {dict(self.hangs)}"


CASES = [
    *(Case("aws", {"kms": how}) for how in HANGS),
    *(Case("aws", {"dynamodb": how}, mode) for how in HANGS for mode in ("send", "refuse")),
    *(Case("aws", {"sns": how}) for how in HANGS),
    *(Case("third", {"secretsmanager": how}) for how in HANGS),
    *(Case("third", {HOOK: how}) for how in HANGS),
    *(Case("aws", {"dynamodb": how, "sns": how}) for how in HANGS),
    *(Case("third", {"dynamodb": how, "secretsmanager": how}) for how in HANGS),
    *(Case("third", {"dynamodb": how, HOOK: how}) for how in HANGS),
]


class Lines:
    """A function's log: each line with the moment in which it was written."""

    def __init__(self) -> None:
        self.written: list[tuple[float, dict[str, Any]]] = []

    def write(self, text: str) -> None:
        if text.strip():
            self.written.append((time.monotonic(), json.loads(text)))

    def flush(self) -> None:
        """Part of what a log stream is."""


@dataclass(frozen=True)
class Places:
    """For each way of hanging, and "" for not at all: where AWS's services are, and the third party's host."""

    urls: Mapping[str, str]
    hosts: Mapping[str, str]


@contextlib.contextmanager
def full_queue() -> Iterator[int]:
    """A port at which no connection is made: nobody accepts, and the queue has no room."""
    with socket.socket() as listener, contextlib.ExitStack() as waiting:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(8):
            client = waiting.enter_context(socket.socket())
            client.settimeout(0.1)
            try:
                client.connect(listener.getsockname())
            except TimeoutError:
                break
        else:
            pytest.fail("the queue does not fill")
        yield listener.getsockname()[1]


def answer_of_aws(request: Request) -> Answer:
    kind, body = loopback.Aws().answer(request.target, request.headers.get("x-amz-target", ""), request.body)
    if "GetSecretValue" in request.headers.get("x-amz-target", ""):
        body = json.dumps({"SecretString": json.dumps({"signing_keys": [KEY]})}).encode()
    return Answer(200, body, {"Content-Type": kind})


@pytest.fixture
def places(trusted: trustme.CA, network: Network) -> Iterator[Places]:
    stop = threading.Event()

    def never(request: Request) -> Answer:
        stop.wait(60)
        return Answer(200)

    tls = server_tls(trusted, f"*.{HOOK}")
    servers = {
        "aws": LoopbackServer(answer_of_aws),
        "mute": LoopbackServer(never),
        "hook": LoopbackServer(lambda _: Answer(200), tls),
        "mute hook": LoopbackServer(never, tls),
    }
    with full_queue() as full:
        ports = {"connect": full, "read": servers["mute"].port, "": servers["aws"].port}
        hosts = {"connect": full, "read": servers["mute hook"].port, "": servers["hook"].port}
        for how, port in hosts.items():
            network.lead(f"a{how}.{HOOK}", port)
        yield Places(
            {"name": f"http://aws{SILENT}", **{how: f"http://127.0.0.1:{port}" for how, port in ports.items()}},
            {"name": f"a{SILENT}", **{how: f"a{how}.{HOOK}" for how in hosts}},
        )
    stop.set()
    for server in servers.values():
        server.close()


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    import custom_sender.handler  # noqa: PLC0415 - makes its handler of these variables

    return custom_sender.handler


def deploy(case: Case, places: Places, module: ModuleType) -> tuple[Any, Lines]:
    """A function with clients of its own, and its log."""
    with pytest.MonkeyPatch.context() as patch:
        for service in SERVICES:
            url = places.urls[case.hangs.get(service, "")]
            patch.setenv(f"AWS_ENDPOINT_URL_{service.upper().replace('SECRETSM', 'SECRETS_M')}", url)
        settings = load(
            environment(
                {
                    "sms": {"routes": {"default": [case.route]}},
                    "senders": {
                        "aws": {"kind": "sns"},
                        "third": {
                            "kind": "webhook",
                            "url": f"https://{places.hosts[case.hangs.get(HOOK, '')]}/sms",
                            "secret_arn": loopback.SECRET_ARN,
                        },
                    },
                    "protection": {"on_ledger_failure": case.mode},
                },
                references=LEDGER,
                SENDER_HASH_KEY="00112233445566778899aabbccddeeff",
            )
        )
        secret_client = secrets_client("secretsmanager", REGION)
        lines = Lines()
        handler = module.Handler(
            settings,
            decryptor=Decryptor(settings.kms_key_arns, kms_client(REGION)),
            transport=Transport(),
            credentials=Credentials(client=lambda *_: secret_client),
            telemetry=Telemetry(
                groups=settings.groups,
                service=settings.name,
                monitoring=settings.monitoring,
                stream=lines,  # type: ignore[arg-type]
            ),
            ledger=Ledger(settings.ledger_table or "", dynamodb_client(REGION)),
        )
        handler.prepare(thoroughly=True)
        return handler, lines


# From the least that function.timeout admits.
@pytest.mark.parametrize("seconds", [3, 4, 5, *(pytest.param(each, marks=pytest.mark.long) for each in (6, 7, 8, 10))])
def test_everything_fits_into_the_function_s_time_whatever_hangs(
    seconds: float, places: Places, module: ModuleType, capfd: pytest.CaptureFixture[str]
) -> None:
    functions = [(case, *deploy(case, places, module), make_event(code=loopback.code())) for case in CASES]
    barrier = threading.Barrier(len(CASES))

    def invoke(handler: Any, event: Any) -> tuple[float, float]:
        barrier.wait()
        began = time.monotonic()
        with contextlib.suppress(RetryableError):
            handler(event, Context(seconds))
        return began, time.monotonic()

    with ThreadPoolExecutor(len(CASES)) as pool:
        runs = list(pool.map(lambda function: invoke(function[1], function[3]), functions))
    outcomes: dict[str, str] = {}
    late: dict[str, float] = {}
    for (case, _, lines, _), (began, ended) in zip(functions, runs, strict=True):
        ((written, line),) = lines.written
        outcomes[str(case)] = line["outcome"]
        if max(written, ended) - began > seconds - SPARE_SECONDS:
            late[str(case)] = round(ended - began, 2)
    assert not late, f"of {seconds} seconds"
    metrics = emf.totals(capfd.readouterr().out)
    assert sum(metrics[name,] for name in set(outcomes.values())) == len(CASES)
    unexpected = {str(case): outcomes[str(case)] for case in CASES if outcomes[str(case)] not in expected(case)}
    assert not unexpected


def expected(case: Case) -> set[str]:
    """What such a message may end as. On a machine that is busy, the time may be too short for an attempt."""
    if "kms" in case.hangs:
        return {"DECRYPT_UNAVAILABLE"}
    if case.mode == "refuse":
        return {"LEDGER_UNAVAILABLE"}
    if case.hangs.keys() == {"dynamodb"}:
        return {"SENT", "PROVIDER_DOWN"}
    # Only of what was written may somebody have acted on it.
    written = case.hangs.get("sns", case.hangs.get(HOOK)) == "read"
    return {"AMBIGUOUS", "PROVIDER_DOWN"} if written else {"PROVIDER_DOWN"}


RUNTIME = "python3.13"
SOURCE = Path(__file__).resolve().parents[2] / "function" / "src"


@dataclass(frozen=True)
class Silence:
    """From which lookup of a service's name on the name server says nothing. ``route`` is asked in this order."""

    service: str
    lookup: int
    ends_as: str
    route: tuple[str, ...] = ("aws",)


SILENCES = {
    "KMS": Silence("kms", 1, "DECRYPT_UNAVAILABLE"),
    "the claim": Silence("dynamodb", 1, "SENT"),
    "asking another sender": Silence("dynamodb", 2, "SENT", ("third", "aws")),
    "the last word": Silence("dynamodb", 2, "SENT"),
}


def invoked(silence: Silence, place: Path) -> tuple[Outcome, list[str]]:
    """One message by AWS's runtime client on Lambda's Python, and what was printed until the result was there."""
    lookups: dict[str, int] = {}

    def answer(request: Request) -> Answer:
        _, asks, service = request.target.partition("/_local/connect?service=")
        if not asks:
            found = answer_of_aws(request)
            # So that each call looks the name up.
            return Answer(found.status, found.body, {**found.headers, "Connection": "close"})
        lookups[service] = lookups.get(service, 0) + 1
        return Answer(504 if service == silence.service and lookups[service] >= silence.lookup else 200)

    server = LoopbackServer(answer)
    (place / "layers").mkdir(parents=True)
    (place / "layers" / "python").symlink_to(layer_directory(RUNTIME), target_is_directory=True)
    variables = environment(
        {
            "sms": {"routes": {"default": list(silence.route)}},
            "senders": {
                "aws": {"kind": "sns"},
                # No name server knows it: certainly not sent, and at once.
                "third": {"kind": "webhook", "url": "https://nowhere.example/", "secret_arn": loopback.SECRET_ARN},
            },
        },
        references=LEDGER,
        SENDER_HASH_KEY="00112233445566778899aabbccddeeff",
        _HANDLER="custom_sender.handler.handler",
        LAMBDA_TASK_ROOT=str(SOURCE),
        LAMBDA_RUNTIME_DIR=str(runtime_directory(RUNTIME)),
        AWS_LAMBDA_FUNCTION_NAME="acme-login",
        AWS_LAMBDA_FUNCTION_VERSION="1",
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE="512",
        AWS_REGION=REGION,
        AWS_DEFAULT_REGION=REGION,
        AWS_ACCESS_KEY_ID="AKIDEXAMPLE",
        AWS_SECRET_ACCESS_KEY="example",
        AWS_ENDPOINT_URL=f"http://secretsmanager.localaws:{server.port}",
        AWS_ENDPOINT_URL_KMS=f"http://kms.localaws:{server.port}",
        AWS_ENDPOINT_URL_DYNAMODB=f"http://dynamodb.localaws:{server.port}",
        AWS_ENDPOINT_URL_SNS=f"http://sns.localaws:{server.port}",
        _LOCALAWS_LAYERS=str(place / "layers"),
        _LOCALAWS_PORTS=f"443={server.port}",
        _LOCALAWS_TLS_HOSTS=HOOK,
    )
    # The module's default for function.timeout.
    launch = Launch((str(interpreter(RUNTIME)), "-s", "-S"), variables, SOURCE, place / "clock", 30.0, 512, "1")
    printed: list[str] = []
    sandbox = Sandbox(launch, printed.append)
    try:
        event = json.dumps(make_event(code=loopback.code())).encode()
        arn = f"arn:aws:lambda:{REGION}:123456789012:function:acme-login:live"
        outcome = sandbox.run(str(uuid.uuid4()), event, arn, trace_id="Root=1-67000000-0;Sampled=0", ahead=0.0)
        return outcome, list(printed)
    finally:
        sandbox.stop()
        server.close()


def test_a_name_server_that_is_silent_costs_no_record_under_lambda_s_own_runtime(tmp_path: Path) -> None:
    with ThreadPoolExecutor(len(SILENCES)) as pool:
        runs = pool.map(lambda each: invoked(each[1], tmp_path / each[0].replace(" ", "-")), SILENCES.items())
        for (name, silence), (outcome, printed) in zip(SILENCES.items(), runs, strict=True):
            assert not outcome.timed_out, name
            # A lookup takes ten seconds, the SDK makes two.
            assert outcome.duration_ms < 15_000, name
            lines = [json.loads(line) for line in printed if line.startswith("{")]
            (line,) = [line for line in lines if "outcome" in line]
            assert line["outcome"] == silence.ends_as, name
            assert (line.get("ledger") == "unavailable") == (silence.service == "dynamodb"), name
            assert emf.totals("\n".join(printed))[silence.ends_as,] == 1, name
            assert outcome.error_type == (None if silence.ends_as == "SENT" else "RetryableError"), name
