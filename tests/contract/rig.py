"""One sender of each kind, wired as in the function, against its provider's double on loopback.

Nothing of the product is replaced: real sockets, real TLS with a test authority, botocore for AWS. Only where a name
leads to is changed (``support.network``), and what Secrets Manager holds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from custom_sender.delivery.breaker import Breakers
from custom_sender.delivery.failover import Attempts, Delivery, NamedSender
from custom_sender.network.provider_secrets import Credentials
from custom_sender.network.transport import Transport
from custom_sender.secret import Secret
from localaws.providers import (
    end_user_messaging,
    gateway,
    infobip,
    mailgun,
    messagebird,
    notify,
    plivo,
    postmark,
    resend,
    sendgrid,
    ses,
    sinch,
    slack,
    sns,
    telnyx,
    twilio,
    twilio_verify,
    vonage,
    webhook,
    whatsapp,
)
from localaws.providers.wire import Answer, LoopbackServer, Request
from support.configured import create
from support.senders import ONLY_OF_MAILS, as_mail, in_each_form

REGION = "eu-central-1"
NUMBER = "+4915112345678"
CODE = "271828"
TEXT = f"Your Acme code is {CODE}. Grüße"
ADDRESS = "Jane.Doe+login@mail.example.net"
SUBJECT = "Ihre Anmeldung bei Acme: Größe"
HTML = f"<!doctype html><p>Your Acme code is</p><p>{CODE}</p><p>Grüße</p>"
SECRET_ARN = f"arn:aws:secretsmanager:{REGION}:123456789012:secret:provider-AbCdEf"
IDENTITY_ARN = f"arn:aws:ses:{REGION}:123456789012:identity/acme.example"
TOPIC_ARN = f"arn:aws:sns:{REGION}:123456789012:test-messages"

ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
KEY = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HOOK = "/services/T0123ABC/B0123ABC/0123456789abcdefABCDEF00"
OLD_KEY = "whsec_" + "C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
NEW_HOOK = "/services/T0123ABC/B0123ABC/0123456789abcdefABCDEF11"
NEW_KEY = "whsec_" + "plJ3nmyCDGBKInavdOK15jsl6oYTDeg0"
HOOK_TARGET = "/sms?tenant=7"


_MAIL: Mapping[str, Any] = {
    "to": ADDRESS,
    "subject": Secret(SUBJECT),
    "html": Secret(HTML),
    "from_name": "Acme Größe",
    "reply_to": "help@acme.example",
}
_MESSAGE: Mapping[str, Any] = {
    "to": NUMBER,
    "text": Secret(TEXT),
    "code": Secret(CODE),
    "locale": "de-DE",
    "user_pool_id": f"{REGION}_AbCdEfGhI",
    "client_id": "5example23exampleclientid",
}


@dataclass(frozen=True, slots=True)
class Setup:
    """What a kind of sender needs. ``host`` None: an AWS service, reached through its endpoint and without TLS."""

    kind: str
    settings: Mapping[str, Any]
    host: str | None = None
    secret: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The kind; a preset of ``http`` has its own name behind it."""
        return "_".join((self.kind, *([self.settings["preset"]] if "preset" in self.settings else [])))


