"""The handler with real senders, a real decryptor, a ledger, and a wire on which anything can happen.

``Wire`` holds, for each place where the function calls out, what happens to the next calls; then all is well again.
"""

from __future__ import annotations

import base64
import io
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, cast

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from moto.core.botocore_stubber import MockRawResponse
from moto.core.models import botocore_stubber

from custom_sender.cognito.decryption import Decryptor, kms_client
from custom_sender.guards.ledger import Ledger
from custom_sender.network.provider_secrets import Credentials
from custom_sender.network.requests import AwsRequest, AwsResponse, HttpRequest, HttpResponse
from custom_sender.record.log import Monitoring, Telemetry
from custom_sender.record.metrics import Group
from custom_sender.settings import load
from support import ciphertext
from support.cognito import ACCOUNT_ID, POOL_ID, REGION
from support.environment import KEY_ARN, LEDGER, environment
from support.table import TableDouble

CODE = "9081726354"
PASSWORD = "Xq9!9081726354&lt;"
NUMBER = "+4917730918265"
# What must not be written, in any of the forms in which it passes through the function.
SECRETS = (CODE, NUMBER.removeprefix("+"), "hunter2", "Xq9!")

SECRET_ARN = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:"
CREDENTIALS: Mapping[str, Any] = {
    "twilio": {"account_sid": "AC" + "0" * 32, "auth_token": "hunter2"},
    "webhook": {"signing_keys": ["whsec_" + base64.b64encode(b"hunter2" * 4).decode()]},
}
SENDERS: Mapping[str, Any] = {
    "twilio": {"kind": "twilio", "messaging_service_sid": "MG" + "0" * 32, "secret_arn": SECRET_ARN + "twilio-AbCdEf"},
    "backup": {"kind": "webhook", "url": "https://backup.example/sms", "secret_arn": SECRET_ARN + "webhook-AbCdEf"},
    "aws": {"kind": "sns"},
}
START = 1_732_270_000.0

Trouble = Callable[[Any, Callable[[], Any]], Any]


@dataclass
class Wire:
    """``troubles``: by place, what happens to the next calls, None being nothing. Each gets what was asked, and a way
    to have it done. ``seen`` is all that was written to KMS, Secrets Manager and the ledger's table.
    """

    troubles: dict[str, list[Trouble | None]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)

    def call(self, place: str, asked: Any, do: Callable[[], Any]) -> Any:
        waiting = self.troubles.get(place)
        trouble = waiting.pop(0) if waiting else None
        return do() if trouble is None else trouble(asked, do)


class WiredTable(TableDouble):
    """The ledger's table at the wire's end."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire

    def _answer_with_faults(self, request: Any, **_: object) -> AWSResponse:
        self._wire.seen.append(request.body.decode() if isinstance(request.body, bytes) else request.body)
        answer: AWSResponse = self._wire.call("table", request, lambda: self._answer(request))
        return answer


class Kms:
    """KMS as far as one key needs it, at the wire's end."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._keys: dict[str, str] = {}
        self.client = kms_client(REGION)
        self.client.meta.events.unregister("before-send", botocore_stubber)
        self.client.meta.events.register("before-send.kms", self._answer)

    def _answer(self, request: Any, **_: object) -> AWSResponse:
        operation = request.headers["X-Amz-Target"].decode().partition(".")[2]
        asked = json.loads(request.body)
        if operation == "GenerateDataKey":
            sealed, plain = base64.b64encode(os.urandom(64)).decode(), base64.b64encode(os.urandom(32)).decode()
            self._keys[sealed] = plain
            return _answered(request, {"KeyId": KEY_ARN, "CiphertextBlob": sealed, "Plaintext": plain})
        self._wire.seen.append(json.dumps(asked))
        content = {"KeyId": KEY_ARN, "Plaintext": self._keys[asked["CiphertextBlob"]]}
        answer: AWSResponse = self._wire.call("kms", request, lambda: _answered(request, content))
        return answer


