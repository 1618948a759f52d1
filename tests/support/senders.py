"""The least settings of each kind, a message, a sender whose answers a test writes, a transport that takes notes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from custom_sender.message import Carries, Code, IndiaIds, Mail, Message, Text
from custom_sender.network.requests import HttpRequest, HttpResponse
from custom_sender.outcome import Outcome
from custom_sender.secret import Secret
from custom_sender.senders.base import AnySender, SendResult

SECRET_ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:provider-AbCdEf"
SERVICE_SID = "MG" + "0" * 32
LEAST: Mapping[str, Mapping[str, Any]] = {
    "sns": {},
    "sns_topic": {"topic_arn": "arn:aws:sns:eu-central-1:123456789012:inbox", "environment": "test"},
    "end_user_messaging": {},
    "notify": {"notify_configuration_id": "nc-1234567890abcdef0"},
    "ses": {"identity_arn": "arn:aws:ses:eu-central-1:123456789012:identity/acme.example"},
    "smtp": {"secret_arn": SECRET_ARN, "host": "smtp.acme.example"},
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

ONLY_OF_MAILS = frozenset({"subject", "html", "from_name", "reply_to"})

# A sign-up code for a German number with five minutes to live.
_TEXT, _CODE = Secret("Your code is 271828"), Secret("271828")
_SUBJECT, _HTML = Secret("Your sign-up at Acme"), Secret("<p>Your code is</p><p>271828</p>")


def in_each_form(
    *,
    text: Secret = _TEXT,
    code: Secret | None = _CODE,
    is_password: bool = False,
    country: str = "DE",
    india: IndiaIds | None = None,
    **changes: Any,
) -> Mapping[Carries, Message[Any]]:
    """A sign-up code for a German number with five minutes to live, in each form that it can take."""
    values: dict[str, Any] = {
        "to": "+4915112345678",
        "secret": code,
        "trigger": "SignUp",
        "locale": None,
        "user_pool_id": "eu-central-1_AbCdEfGhI",
        "client_id": "client",
        "lifetime_seconds": 300,
        "idempotency_key": "5f" * 32,
        **changes,
    }
    bare = None if is_password else code
    contents: dict[Carries, Text | Code] = {Carries.TEXT: Text(text, bare, country, india)}
    if bare is not None:
        contents[Carries.CODE] = Code(bare, country, india)
    return {form: Message(content=content, **values) for form, content in contents.items()}


def as_mail(
    *,
    code: Secret | None = _CODE,
    subject: Secret = _SUBJECT,
    text: Secret = _TEXT,
    html: Secret = _HTML,
    from_name: str = "Acme",
    from_address: str = "login@acme.example",
    reply_to: str | None = None,
    **changes: Any,
) -> Mapping[Carries, Message[Mail]]:
    """The same sign-up code to an address."""
    known = {name: value for name, value in changes.items() if name not in ("is_password", "country", "india")}
    message = next(iter(in_each_form(code=code, **{"to": "jane.doe@example.net", **known}).values()))
    mail = Mail(subject, text, html, code, from_address, from_name, reply_to)
    return {Carries.MAIL: message.carrying(mail)}


def message_for(sender: AnySender, **changes: Any) -> Message[Any]:
    """The same message in the form that this sender carries."""
    shared = {name: value for name, value in changes.items() if name not in ONLY_OF_MAILS}
    messages = {**in_each_form(**shared), **as_mail(**changes)}
    return next(message for form, message in messages.items() if form in sender.carries)


MESSAGES = in_each_form()
MESSAGE = MESSAGES[Carries.TEXT]


@dataclass(frozen=True)
class ScriptedSender:
    """Ends each attempt with ``outcome``. Its request and answer are full of what must never be written."""

    outcome: Outcome = Outcome.SENT
    build_error: Exception | None = None
    parse_error: Exception | None = None
    host: str = "provider.example"

    kind: ClassVar[str] = "scripted"
    carries: ClassVar[frozenset[Carries]] = frozenset({Carries.TEXT})
    secret_arn: ClassVar[str | None] = None

    def build(self, message: Message[Any], credentials: Mapping[str, Any], *, now: float) -> HttpRequest:
        if self.build_error is not None:
            raise self.build_error
        text = str(message.content.values())
        return HttpRequest(
            "POST", f"https://{self.host}/{message.to}", {"x-text": text}, f"{message.to} {text}".encode()
        )

    def parse(self, response: HttpResponse) -> SendResult:
        if self.parse_error is not None:
            raise self.parse_error
        return SendResult(self.outcome, message_id="SM0001", provider_code="20001")


@dataclass(frozen=True)
class CodesOnlySender(ScriptedSender):
    """As Twilio Verify: it takes the code and writes the text itself."""

    carries: ClassVar[frozenset[Carries]] = frozenset({Carries.CODE})


@dataclass(frozen=True)
class MailSender(ScriptedSender):
    """It takes mails, and no texts."""

    carries: ClassVar[frozenset[Carries]] = frozenset({Carries.MAIL})


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