SETUPS: Mapping[str, Setup] = {
    setup.name: setup
    for setup in (
        Setup("sns", {"sender_id": "ACME", "region": REGION}),
        Setup("sns_topic", {"topic_arn": TOPIC_ARN, "environment": "test"}),
        Setup("end_user_messaging", {"origination_identity": "pool-0123456789abcdef", "region": REGION}),
        Setup("notify", {"notify_configuration_id": "nc-1234567890abcdef0", "region": REGION}),
        Setup("ses", {"identity_arn": IDENTITY_ARN, "configuration_set": "login"}),
        Setup(
            "twilio",
            {"secret_arn": SECRET_ARN, "messaging_service_sid": "MG" + "0" * 32},
            twilio.HOST,
            {"account_sid": ACCOUNT_SID, "auth_token": "auth-token-1"},
        ),
        Setup(
            "twilio_verify",
            {"secret_arn": SECRET_ARN, "service_sid": "VA" + "0" * 32},
            twilio_verify.HOST,
            {"account_sid": ACCOUNT_SID, "auth_token": "auth-token-1"},
        ),
        Setup(
            "vonage",
            {"secret_arn": SECRET_ARN, "from": "+15550100123"},
            vonage.HOST,
            {"api_key": "abcd1234", "api_secret": "api-secret-1"},
        ),
        Setup(
            "whatsapp",
            {"secret_arn": SECRET_ARN, "phone_number_id": "106540352242922", "template": "login_code"},
            whatsapp.HOST,
            {"access_token": "EAAJtoken1"},
        ),
        Setup(
            "slack",
            {"secret_arn": SECRET_ARN, "environment": "test"},
            slack.HOST,
            {"webhook_url": f"https://{slack.HOST}{HOOK}"},
        ),
        Setup(
            "webhook",
            {"secret_arn": SECRET_ARN, "url": f"https://hooks.example{HOOK_TARGET}"},
            "hooks.example",
            {"signing_keys": [KEY]},
        ),
        Setup("http", {"secret_arn": SECRET_ARN, **gateway.DESCRIPTION}, gateway.HOST, gateway.SECRET),
        Setup(
            "http",
            {
                "secret_arn": SECRET_ARN,
                "preset": "infobip",
                "settings": {"subdomain": "abc123", "sender": "ACME Login"},
            },
            infobip.HOST,
            {"api_key": "token-1"},
        ),
        Setup(
            "http",
            {"secret_arn": SECRET_ARN, "preset": "messagebird", "settings": {"originator": "ACME Login"}},
            messagebird.HOST,
            {"access_key": "token-1"},
        ),
        Setup(
            "http",
            {"secret_arn": SECRET_ARN, "preset": "plivo", "settings": {"src": "15550100123"}},
            plivo.HOST,
            {"auth_id": plivo.AUTH_ID, "auth_token": "token-1"},
        ),
        Setup(
            "http",
            {
                "secret_arn": SECRET_ARN,
                "preset": "sinch",
                "settings": {"region": "eu", "service_plan_id": sinch.SERVICE_PLAN_ID, "from": "+15550100123"},
            },
            sinch.HOST,
            {"api_token": "token-1"},
        ),
        Setup(
            "http",
            {"secret_arn": SECRET_ARN, "preset": "telnyx", "settings": {"from": "+15550100123"}},
            telnyx.HOST,
            {"api_key": "token-1"},
        ),
        Setup("http", {"secret_arn": SECRET_ARN, "preset": "resend"}, resend.HOST, {"api_key": "token-1"}),
        Setup("http", {"secret_arn": SECRET_ARN, "preset": "postmark"}, postmark.HOST, {"server_token": "token-1"}),
        Setup("http", {"secret_arn": SECRET_ARN, "preset": "sendgrid"}, sendgrid.HOST, {"api_key": "token-1"}),
        Setup(
            "http",
            {"secret_arn": SECRET_ARN, "preset": "mailgun", "settings": {"domain": mailgun.DOMAIN}},
            mailgun.HOST,
            {"api_key": "token-1"},
        ),
    )
}
# It speaks another protocol than all others: test_contract_smtp.py.
SMTP = Setup(
    "smtp",
    {"secret_arn": SECRET_ARN, "host": "smtp.acme.example"},
    "smtp.acme.example",
    {"username": "login", "password": "token-1"},
)
THIRD_PARTIES = tuple(kind for kind, setup in SETUPS.items() if setup.host is not None)


# What a refused login is called by each of them.
REFUSED_CREDENTIALS: Mapping[str, str] = {
    "twilio": "20003",
    "twilio_verify": "20003",
    "vonage": "unauthorized",
    "whatsapp": "190",
    "slack": "no_service",
    "webhook": "http-401",
    "http": "BAD_KEY",
    "http_infobip": "http-401",
    "http_messagebird": "2",
    "http_plivo": "http-401",
    "http_sinch": "http-401",
    "http_telnyx": "10009",
    "http_resend": "validation_error",
    "http_postmark": "10",
    "http_sendgrid": "http-401",
    "http_mailgun": "http-401",
}
# Each credential before and after a rotation.
ROTATIONS = {
    "token-1": "token-2",
    "api-secret-1": "api-secret-2",
    "EAAJtoken1": "EAAJtoken2",
    HOOK: NEW_HOOK,
    KEY: NEW_KEY,
}


def rotated(secret: Mapping[str, Any]) -> Mapping[str, Any]:
    """The secret with its new credentials."""
    text = json.dumps(secret)
    for old, new in ROTATIONS.items():
        text = text.replace(old, new)
    found: Mapping[str, Any] = json.loads(text)
    return found


class SecretsManager:
    """A boto3 client's stand-in: ``versions`` are what successive reads find; the last one stays."""

    def __init__(self, *versions: Mapping[str, Any]) -> None:
        self.versions = list(versions)
        self.reads = 0

    def get_secret_value(self, **parameters: str) -> Mapping[str, str]:
        assert parameters == {"SecretId": SECRET_ARN}
        self.reads += 1
        version = self.versions.pop(0) if len(self.versions) > 1 else self.versions[0]
        return {"SecretString": json.dumps(version)}


@dataclass(slots=True)
class Rig:
    """A sender of one kind with the server that it talks to. ``logins`` and ``keys`` are what the provider accepts."""

    setup: Setup
    server: LoopbackServer
    secrets: SecretsManager
    transport: Transport
    credentials: Credentials
    settings: dict[str, Any]

    def deliver(self, *, seconds: float = 5.0, later: float = 0.0, senders: int = 1, **changes: Any) -> Delivery:
        """Send a message within this many seconds by one sender or two, on a clock that is ``later`` seconds ahead."""
        sender = create("under_test", {"kind": self.setup.kind, **self.settings})
        route = [NamedSender(name, sender) for name in ("under_test", "other")[:senders]]

        def clock() -> float:
            return time.time() + later

        return attempts(self, clock() + seconds, clock, **changes).deliver(route)