def _answered(request: Any, content: Any, status: int = 200) -> AWSResponse:
    return AWSResponse(request.url, status, HTTPHeaders(), MockRawResponse(json.dumps(content)))


class Rig:
    """One account. ``handler`` makes an execution environment; ``now`` is the time; ``phones`` are who got what."""

    def __init__(self, module: ModuleType) -> None:
        self.wire = Wire()
        self.table = WiredTable(self.wire)
        self.kms = Kms(self.wire)
        self.now = START
        self.log = io.StringIO()
        self.phones: list[str] = []
        self.sent = ciphertext.encrypt(self.kms.client, KEY_ARN, CODE, POOL_ID)
        self.password = ciphertext.encrypt(self.kms.client, KEY_ARN, PASSWORD, POOL_ID)
        self._module = module
        self._settings = {
            mode: load(
                environment(
                    {
                        "senders": SENDERS,
                        "sms": {"routes": {"default": ["twilio", "aws", "backup"]}},
                        "protection": {"on_ledger_failure": mode},
                    },
                    references=LEDGER,
                    SENDER_HASH_KEY="00112233445566778899aabbccddeeff",
                )
            )
            for mode in ("send", "refuse")
        }
        self._telemetry = Telemetry(
            groups={"sms": Group("country", frozenset({"DE", "US"}))},
            service="acme",
            monitoring=Monitoring("Tests"),
            stream=cast("Any", self),
        )

    def begin(self, troubles: Mapping[str, list[Trouble | None]]) -> None:
        """A new example: an empty table, an empty log, nobody has got anything."""
        self.table.clear()
        self.wire.troubles = {place: list(waiting) for place, waiting in troubles.items()}
        self.wire.seen.clear()
        self.log.truncate(self.log.seek(0))
        self.phones.clear()
        self.now = START

    def handler(self, mode: str) -> Any:
        """A new execution environment with ``on_ledger_failure`` set to this."""
        return self._module.Handler(
            self._settings[mode],
            decryptor=Decryptor([KEY_ARN], self.kms.client),
            transport=cast("Any", self),
            credentials=Credentials(client=lambda *_: self, clock=self.clock),
            telemetry=self._telemetry,
            clock=self.clock,
            sleep=self.sleep,
            ledger=Ledger(self.table.table, self.table.client, self.clock, sleep=lambda _: None),
            trace_header=lambda: None,
        )

    def clock(self) -> float:
        """Each look at the clock takes a while, as everything between two looks does."""
        self.now += 0.01
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    # The log's stream.

    def write(self, text: str) -> None:
        self.wire.call("log", text, lambda: self.log.write(text))

    def flush(self) -> None:
        """Part of what a log stream is."""

    # Secrets Manager.

    def get_secret_value(self, SecretId: str) -> Any:  # noqa: N803 - as AWS calls it
        self.wire.seen.append(SecretId)
        name = SecretId.removeprefix(SECRET_ARN).partition("-")[0]
        return self.wire.call("secret", SecretId, lambda: {"SecretString": json.dumps(CREDENTIALS[name])})

    # The transport.

    def send(self, request: HttpRequest | AwsRequest, timeout_seconds: float) -> Any:
        def do() -> HttpResponse | AwsResponse:
            self.phones.append(sender_of(request))
            return accepts(request)

        return self.wire.call("provider", request, do)


def sender_of(request: HttpRequest | AwsRequest) -> str:
    """The sender whose request it is."""
    if isinstance(request, AwsRequest):
        return "aws"
    return {"api.twilio.com": "twilio", "backup.example": "backup"}[request.url.split("/")[2]]


def accepts(request: HttpRequest | AwsRequest) -> HttpResponse | AwsResponse:
    """The answer of a provider that has sent the message, and repeats it."""
    if isinstance(request, AwsRequest):
        return AwsResponse(200, {"MessageId": "0a1b2c3d-0000-4000-8000-000000000000", **request.parameters}, None, None)
    body = {"sid": "SM" + "0" * 32, "status": "queued", "body": request.body.decode()}
    return HttpResponse(201, dict(request.headers), json.dumps(body).encode())
