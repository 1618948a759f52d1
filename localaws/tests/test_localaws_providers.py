"""More ways to people: to a phone, and by mail providers and a mail server; asked by the function's own senders."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from custom_sender import senders
from custom_sender.message import Mail, Message, Text
from custom_sender.network.requests import AwsRequest, HttpRequest
from custom_sender.reader import Reader
from custom_sender.secret import Secret
from custom_sender.senders.base import AnySender
from localaws.client import LocalAws
from localaws.tests.rig import Account, Function, allow

CODE = "271828"
TEXT = f"{CODE} is your Acme code"
ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:x-AbCdEf"


@dataclass(frozen=True, slots=True)
class Case:
    """A sender with a secret that its provider knows, and what the phone shows of its message."""

    settings: Mapping[str, Any]
    secret: Mapping[str, str]
    wrong: Mapping[str, str]
    shows: str
    sent: int
    refused: int


CASES = {
    "twilio_verify": Case(
        {"service_sid": "VA" + "0" * 32, "channel": "sms"},
        {"account_sid": "AC" + "c" * 32, "auth_token": "verify-token"},
        {"account_sid": "AC" + "c" * 32, "auth_token": "wrong"},
        f"Your verification code is: {CODE}.",
        201,
        401,
    ),
    "vonage": Case(
        {"from": "ACME"},
        {"api_key": "abcd1234", "api_secret": "vonage-secret"},
        {"api_key": "abcd1234", "api_secret": "wrong"},
        TEXT,
        202,
        401,
    ),
    "whatsapp": Case(
        {
            "phone_number_id": "106540352242922",
            "template": "login_code",
            "default_language": "en_US",
            "api_version": "v26.0",
        },
        {"access_token": "EAAJtoken"},
        {"access_token": "wrong"},
        f"{CODE} is your verification code.",
        200,
        401,
    ),
    "slack": Case(
        {"environment": "test"},
        {"webhook_url": "https://hooks.slack.com/services/T0/B0/right"},
        {"webhook_url": "https://hooks.slack.com/services/T0/B0/wrong"},
        TEXT,
        200,
        404,
    ),
}
KINDS = tuple(CASES)
# By target: settings, secret, and the status of a mail that is taken.
MAILS: Mapping[str, tuple[Mapping[str, Any], Mapping[str, str], int]] = {
    "resend": ({"preset": "resend"}, {"api_key": "resend-key"}, 200),
    "postmark": ({"preset": "postmark"}, {"server_token": "postmark-token"}, 200),
    "sendgrid": ({"preset": "sendgrid", "settings": {"region": "eu"}}, {"api_key": "sendgrid-key"}, 202),
    "mailgun": ({"preset": "mailgun", "settings": {"domain": "mg.acme.example"}}, {"api_key": "mailgun-key"}, 200),
}
LOGIN = {"username": "login", "password": "smtp-password"}


@pytest.fixture(scope="module", autouse=True)
def known(aws: LocalAws) -> None:
    """The secrets, as an operator would have put them into Secrets Manager."""
    for kind, case in CASES.items():
        aws.client("secretsmanager").create_secret(Name=f"providers/{kind}", SecretString=json.dumps(case.secret))
    for name, secret in {**{name: secret for name, (_, secret, _) in MAILS.items()}, "smtp": LOGIN}.items():
        aws.client("secretsmanager").create_secret(Name=f"providers/{name}", SecretString=json.dumps(secret))


def message(to: str) -> Message[Text]:
    return Message(
        to=to,
        content=Text(Secret(TEXT), Secret(CODE), "DE"),
        secret=Secret(CODE),
        trigger="SignUp",
        locale=None,
        user_pool_id="eu-central-1_AbCdEfGhI",
        client_id="client",
        lifetime_seconds=300,
        idempotency_key="5f" * 32,
    )


def create(**settings: Any) -> AnySender:
    return senders.create(Reader(settings, "senders.mine"), "eu-central-1")


def send(probe: Function, kind: str, to: str, credentials: Mapping[str, str]) -> Any:
    sender = create(kind=kind, secret_arn=ARN, **CASES[kind].settings)
    request = sender.build(message(to), {name: Secret(value) for name, value in credentials.items()}, now=0.0)
    assert isinstance(request, HttpRequest)
    return probe.call("https", url=request.url, headers=dict(request.headers), body=request.body.decode())


@pytest.mark.parametrize("kind", KINDS)
def test_a_provider_takes_what_the_secret_holds_and_the_phone_shows_the_code(
    kind: str, probe: Function, account: Account
) -> None:
    number, case = account.number(), CASES[kind]
    assert send(probe, kind, number, case.secret)["status"] == case.sent
    (found,) = probe.aws.inbox(number)
    assert found["channel"] == kind
    assert case.shows in found["text"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_provider_refuses_other_credentials(kind: str, probe: Function, account: Account) -> None:
    number, case = account.number(), CASES[kind]
    assert send(probe, kind, number, case.wrong)["status"] == case.refused
    assert probe.aws.inbox(number) == []


@pytest.mark.parametrize("kind", ["twilio_verify", "vonage", "whatsapp"])
def test_a_number_that_is_too_short_is_refused(kind: str, probe: Function) -> None:
    assert send(probe, kind, "+4930123", CASES[kind].secret)["status"] in (400, 422)
    assert probe.aws.inbox("+4930123") == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", ["down", "throttle", "unauthorized", "server-error"])
def test_faults_of_a_provider(kind: str, mode: str, probe: Function, account: Account) -> None:
    number, case = account.number(), CASES[kind]
    probe.aws.set_fault(kind, mode, times=1)
    answer = send(probe, kind, number, case.secret)
    assert answer.get("error") == "SSLError" if mode == "down" else answer["status"] >= 400
    assert probe.aws.inbox(number) == []
    assert send(probe, kind, number, case.secret)["status"] == case.sent
    assert len(probe.aws.inbox(number)) == 1


# -- mail -------------------------------------------------------------------------------------------------------------


def mail(to: str, key: str = "5f" * 32) -> Message[Mail]:
    content = Mail(
        Secret("Welcome"), Secret(TEXT), Secret(f"<p>{CODE}</p>"), Secret(CODE), "login@acme.example", "Acme"
    )
    return replace(message(to).carrying(content), idempotency_key=key)


def send_mail(probe: Function, name: str, to: str, **changes: str) -> Any:
    settings, secret, _ = MAILS[name]
    sender = create(kind="http", secret_arn=ARN, **settings)
    credentials = {field: Secret(changes.get("key", value)) for field, value in secret.items()}
    request = sender.build(mail(to, hashlib.sha256(to.encode()).hexdigest()), credentials, now=0.0)
    return probe.call("https", url=request.url, headers=dict(request.headers), body=request.body.decode())


def address() -> str:
    return f"{secrets.token_hex(6)}@mail.example"


@pytest.mark.parametrize("name", MAILS)
def test_a_mail_lands_in_the_inbox_with_its_parts_and_for_a_known_key_only(name: str, probe: Function) -> None:
    to = address()
    assert send_mail(probe, name, to, key="wrong")["status"] in (401, 403)
    assert probe.aws.inbox(to) == []
    assert send_mail(probe, name, to)["status"] == MAILS[name][2]
    (found,) = probe.aws.inbox(to)
    assert (found["channel"], found["text"]) == (name, TEXT)
    assert (found["meta"]["subject"], found["meta"]["html"]) == ("Welcome", f"<p>{CODE}</p>")
    assert found["meta"]["from"] == "Acme <login@acme.example>"
    assert found["meta"]["headers"]["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("name", MAILS)
@pytest.mark.parametrize("mode", ["down", "throttle", "unauthorized", "server-error"])
def test_faults_of_a_provider_of_mail(name: str, mode: str, probe: Function) -> None:
    to = address()
    probe.aws.set_fault(name, mode, times=1)
    answer = send_mail(probe, name, to)
    assert answer.get("error") == "SSLError" if mode == "down" else answer["status"] >= 400
    assert probe.aws.inbox(to) == []
    assert send_mail(probe, name, to)["status"] == MAILS[name][2]
    assert len(probe.aws.inbox(to)) == 1


def test_resend_sends_a_mail_of_one_key_once(probe: Function) -> None:
    to = address()
    first, second = (send_mail(probe, "resend", to)["body"] for _ in range(2))
    assert first == second
    assert len(probe.aws.inbox(to)) == 1


def submit(probe: Function, to: str, port: int = 587, password: str = LOGIN["password"]) -> Any:
    sender = create(kind="smtp", secret_arn=ARN, host="smtp.acme.example", port=str(port), allow_private_address=False)
    credentials = {"username": Secret(LOGIN["username"]), "password": Secret(password)}
    request = sender.build(mail(to), credentials, now=0.0)
    fields = ("host", "port", "username", "password", "sender", "recipient")
    return probe.call("smtp", content=request.content.decode(), **{name: getattr(request, name) for name in fields})


@pytest.mark.parametrize("port", [587, 465])
def test_a_mail_server_takes_a_mail_over_tls_after_a_login(port: int, probe: Function) -> None:
    to = address()
    assert submit(probe, to, port, "wrong")["error"] == "SMTPAuthenticationError"
    assert submit(probe, to, port) == {}
    (found,) = probe.aws.inbox(to)
    assert (found["channel"], found["text"].strip(), found["meta"]["subject"]) == ("smtp", TEXT, "Welcome")
    assert found["meta"]["html"].strip() == f"<p>{CODE}</p>"
    assert found["meta"]["headers"]["X-Auto-Response-Suppress"] == "All"


@pytest.mark.parametrize("mode", ["down", "throttle", "unauthorized", "server-error"])
def test_faults_of_a_mail_server(mode: str, probe: Function) -> None:
    to = address()
    probe.aws.set_fault("smtp", mode, times=1)
    assert submit(probe, to)["error"].startswith("SMTP")
    assert probe.aws.inbox(to) == []
    assert submit(probe, to) == {}
    assert len(probe.aws.inbox(to)) == 1


# -- Notify -----------------------------------------------------------------------------------------------------------

CONFIGURATION = "arn:aws:sms-voice:eu-central-1:123456789012:notify-configuration/nc-1"


def notify(probe: Function, to: str, **settings: str) -> Any:
    sender = create(**{"kind": "notify", "notify_configuration_id": "nc-1", "code_variable": "code", **settings})
    request = sender.build(message(to), {}, now=0.0)
    assert isinstance(request, AwsRequest)
    return probe.aws_call(request.service, request.operation, **request.parameters)


def test_notify_lands_in_the_inbox_and_repeats_the_text(probe: Function, account: Account) -> None:
    probe.may(allow("sms-voice:SendNotifyTextMessage"))
    number = account.number()
    answer = notify(probe, number, template_id="notify-code-verification-english-001")
    (found,) = probe.aws.inbox(number)
    assert found["channel"] == "notify"
    assert CODE in found["text"]
    assert found["meta"]["TemplateId"] == "notify-code-verification-english-001"
    assert answer["MessageId"] == found["meta"]["message_id"]
    assert CODE in answer["ResolvedMessageBody"]


@pytest.mark.parametrize(
    ("settings", "resources", "allowed"),
    [
        ({}, [CONFIGURATION], True),
        ({}, ["arn:aws:sms-voice:eu-central-1:*:notify-configuration/nc-1"], True),
        ({}, ["arn:aws:sms-voice:eu-central-1:*:notify-configuration/nc-2"], False),
        ({"notify_configuration_id": CONFIGURATION}, [CONFIGURATION], True),
        ({"configuration_set_name": "codes"}, [CONFIGURATION], False),
        ({"configuration_set_name": "codes"}, [CONFIGURATION, "arn:aws:sms-voice:*:*:configuration-set/codes"], True),
    ],
)
def test_notify_is_decided_by_its_configuration_and_its_configuration_set(
    settings: dict[str, str], resources: list[str], allowed: bool, probe: Function, account: Account
) -> None:
    probe.may(allow("sms-voice:SendNotifyTextMessage", resources))
    answer = notify(probe, account.number(), **settings)
    assert answer.get("error") == (None if allowed else "AccessDeniedException")
