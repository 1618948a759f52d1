"""The least settings of each kind, a message, a sender whose answers a test writes, a transport that takes notes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from custom_sender.message import OutgoingMessage
from custom_sender.network.requests import AwsResponse, HttpRequest, HttpResponse
from custom_sender.outcome import Outcome
from custom_sender.secret import Secret
from custom_sender.senders.base import SendResult

SECRET_ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:provider-AbCdEf"
SERVICE_SID = "MG" + "0" * 32
LEAST: Mapping[str, Mapping[str, Any]] = {
    "sns": {},
    "sns_topic": {"topic_arn": "arn:aws:sns:eu-central-1:123456789012:inbox", "environment": "test"},
    "end_user_messaging": {},
    "notify": {"notify_configuration_id": "nc-1234567890abcdef0"},
    "twilio": {"secret_arn": SECRET_ARN, "messaging_service_sid": SERVICE_SID},
    "twilio_verify": {"secret_arn": SECRET_ARN, "service_sid": "VA" + "0" * 32},
    "vonage": {"secret_arn": SECRET_ARN, "from": "ACME"},
    "whatsapp": {"secret_arn": SECRET_ARN, "phone_number_id": "106540352242922", "template": "login_code"},
    "slack": {"secret_arn": SECRET_ARN, "environment": "test"},
    "webhook": {"secret_arn": SECRET_ARN, "url": "https://hooks.example/sms"},
    "http": {
        "secret_arn": SECRET_ARN,
        "url": "https://gateway.example/sms",
        "body": '{"to": "{number}", "text": "{text}"}',
        "rules": [{"outcome": "SENT", "status": ["200"]}],
    },
}

# A sign-up code for a German number with five minutes to live.
MESSAGE = OutgoingMessage(
    to="+4915112345678",
    country="DE",
    text=Secret("Your code is 271828"),
    code=Secret("271828"),
    trigger="SignUp",
    locale=None,
    user_pool_id="eu-central-1_AbCdEfGhI",
    client_id="client",
    lifetime_seconds=300,
    idempotency_key="5f" * 32,
    is_password=False,
)


@dataclass(frozen=True)
class ScriptedSender:
    """Ends each attempt with ``outcome``. Its request and answer are full of what must never be written."""

    outcome: Outcome = Outcome.SENT
    build_error: Exception | None = None
    parse_error: Exception | None = None
    host: str = "provider.example"

    kind: ClassVar[str] = "scripted"
    codes_only: ClassVar[bool] = False
    secret_arn: ClassVar[str | None] = None

    def build(self, message: OutgoingMessage, credentials: Mapping[str, Any], *, now: float) -> HttpRequest:
        if self.build_error is not None:
            raise self.build_error
        body = f"{message.to} {message.text.reveal()}".encode()
        return HttpRequest("POST", f"https://{self.host}/{message.to}", {"x-text": message.text.reveal()}, body)

    def parse(self, response: HttpResponse | AwsResponse) -> SendResult:
        if self.parse_error is not None:
            raise self.parse_error
        return SendResult(self.outcome, message_id="SM0001", provider_code="20001")


@dataclass(frozen=True)
class CodesOnlySender(ScriptedSender):
    """As Twilio Verify: it takes the code and writes the text itself."""

    codes_only: ClassVar[bool] = True


@dataclass
class RecordingTransport:
    """Answers every request by repeating it, as Twilio does; ``before`` may raise instead."""

    before: Callable[[], None] = lambda: None
    requests: list[HttpRequest] = field(default_factory=list)

    def send(self, request: HttpRequest, timeout_seconds: float) -> HttpResponse:
        self.before()
        self.requests.append(request)
        return HttpResponse(status=201, headers=request.headers, body=request.body)

    def forget(self) -> None:
        """It has no connections."""


def settings(kind: str, **changes: Any) -> dict[str, Any]:
    """The least settings of a kind, with changes."""
    return {"kind": kind, **LEAST[kind], **changes}