def attempts(
    rig: Rig, end: float, clock: Callable[[], float] = time.time, *, mail: bool = False, **changes: Any
) -> Attempts:
    """A message on its way through the rig's transport: a mail, if the sender carries nothing else or it shall be."""
    mails = as_mail(**{**_MESSAGE, **_MAIL, **changes})
    others = {name: value for name, value in changes.items() if name not in ONLY_OF_MAILS}
    messages = mails if mail else {**in_each_form(**{**_MESSAGE, **others}), **mails}
    return Attempts(messages, rig.transport, rig.credentials, end, clock, Breakers(clock))


# What every HTTP client sends, and what is sent beside it.
HEADERS = frozenset(
    {"accept", "accept-encoding", "authorization", "connection", "content-length", "content-type", "host", "user-agent"}
)
AWS_HEADERS = frozenset({"amz-sdk-invocation-id", "amz-sdk-request", "x-amz-date", "x-amz-target"})
OWN_HEADERS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(THIRD_PARTIES, frozenset()),
    "webhook": frozenset({"webhook-id", "webhook-signature", "webhook-timestamp"}),
    "http": frozenset({"x-api-key", "x-channel"}),
    "http_telnyx": frozenset({"idempotency-key"}),
    "http_resend": frozenset({"idempotency-key"}),
    "http_postmark": frozenset({"x-postmark-server-token"}),
}


class Doubles:
    """The providers' sides, with what they know of the customer."""

    def __init__(self) -> None:
        self.logins = {(ACCOUNT_SID, "auth-token-1")}
        self.message_privacy = True
        self.keys = [KEY]
        self.vonage_logins = {("abcd1234", "api-secret-1")}
        self.tokens = {"EAAJtoken1", "token-1"}
        self.hooks = {HOOK}
        self.ses = ses.Account(identities={IDENTITY_ARN}, configuration_sets={"login"}, tenants={"acme"})

    def rotate(self) -> None:
        """The customer has new credentials (``rotated``), and the providers know no others."""
        self.logins = {(ACCOUNT_SID, "auth-token-2")}
        self.keys = [NEW_KEY]
        self.vonage_logins = {("abcd1234", "api-secret-2")}
        self.tokens = {"EAAJtoken2", "token-2"}
        self.hooks = {NEW_HOOK}

    def provider(self, kind: str) -> Callable[[Request], Answer]:
        """The double that answers for this kind of sender. It refuses every header that is not known."""
        provider = self._provider(kind)

        def answer(request: Request) -> Answer:
            unknown = set(request.headers) - HEADERS - OWN_HEADERS.get(kind, AWS_HEADERS)
            return Answer(400, f"unknown headers {sorted(unknown)}".encode()) if unknown else provider(request)

        return answer

    def _provider(self, kind: str) -> Callable[[Request], Answer]:
        return {
            "sns": lambda request: sns.answer(request, REGION),
            "sns_topic": lambda request: sns.answer(request, REGION),
            "end_user_messaging": lambda request: end_user_messaging.answer(request, REGION),
            "notify": lambda request: notify.answer(request, REGION),
            "ses": lambda request: ses.answer(request, REGION, self.ses),
            "twilio": lambda request: twilio.answer(request, self.logins, message_privacy=self.message_privacy),
            "twilio_verify": lambda request: twilio_verify.answer(request, self.logins),
            "vonage": lambda request: vonage.answer(request, self.vonage_logins),
            "whatsapp": lambda request: whatsapp.answer(request, self.tokens),
            "slack": lambda request: slack.answer(request, self.hooks),
            "webhook": lambda request: webhook.answer(request, self.keys, time.time(), HOOK_TARGET),
            "http": lambda request: gateway.answer(request, self.tokens),
            "http_infobip": lambda request: infobip.answer(request, self.tokens),
            "http_messagebird": lambda request: messagebird.answer(request, self.tokens),
            "http_plivo": lambda request: plivo.answer(request, {(plivo.AUTH_ID, token) for token in self.tokens}),
            "http_sinch": lambda request: sinch.answer(request, self.tokens, time.time()),
            "http_telnyx": lambda request: telnyx.answer(request, self.tokens),
            "http_resend": lambda request: resend.answer(request, self.tokens),
            "http_postmark": lambda request: postmark.answer(request, self.tokens),
            "http_sendgrid": lambda request: sendgrid.answer(request, self.tokens),
            "http_mailgun": lambda request: mailgun.answer(request, self.tokens),
        }[kind]
