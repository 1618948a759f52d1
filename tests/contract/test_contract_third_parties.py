"""What every third party's sender does alike: rotation, unusable secrets, codes of next year, quotas and throttling.

What is special about a provider is in its own file; the answers here are those that it documents (providers/*.py).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from contract.conftest import StartRig
from contract.rig import (
    ACCOUNT_SID,
    HOOK,
    KEY,
    NUMBER,
    OLD_KEY,
    REFUSED_CREDENTIALS,
    SECRET_ARN,
    SETUPS,
    THIRD_PARTIES,
    Doubles,
    rotated,
)
from custom_sender.outcome import Outcome
from localaws.providers import (
    gateway,
    infobip,
    mailgun,
    messagebird,
    plivo,
    postmark,
    resend,
    sendgrid,
    slack,
    telnyx,
    twilio,
    twilio_verify,
    vonage,
    whatsapp,
)
from localaws.providers.wire import Answer, Request

HTTP = tuple(kind for kind in THIRD_PARTIES if SETUPS[kind].kind == "http")
KEY_SID = "SK" + "0123456789abcdef" * 2


@pytest.mark.parametrize("kind", THIRD_PARTIES)
def test_rotated_credentials_cost_one_refused_request_and_no_message(
    kind: str, start: StartRig, doubles: Doubles
) -> None:
    doubles.rotate()
    secret = SETUPS[kind].secret
    rig = start(kind, secret, rotated(secret))
    delivery = rig.deliver()
    assert delivery.outcome is Outcome.SENT
    assert [(attempt.outcome, attempt.provider_code, attempt.refreshed) for attempt in delivery.attempts] == [
        (Outcome.PROVIDER_CONFIG, REFUSED_CREDENTIALS[kind], False),
        (Outcome.SENT, None, True),
    ]
    assert rig.deliver().outcome is Outcome.SENT
    assert rig.secrets.reads == 2, "the new credentials are kept"


@pytest.mark.parametrize("kind", THIRD_PARTIES)
def test_credentials_that_stay_wrong_are_read_again_once_and_not_tried_again(
    kind: str, start: StartRig, doubles: Doubles
) -> None:
    doubles.rotate()
    rig = start(kind)
    delivery = rig.deliver()
    assert delivery.outcome is Outcome.PROVIDER_CONFIG
    assert delivery.attempts[0].provider_code == REFUSED_CREDENTIALS[kind]
    assert (len(rig.server.requests), rig.secrets.reads) == (1, 2)


def _with(kind: str, token: object) -> Mapping[str, Any]:
    return {field: token if value == "token-1" else value for field, value in SETUPS[kind].secret.items()}


TWILIO: tuple[Mapping[str, Any], ...] = (
    {},
    {"account_sid": ACCOUNT_SID},
    {"account_sid": ACCOUNT_SID, "auth_token": ""},
    {"account_sid": ACCOUNT_SID, "auth_token": 12345},
    {"account_sid": "AC../../Accounts", "auth_token": "t"},
    {"account_sid": ACCOUNT_SID + "/x", "auth_token": "t"},
    {"account_sid": ACCOUNT_SID, "api_key_sid": KEY_SID},
    {"account_sid": ACCOUNT_SID, "api_key_sid": "SKshort", "api_key_secret": "s"},
)
UNUSABLE: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "twilio": TWILIO,
    "twilio_verify": TWILIO,
    "vonage": (
        {},
        {"api_key": "abcd1234"},
        {"api_key": "abcd1234", "api_secret": ""},
        {"api_key": "abcd:1234", "api_secret": "s"},
        {"api_key": "abcd1234", "api_secret": "with space"},
        {"api_key": 12345678, "api_secret": "s"},
    ),
    "whatsapp": ({}, {"access_token": ""}, {"access_token": "a\r\nb"}, {"access_token": ["x"]}),
    # A secret that leads elsewhere.
    "slack": tuple(
        {"webhook_url": url}
        for url in (
            None,
            "",
            f"http://{slack.HOST}{HOOK}",
            f"https://hooks.slack.com.evil.example{HOOK}",
            f"https://{slack.HOST}{HOOK}?x=1",
            f"https://{slack.HOST}/services/T0/B0/..",
            f"https://user@{slack.HOST}{HOOK}",
            f"https://{slack.HOST}{HOOK}\n",
        )
    ),
    "webhook": (
        {},
        {"signing_keys": []},
        {"signing_keys": KEY},
        {"signing_keys": [KEY, OLD_KEY, KEY]},
        {"signing_keys": [KEY.removeprefix("whsec_")]},
        {"signing_keys": ["whsec_dG9vIHNob3J0"]},
        {"signing_keys": ["whsec_" + "A" * 400]},
        {"signing_keys": ["whsec_not base64!"]},
        {"signing_keys": [None]},
    ),
    **{
        kind: tuple(_with(kind, token) for token in (None, "", 7, "two\r\nlines", "ünïcode", ["list"])) for kind in HTTP
    },
}


@pytest.mark.parametrize("kind", THIRD_PARTIES)
def test_an_unusable_secret_is_configuration_that_names_the_secret_and_sends_nothing(
    kind: str, start: StartRig, subtests: pytest.Subtests
) -> None:
    for secret in UNUSABLE[kind]:
        with subtests.test(secret=secret):
            rig = start(kind, secret)
            delivery = rig.deliver()
            assert delivery.outcome is Outcome.PROVIDER_CONFIG
            assert SECRET_ARN in (delivery.attempts[-1].problem or "")
            assert rig.server.requests == []


# An error that nobody knows yet, and the code that is kept of it; None: nothing but the status. Meta's codes have six
# digits, as Cognito's have, and Slack's are words.
NEXT_YEAR: Mapping[str, tuple[bytes, str | None]] = {
    "twilio": (b'{"code": 29999, "message": "new"}', "29999"),
    "twilio_verify": (b'{"code": 60999, "message": "new"}', "60999"),
    "vonage": (b'{"type": "https://developer.vonage.com/api-errors/messages#1999", "title": "New"}', "1999"),
    "whatsapp": (b'{"error": {"code": 139999}}', None),
    "slack": (b"new_word", None),
    "webhook": (b"", None),
    **dict.fromkeys(HTTP, (b'{"code":"new","error":{"code":"new"},"errors":[{"code":"99999"}]}', None)),
}
# What a status means to most of them: test_unit_answers.py. Some know better.
BY_STATUS: Mapping[int, Outcome] = {400: Outcome.PROVIDER_CONFIG, 503: Outcome.PROVIDER_DOWN}
OTHERWISE: Mapping[str, Mapping[int, Outcome]] = {
    **{kind: {402: Outcome.PROVIDER_QUOTA} for kind in ("vonage", *HTTP)},
    # The receiver of a webhook knows a repeated message by its id.
    "webhook": dict.fromkeys((500, 502, 504), Outcome.PROVIDER_DOWN),
}


@pytest.mark.parametrize("kind", THIRD_PARTIES)
def test_a_code_of_next_year_is_classified_by_its_status_and_not_repeated(kind: str, start: StartRig) -> None:
    rig = start(kind)
    body, code = NEXT_YEAR[kind]
    for asked, (status, outcome) in enumerate({**BY_STATUS, **OTHERWISE.get(kind, {})}.items(), 1):
        rig.server.script.append(Answer(status, body))
        delivery = rig.deliver()
        assert (status, delivery.outcome) == (status, outcome)
        assert delivery.attempts[0].provider_code == (code or f"http-{status}")
        assert len(rig.server.requests) == asked


# Sinch and MessageBird document the status and no body; the gateway and the webhook are described by their statuses.
THROTTLED: Mapping[str, Callable[[Mapping[str, str]], Answer]] = {
    "twilio": lambda headers: twilio.error(20429, headers),
    "twilio_verify": lambda headers: twilio_verify.error(20429, headers),
    "vonage": lambda headers: vonage.error("throttled", headers),
    "whatsapp": lambda headers: whatsapp.error(130429, headers),
    "slack": lambda headers: slack.error("rate_limited", headers),
    "webhook": lambda headers: Answer(429, b"", headers),
    "http": lambda headers: Answer(429, b"", headers),
    "http_infobip": lambda headers: infobip.error(429, headers=headers),
    "http_messagebird": lambda headers: Answer(429, b"", headers),
    "http_plivo": lambda headers: plivo.error(429, "too many requests", headers),
    "http_sinch": lambda headers: Answer(429, b"", headers),
    "http_telnyx": lambda headers: telnyx.error("10011", headers=headers),
    "http_resend": lambda headers: resend.error("rate_limit_exceeded", headers=headers),
    "http_postmark": lambda headers: postmark.error(429, headers=headers),
    "http_sendgrid": lambda headers: sendgrid.error(429, "too many requests", headers=headers),
    "http_mailgun": lambda headers: mailgun.error(429, "Too many requests", headers),
}


@pytest.mark.parametrize("kind", THIRD_PARTIES)
def test_throttling_says_when_to_come_back_if_the_provider_does(
    kind: str, start: StartRig, subtests: pytest.Subtests
) -> None:
    for headers, seconds in [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:09 GMT", "Date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 9.0),
        ({}, None),
    ]:
        with subtests.test(headers=headers, seconds=seconds):
            rig = start(kind)
            rig.server.script.append(THROTTLED[kind](headers))
            attempt = rig.deliver().attempts[0]
            assert (attempt.outcome, attempt.retry_after_seconds) == (Outcome.PROVIDER_THROTTLED, seconds)


# Slack is free of charge, and a webhook's receiver has no quota that the specification knows.
QUOTA: Mapping[str, Answer] = {
    "twilio": twilio.error(63038),
    "twilio_verify": twilio_verify.error(60203),
    "vonage": vonage.error("low-balance"),
    "whatsapp": whatsapp.error(131042),
    "http": Answer(402),
    "http_infobip": infobip.answered({"destinations": [{"to": NUMBER[1:], "messageId": "x"}]}, 12),
    "http_messagebird": messagebird.error(25),
    "http_plivo": plivo.error(402, "Insufficient credit"),
    "http_sinch": Answer(402),
    "http_telnyx": telnyx.error("20100"),
    "http_resend": resend.error("monthly_quota_exceeded"),
    "http_postmark": postmark.error(405),
    "http_sendgrid": sendgrid.error(401, "Maximum credits exceeded"),
    "http_mailgun": mailgun.error(420, "Domain mg.acme.example is not allowed to send: recipient limit exceeded"),
}


@pytest.mark.parametrize("kind", QUOTA)
def test_a_spent_balance_is_the_quota_and_no_matter_of_credentials(kind: str, start: StartRig) -> None:
    rig = start(kind)
    rig.server.script.append(QUOTA[kind])
    assert rig.deliver().outcome is Outcome.PROVIDER_QUOTA
    assert rig.secrets.reads == 1


FAILING: Mapping[str, tuple[Answer, ...]] = {
    "http_infobip": (infobip.error(500), infobip.error(502), infobip.error(504)),
    "http_messagebird": (messagebird.error(98),),
    "http_plivo": (plivo.error(500, "server error"), plivo.error(502, "bad gateway")),
    "http_sinch": (Answer(500), Answer(502)),
    "http_telnyx": (telnyx.error("10007"),),
    "http_resend": (resend.error("application_error"), resend.error("internal_server_error")),
    "http_postmark": (postmark.error(500),),
    "http_sendgrid": (sendgrid.error(500, "internal error"),),
    "http_mailgun": (mailgun.error(500, "Internal Error"), mailgun.error(502, "Bad Gateway")),
}


@pytest.mark.parametrize("kind", FAILING)
def test_a_preset_s_provider_that_fails_as_it_documents_has_perhaps_sent(
    kind: str, start: StartRig, subtests: pytest.Subtests
) -> None:
    for answer in FAILING[kind]:
        with subtests.test(status=answer.status):
            rig = start(kind)
            rig.server.script.append(answer)
            delivery = rig.deliver()
            assert delivery.outcome is Outcome.AMBIGUOUS
            assert len(rig.server.requests) == 1


# A success that the provider does not document: something between us and it may have answered.
TWILIO_SENT = twilio.accepted({}).body
VERIFY_SENT = twilio_verify.accepted({}).body
WHATSAPP_SENT = whatsapp.accepted({"to": NUMBER}).body
UNDOCUMENTED: Mapping[str, tuple[Answer, ...]] = {
    "twilio": tuple(Answer(status, TWILIO_SENT) for status in (200, 202, 204)),
    "twilio_verify": (
        twilio_verify.accepted({}, status="canceled"),
        twilio_verify.accepted({}, sid="VE123"),
        Answer(200, VERIFY_SENT),
        Answer(201, b'{"code": 60200, "message": "Invalid parameter: To"}'),
    ),
    "vonage": (
        Answer(200, vonage.accepted().body),
        Answer(202, b'{"workflow_id": "3TcNjguHxr2vcCZ9Ddsnq6tw8yQUpZ9rMHv9QXSxLan5ibMxqSzLdx9"}'),
        vonage.accepted("4915112345678"),
    ),
    "whatsapp": (
        whatsapp.accepted({"to": NUMBER}, status="held_for_quality_assessment"),
        whatsapp.accepted({"to": NUMBER}, status="paused"),
        Answer(201, WHATSAPP_SENT),
        Answer(200, b'{"messages": []}'),
        Answer(200, b'{"messages": [{"id": "4915112345678"}]}'),
        Answer(200, b'{"messages": ["wamid.HBgNNDkxNTExMjM0NTY3OBUCABEYEjlGMUQ="]}'),
    ),
    "slack": (Answer(200, b"okay"), Answer(202, b"ok"), Answer(200, b"")),
    "http": (gateway.result(201, 0, ids=["x"]), gateway.result(200, 0), gateway.result(200, 0, ids=[None])),
    "http_messagebird": tuple(
        Answer(status, messagebird.created({"recipients": [NUMBER[1:]]}).body) for status in (200, 202, 204)
    ),
    "http_plivo": (Answer(200, plivo.accepted().body), Answer(202, b'{"message_uuid":[]}')),
    "http_telnyx": tuple(Answer(status, telnyx.accepted({}).body) for status in (201, 202, 204)),
    "http_resend": (*(Answer(status, resend.accepted().body) for status in (201, 202, 204)), Answer(200, b"{}")),
    "http_postmark": (*(Answer(status, postmark.accepted().body) for status in (201, 202)), Answer(200, b"{}")),
    "http_sendgrid": (Answer(202), Answer(200, b"", {"X-Message-Id": "x" * 22})),
    "http_mailgun": (
        Answer(200, b"Mailgun Magnificent API"),
        Answer(202, mailgun.accepted().body),
        Answer(200, b'{"message": "Queued. Thank you."}'),
    ),
}


@pytest.mark.parametrize("kind", UNDOCUMENTED)
def test_a_success_that_the_provider_does_not_document_is_perhaps_sent(
    kind: str, start: StartRig, subtests: pytest.Subtests
) -> None:
    rig = start(kind)
    for answer in UNDOCUMENTED[kind]:
        with subtests.test(answer=answer):
            rig.server.script.append(answer)
            assert rig.deliver().outcome is Outcome.AMBIGUOUS


# Where each of them is told which message it is. Twilio, Meta and Slack have no place for it.
IDENTITY: Mapping[str, Callable[[Request], Any]] = {
    "vonage": lambda request: json.loads(request.body)["client_ref"],
    "webhook": lambda request: request.headers["webhook-id"],
    "http": lambda request: dict(parse_qsl(request.body.decode()))["request"],
    "http_infobip": lambda request: json.loads(request.body)["messages"][0]["destinations"][0]["messageId"],
    "http_messagebird": lambda request: json.loads(request.body)["reference"],
    "http_sinch": lambda request: json.loads(request.body)["client_reference"],
    "http_telnyx": telnyx.idempotency_key,
    "http_resend": telnyx.idempotency_key,
}


@pytest.mark.parametrize("kind", IDENTITY)
def test_a_message_has_one_identity_however_late_its_retry_and_shares_it_with_no_other(
    kind: str, start: StartRig
) -> None:
    """Lambda tries again after one minute and after three. A receiver that remembers the id must know it again."""
    rig = start(kind)
    for key, later in (("aa" * 32, 0), ("aa" * 32, 60), ("aa" * 32, 180), ("ab" * 32, 180)):
        assert rig.deliver(idempotency_key=key, later=later, lifetime_seconds=600 - later).outcome is Outcome.SENT
    first, *others = map(IDENTITY[kind], rig.server.requests)
    assert [other == first for other in others] == [True, True, False]


@pytest.mark.parametrize("kind", THIRD_PARTIES)
def test_the_doubles_refuse_what_a_request_of_ours_never_is(kind: str, start: StartRig, doubles: Doubles) -> None:
    """Another path, another method, no credentials, an unknown header, an unknown field."""
    rig = start(kind)
    assert rig.deliver().outcome is Outcome.SENT
    request = rig.server.requests[-1]
    answer = doubles.provider(kind)
    good = answer(request)
    assert 200 <= good.status < 300
    credentials = {"authorization", "webhook-signature", "x-api-key", "x-postmark-server-token"}
    json_body = request.headers["content-type"] == "application/json"
    more = (
        json.dumps({**json.loads(request.body), "unknown": "x"}).encode() if json_body else request.body + b"&unknown=x"
    )
    wrong = [
        type(request)(request.method, request.target + "x", request.headers, request.body),
        type(request)("GET", request.target, request.headers, request.body),
        type(request)(request.method, request.target, {**request.headers, "x-unknown": "1"}, request.body),
        type(request)(request.method, request.target, request.headers, more),
    ]
    if kind != "slack":  # its credential is the path
        without = {name: value for name, value in request.headers.items() if name not in credentials}
        wrong.append(type(request)(request.method, request.target, without, request.body))
    assert [(found.status, found.body) for found in map(answer, wrong) if found == good] == []


@pytest.mark.parametrize("kind", THIRD_PARTIES)
def test_the_doubles_refuse_a_request_that_lacks_a_field(kind: str, start: StartRig, doubles: Doubles) -> None:
    """Also a field that is optional for the provider, if a request of ours always has it."""
    rig = start(kind)
    assert rig.deliver().outcome is Outcome.SENT
    request = rig.server.requests[-1]
    answer = doubles.provider(kind)
    good = answer(request)
    if request.headers["content-type"] == "application/json":
        fields = json.loads(request.body)
        bodies = {
            name: json.dumps({other: value for other, value in fields.items() if other != name}).encode()
            for name in fields
        }
    else:
        pairs = parse_qsl(request.body.decode(), keep_blank_values=True)
        bodies = {name: urlencode([pair for pair in pairs if pair[0] != name]).encode() for name, _ in pairs}
    for name in ("code", "reply_to", "ReplyTo", "h:Reply-To"):
        if kind == "http" or name != "code":
            bodies.pop(name, None)  # it is left out where there is none
    missed = [
        name
        for name, body in bodies.items()
        if answer(type(request)(request.method, request.target, request.headers, body)) == good
    ]
    assert missed == []
